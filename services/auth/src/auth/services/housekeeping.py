"""Forgetting what has no use any more. Replicas may do it at once."""

from datetime import UTC, datetime, timedelta

from auth.db.stores import Stores
from auth.services.audit import record
from auth.services.keys import KeyService
from auth.services.oauth.server import CODES_KEPT, UNUSED_KEPT

REVOCATIONS_TOLD = timedelta(hours=1)
"""Whoever comes back later than that forgets all it cached."""
ENDED_SESSIONS_KEPT = timedelta(days=7)
UNSENT_MAILS_KEPT = timedelta(days=3)
EXPIRED_KEYS_KEPT = timedelta(days=30)
"""So long their owners see that it was only their time that was over."""


async def tidy(stores: Stores, keys: KeyService, *, audit_days: int) -> None:
    now = datetime.now(UTC)
    oldest = now - timedelta(days=audit_days)
    if pruned := await stores.audit.prune(before=oldest):
        await record(stores, "Audit.Prune", "audit", rows=pruned, before=oldest.isoformat())
    await stores.grants.prune()
    await stores.attempts.prune()
    await stores.links.prune()
    await stores.mails.prune(made_before=now - UNSENT_MAILS_KEPT)
    await stores.sso_requests.prune()
    await stores.connect.prune(unused_since=now - UNUSED_KEPT, codes_before=now - CODES_KEPT)
    await stores.users.forget_pending()
    await stores.api_keys.prune(expired_before=now - EXPIRED_KEYS_KEPT)
    await stores.credentials.prune()
    await stores.sessions.prune(ended_before=now - ENDED_SESSIONS_KEPT)
    await keys.prune()
    await stores.revocations.prune(before=now - REVOCATIONS_TOLD)
