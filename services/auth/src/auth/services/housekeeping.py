"""Deletion of expired rows. Replicas may run it concurrently."""

from datetime import UTC, datetime, timedelta

from auth.db.stores import Stores
from auth.services.audit import record
from auth.services.keys import KeyService
from auth.services.oauth.server import TOOL_CODE_RETENTION, UNUSED_TOOL_RETENTION
from auth.services.second_factors import ENROLMENT_TTL

REVOCATION_RETENTION = timedelta(hours=1)
"""A service that reads the feed again after a longer pause drops its whole cache."""
LISTENER_RETENTION = timedelta(minutes=10)
ROLE_SESSION_RETENTION = timedelta(days=15)
"""Longer than a queue keeps the events of S3."""
ENDED_SESSION_RETENTION = timedelta(days=7)
UNSENT_MAIL_RETENTION = timedelta(days=3)
EXPIRED_INVITATION_RETENTION = timedelta(days=30)
"""Expired invitations stay listed this long, so that they can be sent again."""
EXPIRED_KEY_RETENTION = timedelta(days=30)
"""Expired keys stay listed this long, so that owners can see why a key stopped working."""


async def prune_expired(stores: Stores, keys: KeyService, *, audit_days: int) -> None:
    now = datetime.now(UTC)
    oldest = now - timedelta(days=audit_days)
    if pruned := await stores.audit.prune(before=oldest):
        await record(stores, "Audit.Prune", "audit", rows=pruned, before=oldest.isoformat())
    await stores.grants.prune()
    await stores.attempts.prune()
    await stores.links.prune()
    await stores.invitations.prune(expired_before=now - EXPIRED_INVITATION_RETENTION)
    await stores.mails.prune(made_before=now - UNSENT_MAIL_RETENTION)
    await stores.sso_requests.prune()
    await stores.oauth.prune(unused_since=now - UNUSED_TOOL_RETENTION, codes_before=now - TOOL_CODE_RETENTION)
    await stores.users.prune_pending()
    await stores.second_factors.prune(begun_before=now - ENROLMENT_TTL)
    await stores.api_keys.prune(expired_before=now - EXPIRED_KEY_RETENTION)
    await stores.credentials.prune()
    await stores.push_authors.prune_sessions(expired_before=now - ROLE_SESSION_RETENTION)
    await stores.sessions.prune(ended_before=now - ENDED_SESSION_RETENTION)
    await keys.prune()
    await stores.revocations.prune(before=now - REVOCATION_RETENTION)
    await stores.listeners.prune(unseen_for=LISTENER_RETENTION)
