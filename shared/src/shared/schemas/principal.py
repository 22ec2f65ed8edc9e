from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, computed_field, model_validator

EVERY_BUCKET = "*"


class Level(StrEnum):
    """Level of a permission on a bucket."""

    READ = "READ"
    READ_WRITE = "READ_WRITE"


class CredentialKind(StrEnum):
    PERSON = "person"
    """A session that a person began."""
    TOOL = "tool"
    """A session of a tool that a person approved."""
    KEY = "key"
    """An API key."""


class Principal(BaseModel, frozen=True):
    """An authenticated caller and their permissions, from `auth`."""

    user_id: UUID
    name: str
    session_id: UUID = Field(description="Id of the session or of the API key.")
    kind: CredentialKind = CredentialKind.PERSON
    is_admin: bool = Field(
        description="The credential has administrator's rights: a tool never has them, a key only if it was made for that."
    )
    role_id: UUID | None
    role: str | None = Field(description="Name of the caller's active role.")
    permissions: dict[str, Level] = Field(
        description="Level by name of the bucket; `*` stands for all registered buckets."
    )
    apart: frozenset[str] = Field(frozenset(), description="Buckets that `*` does not include: a role must name them.")

    @model_validator(mode="before")
    @classmethod
    def kind_from_older_services(cls, data: Any) -> Any:
        """Services of the version before send `is_api_key` alone."""
        if isinstance(data, dict) and "kind" not in data and data.get("is_api_key"):
            return {**data, "kind": CredentialKind.KEY}
        return data

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_api_key(self) -> bool:
        return self.kind is CredentialKind.KEY

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
    begun: bool = Field(
        False, description="For an answer that has begun: a token that expired within the last day will do, too."
    )


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
