"""Records of the audit trail, written in the transaction of the change that they describe.

The caller and their address come from the request or command (`shared.caller`).
"""

from typing import Any
from uuid import UUID

from auth.db.stores import Stores
from shared.caller import current
from shared.schemas.audit import AuditEvent, Outcome

Subject = tuple[UUID, str]


async def record(
    stores: Stores,
    action: str,
    target: str = "",
    *,
    outcome: Outcome = Outcome.DONE,
    reason: str = "",
    who: Subject | None = None,
    **details: Any,
) -> None:
    """Add a record. `action`: `Namespace.Operation`. `target`: `kind:name`, such as `user:amy`. `details`: no secrets.

    `who`: id and name of a user who signs in, or fails to, with this request, and so is not its caller yet.
    """
    caller = current()
    if who:
        caller = caller.model_copy(update={"user_id": who[0], "user": who[1]})
    event = AuditEvent(action=action, target=target, outcome=outcome, reason=reason, details=details, caller=caller)
    await stores.audit.add([event])
