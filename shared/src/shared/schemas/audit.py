from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

MAX_TARGET = 1_000
"""Characters of the object of an action that are kept."""


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    """The caller could not be authenticated."""
    REFUSED = "refused"
    """The caller had no permission, or sent too many requests."""


class Caller(BaseModel, frozen=True):
    """The caller of a request: user, credential and address."""

    user_id: UUID | None = None
    user: str = ""
    credential: str = ""
    address: str = ""
    user_agent: str = ""
    request_id: str = ""


class AuditEvent(BaseModel, frozen=True):
    """A change of rights, accounts or credentials, or a refused request."""

    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    service: str = Field("auth", examples=["auth"])
    action: str = Field(
        max_length=100,
        examples=["Users.Disable"],
        description="`Namespace.Operation`, as in docs/reference/audit-events.md.",
    )
    outcome: Outcome = Outcome.DONE
    target: str = Field(
        "",
        max_length=MAX_TARGET,
        examples=["user:amy"],
        description="Object of the action, or method and path of a refused request.",
    )
    reason: str = Field(
        "", max_length=300, examples=["login_failed"], description="Slug of the error; empty if the action was done."
    )
    details: dict[str, Any] = Field(default_factory=dict)
    caller: Caller = Caller()


class AuditEvents(BaseModel):
    events: Annotated[list[AuditEvent], Field(max_length=1000)]


class AuditRecord(BaseModel):
    """An event of the audit trail."""

    id: int
    at: datetime
    service: str = Field(examples=["auth"])
    action: str = Field(examples=["Users.Disable"])
    outcome: Outcome
    user_id: UUID | None
    user: str = Field(description="Name of the user; empty when unknown.", examples=["admin"])
    credential: str = Field(
        description="Credential of the caller: `session:…`, `key:…`, or `command` for a command on the server.",
        examples=["session:7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"],
    )
    target: str = Field(
        description="Object of the action, or method and path of a refused request.", examples=["user:amy"]
    )
    reason: str = Field(description="Slug of the error; empty if the action was done.", examples=["login_failed"])
    address: str = Field(examples=["192.0.2.7"])
    user_agent: str = Field(examples=["quilt-python/8.0.0 (Linux 6.1) CPython/3.12.1"])
    request_id: str
    details: dict[str, Any]
