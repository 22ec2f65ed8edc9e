from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Login(BaseModel):
    username: str = Field(max_length=320, pattern=r"^[^\x00]*$", description="Or e-mail address.", examples=["amy"])
    password: str = Field(max_length=1024, examples=["correct horse battery"])


class Token(BaseModel):
    """An access token, as Quilt's web catalogs want it."""

    token: str
    exp: int = Field(description="Unix time of its end.", examples=[1_800_000_000])


class Code(BaseModel):
    """A one-time code, to be pasted into a client within ten minutes."""

    code: str = Field(examples=["7q2xk9v4mtb0c8r5hjn3wzd6ys"])


class Grant(BaseModel):
    """What Quilt clients keep in `auth.json`."""

    refresh_token: str
    access_token: str
    expires_at: int = Field(description="Unix time of the access token's end.", examples=[1_800_000_000])


class VendedCredentials(BaseModel):
    """Temporary S3 credentials, as botocore and Quilt's web catalogs want them."""

    AccessKeyId: str = Field(examples=["ASIAQUILTEXAMPLE0000"])
    SecretAccessKey: str
    SessionToken: str
    Expiration: datetime = Field(examples=["2026-11-20T20:00:00Z"])


class KeySet(BaseModel):
    """The public halves of the keys that sign access tokens (RFC 7517)."""

    keys: list[dict[str, str]]


class Session(BaseModel):
    """One sign-in that has not ended."""

    id: UUID
    kind: Literal["browser", "client"] = Field(description="A browser's is renewed by its cookie.")
    application: str | None = Field(description="The tool that acts in it, by the name that it gave itself.")
    is_current: bool = Field(description="The one of this request.")
    address: str = Field(description="Where it was started.", examples=["192.0.2.7"])
    user_agent: str = Field(
        description="With what it was started.", examples=["quilt-python/8.0.0 (Linux 6.1) CPython/3.12.1"]
    )
    created_at: datetime
    last_seen_at: datetime | None = Field(description="To the minute or so.")
    expires_at: datetime = Field(description="Unless it is renewed until then.")


class SessionList(BaseModel):
    items: list[Session] = Field(description="At most 200, the latest used first.")
