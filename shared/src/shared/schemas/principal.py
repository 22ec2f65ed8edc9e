from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

EVERY_BUCKET = "*"


class Level(StrEnum):
    """Level of a permission on a bucket."""

    READ = "READ"
    READ_WRITE = "READ_WRITE"


class Principal(BaseModel, frozen=True):
    """An authenticated caller and their permissions, from `auth`."""

    user_id: UUID
    name: str
    session_id: UUID = Field(description="Id of the session or of the API key.")
    is_api_key: bool = False
    is_admin: bool
    role_id: UUID | None
    role: str | None = Field(description="Name of the caller's active role.")
    permissions: dict[str, Level] = Field(
        description="Level by name of the bucket; `*` stands for all registered buckets."
    )
    apart: frozenset[str] = Field(frozenset(), description="Buckets that `*` does not include: a role must name them.")

    @property
    def credential(self) -> str:
        """The session or API key with which the caller authenticated, as `session:…` or `key:…`."""
        return f"{'key' if self.is_api_key else 'session'}:{self.session_id}"

    @property
    def subjects(self) -> frozenset[str]:
        """The subjects of revocations that apply to this principal."""
        named = {EVERY_BUCKET, f"user:{self.user_id}", self.credential}
        return frozenset(named | {f"role:{self.role_id}"}) if self.role_id else frozenset(named)


class TokenQuestion(BaseModel):
    token: str


class Resolution(BaseModel):
    """The principal of a token, and how long this answer may be used."""

    principal: Principal
    expires_at: datetime
    seq: int = Field(description="Number of the last revocation that this answer takes into account.")


class Revocation(BaseModel):
    """Cached answers for `subject` (`user:…`, `session:…`, `key:…`, `role:…` or `*`) are no longer valid."""

    seq: int
    subject: str


class Revocations(BaseModel):
    """The revocations after `since`, oldest first. `reset` is true when older ones are no longer stored."""

    events: list[Revocation]
    seq: int
    reset: bool
    waits: bool = Field(False, description="Whether the next question will wait for a revocation, if it may.")
