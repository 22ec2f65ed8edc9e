from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Login(BaseModel):
    username: str = Field(
        max_length=320, pattern=r"^[^\x00]*$", description="User name or e-mail address.", examples=["amy"]
    )
    password: str = Field(max_length=1024, examples=["correct horse battery"])


class BrowserLogin(Login):
    """A sign-in of this project's own catalog, which can ask for the code of a second factor."""

    code: str | None = Field(
        None,
        max_length=64,
        description="A code of the account's second factor, or one of its recovery codes. Leave it out at first: the answer "
        "`second_factor_required` says that one is needed.",
        examples=["492039"],
    )


class Token(BaseModel):
    """An access token in the form of Quilt's web catalogs."""

    token: str
    exp: int = Field(description="Unix time at which the token expires.", examples=[1_800_000_000])


class Code(BaseModel):
    """A one-time code for a client, valid for ten minutes."""

    code: str = Field(examples=["7q2xk9v4mtb0c8r5hjn3wzd6ys"])


class Grant(BaseModel):
    """The tokens that Quilt clients store in `auth.json`."""

    refresh_token: str
    access_token: str
    expires_at: int = Field(description="Unix time at which the access token expires.", examples=[1_800_000_000])


class VendedCredentials(BaseModel):
    """Temporary S3 credentials in the form of botocore and Quilt's web catalogs."""

    AccessKeyId: str = Field(examples=["ASIAQUILTEXAMPLE0000"])
    SecretAccessKey: str
    SessionToken: str
    Expiration: datetime = Field(examples=["2026-11-20T20:00:00Z"])


class KeySet(BaseModel):
    """The public keys for access tokens, as a JWK set (RFC 7517)."""

    keys: list[dict[str, str]]


class Session(BaseModel):
    """A session that has not ended."""

    id: UUID
    kind: Literal["browser", "client"] = Field(
        description="The session of a browser is renewed by its cookie, that of a client by its refresh token."
    )
    application: str | None = Field(
        description="Name of the connected tool, as the tool chose it; null for other sessions."
    )
    is_current: bool = Field(description="This request belongs to the session.")
    address: str = Field(description="Address from which the session was started.", examples=["192.0.2.7"])
    user_agent: str = Field(
        description="User agent with which the session was started.",
        examples=["quilt-python/8.0.0 (Linux 6.1) CPython/3.12.1"],
    )
    created_at: datetime
    last_seen_at: datetime | None = Field(description="Accurate to about a minute.")
    expires_at: datetime = Field(description="End of the session, unless it is renewed before.")


class SessionList(BaseModel):
    items: list[Session] = Field(description="At most 200 sessions, the last used first.")
