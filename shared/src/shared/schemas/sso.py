from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

_TEXT = 'version: "1.0"\ndefault_role: ReadAll\nmappings: []\n'


class SsoConfig(BaseModel):
    """Which roles single sign-on gives to whom: a document as Quilt's `sso-config-1.0`, in YAML or JSON."""

    version: int = Field(description="Of the text: the first is 1.")
    text: str = Field(examples=[_TEXT])
    uploader: str = Field(description="Name of the user who set it.", examples=["admin"])
    at: datetime


class SsoConfigSet(BaseModel, extra="forbid"):
    text: str = Field(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$", examples=[_TEXT])


class SsoCheck(BaseModel, extra="forbid"):
    claims: dict[str, Any] = Field(
        description="Of an ID token.", examples=[{"email": "amy@example.com", "groups": ["lab"]}]
    )
    text: str | None = Field(
        None,
        min_length=1,
        max_length=100_000,
        pattern=r"^[^\x00]*$",
        description="A configuration to try; left out, the present one.",
        examples=[_TEXT],
    )


class MappingVerdict(BaseModel):
    """What one mapping of the configuration makes of the claims."""

    index: int = Field(description="From 0.")
    matches: bool
    counts: bool = Field(description="It matches, and none before it did unless roles are united.")
    why_not: str | None = Field(
        description="Where the claims do not fit.", examples=["$: 'groups' is a required property"]
    )
    roles: list[str]
    admin: bool | None


class SsoVerdict(BaseModel):
    """What the claims would get at a sign-in."""

    roles: list[str] = Field(examples=[["ReadAll"]])
    is_admin: bool | None = Field(description="Null: left as it is.")
    by_default: bool = Field(description="No mapping matches.")
    mappings: list[MappingVerdict]


class SignInProvider(BaseModel):
    name: str = Field(examples=["okta"])
    label: str = Field(examples=["Okta"])
    kind: Literal["oidc", "google", "github"]
    start: str = Field(
        description="Where to send the browser, with `?next=` for the page to come back to.",
        examples=["https://registry.example.com/api/v1/sso/okta/start"],
    )


class SignInOptions(BaseModel):
    """How people sign in here."""

    password: bool
    sign_up: Literal["open", "invite", "off"] = Field(description="With a password.")
    sso_sign_up: bool = Field(description="Who signs in for the first time gets an account.")
    providers: list[SignInProvider]


class ProviderLogin(BaseModel):
    """As Quilt's web catalogs sign in with a provider."""

    provider: str = Field(max_length=32, examples=["okta"])
    code: str | None = Field(None, max_length=4096, description="As the provider gave it to the page.")
    token: str | None = Field(None, max_length=64_000, description="An ID token, from the catalogs of 2020.")


class ProviderSignUp(BaseModel):
    """As the catalogs of 2020 sign up with a provider."""

    username: str = Field(max_length=400, pattern=r"^[^\x00]*$", examples=["amy"])
    provider: str = Field(max_length=32, examples=["google"])
    token: str = Field(max_length=64_000, description="An ID token.")
