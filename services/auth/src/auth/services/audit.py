"""What is written to the audit trail together with the change it tells of: both are kept, or neither.

Who asks and from where is known from the request or command (`shared.caller`).
"""

from typing import Any
from uuid import UUID

from auth.db.stores import Stores
from shared.caller import current
from shared.schemas.audit import AuditEvent, Outcome

Who = tuple[UUID, str]


async def record(
    stores: Stores,
    action: str,
    target: str = "",
    *,
    outcome: Outcome = Outcome.DONE,
    reason: str = "",
    who: Who | None = None,
    **details: Any,
) -> None:
    """`action` is `Namespace.Operation`; `target` is `kind:name`, as in `user:amy`; `details` are never secrets.

    `who` is for those who have only just proved, or failed to prove, who they are: user id and name.
    """
    caller = current()
    if who:
        caller = caller.model_copy(update={"user_id": who[0], "user": who[1]})
    event = AuditEvent(action=action, target=target, outcome=outcome, reason=reason, details=details, caller=caller)
    await stores.audit.add([event])
