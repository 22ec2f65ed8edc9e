from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

EVERY_BUCKET = "*"


class Level(StrEnum):
    """How far a permission on a bucket goes."""

    READ = "READ"
    READ_WRITE = "READ_WRITE"


class Principal(BaseModel, frozen=True):
    """Who is calling and what they may do, as `auth` says it."""

    user_id: UUID
    name: str
    session_id: UUID = Field(description="Of the session, or of the API key that stands in for one.")
    is_api_key: bool = False
    is_admin: bool
    role_id: UUID | None
    role: str | None = Field(description="Name of the role the caller acts under.")
    permissions: dict[str, Level] = Field(description="Bucket name, or `*` for every registered bucket, to level.")
    apart: frozenset[str] = Field(frozenset(), description="Buckets that `*` does not mean: a role must name them.")

    @property
    def credential(self) -> str:
        """What proves who they are."""
        return f"{'key' if self.is_api_key else 'session'}:{self.session_id}"

    @property
    def subjects(self) -> frozenset[str]:
        """What a revocation event must name to touch this principal."""
        named = {EVERY_BUCKET, f"user:{self.user_id}", self.credential}
        return frozenset(named | {f"role:{self.role_id}"}) if self.role_id else frozenset(named)


class TokenQuestion(BaseModel):
    token: str


class Resolution(BaseModel):
    """The answer to "whose token is this?"."""

    principal: Principal
    expires_at: datetime
    seq: int = Field(description="Position of the revocation feed that this answer includes.")


class Revocation(BaseModel):
    """Whatever is cached for `subject` (`user:…`, `session:…`, `key:…`, `role:…` or `*`) is no longer true."""

    seq: int
    subject: str


class Revocations(BaseModel):
    """The feed after `since`, oldest first; `reset` when it no longer reaches back that far."""

    events: list[Revocation]
    seq: int
    reset: bool
