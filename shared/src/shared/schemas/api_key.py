from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

MAX_DAYS = 365
MAX_USES = 10_000

KeyName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$"),
    Field(examples=["nightly import"]),
]


class KeyStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"


class S3KeyPair(BaseModel):
    """Keys with which S3 clients read packages at the package gateway, with the rights of an API key."""

    access_key_id: str = Field(examples=["PK3Q7ZJ0M5T1XW8B2VDN"])
    created_at: datetime
    last_used_at: datetime | None = Field(description="Accurate to about a minute.")


class ApiKey(BaseModel):
    """A key with the rights of its user. Revoked keys are not listed."""

    id: UUID
    name: str = Field(examples=["nightly import"])
    fingerprint: str = Field(description="First and last characters of the key.", examples=["qk_7Hq...x2V"])
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="Accurate to about a minute.")
    user: str = Field(examples=["amy"])
    user_email: str = Field(examples=["amy@example.com"])
    status: KeyStatus
    may_administer: bool = Field(
        False, description="It has the administrator's rights of its user, as long as they are an administrator."
    )
    s3_key_pairs: list[S3KeyPair] = Field(
        default_factory=list, description="Its key pairs for the package gateway, oldest first."
    )


class ApiKeyCreate(BaseModel, extra="forbid"):
    name: KeyName
    expires_in_days: int = Field(90, ge=1, le=MAX_DAYS, examples=[30])
    may_administer: bool = Field(
        False, description="Give the key your administrator's rights. Only administrators can make such a key."
    )


class ApiKeyCreated(BaseModel):
    api_key: ApiKey
    secret: str = Field(description="The key itself. It is shown only once.", examples=["qk_7HqT0…"])


class S3KeyPairCreated(S3KeyPair):
    secret_access_key: str = Field(
        description="It is shown only once.", examples=["k3Jx9…"], min_length=40, max_length=40
    )
    expires_at: datetime = Field(description="End of the API key, with which the pair ends.")
    endpoint_url: str | None = Field(
        description="Address of the package gateway for S3 clients; null where there is none.",
        examples=["https://packages.example.com"],
    )
    region: str = Field(description="Region for S3 clients that must name one.", examples=["us-east-1"])


class ApiKeyFilter(BaseModel, extra="forbid"):
    """Conditions for API keys; null matches every key."""

    name: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")] | None = None
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")] | None = None
    status: KeyStatus | None = None


class LeakedKey(BaseModel, extra="forbid"):
    """A key that was exposed and is to be revoked."""

    secret: str = Field(max_length=200, examples=["qk_7HqT0…"])


class CredentialsUsed(BaseModel):
    """Sessions, API keys and S3 key pairs that were used recently, as `session:…`, `key:…` or `pair:…`."""

    credentials: Annotated[list[str], Field(max_length=MAX_USES)]
