"""The caller of a job, as its row keeps it."""

from typing import Any

from shared.caller import current
from shared.schemas.principal import Principal
from shared.tracing import trace_parent


def stored_caller(viewer: Principal) -> dict[str, Any]:
    """The principal, and the request that asks for the job: its `request_id`, and its `trace_parent` when it is traced."""
    stored = {**viewer.model_dump(mode="json"), "request_id": current().request_id}
    parent = trace_parent()
    return {**stored, "trace_parent": parent} if parent else stored
