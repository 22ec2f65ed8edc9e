from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

_TEXT = 'version: "1.0"\ndefault_role: ReadAll\nmappings: []\n'


class SsoConfig(BaseModel):
    """The mapping of claims to roles for single sign-on: a document in the form of Quilt's `sso-config-1.0`, YAML or JSON."""

    version: int = Field(description="Number of the text, from 1.")
    text: str = Field(examples=[_TEXT])
    uploader: str = Field(description="Name of the user who set it.", examples=["admin"])
    at: datetime


class SsoConfigSet(BaseModel, extra="forbid"):
    text: str = Field(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$", examples=[_TEXT])


class SsoCheck(BaseModel, extra="forbid"):
    claims: dict[str, Any] = Field(
        description="Claims of an ID token.", examples=[{"email": "amy@example.com", "groups": ["lab"]}]
    )
    text: str | None = Field(
        None,
        min_length=1,
        max_length=100_000,
        pattern=r"^[^\x00]*$",
        description="Configuration to try out; the present one if left out.",
        examples=[_TEXT],
    )


class MappingVerdict(BaseModel):
    """Result of one mapping of the configuration for the claims."""

    index: int = Field(description="Number of the mapping, from 0.")
    matches: bool
    counts: bool = Field(
        description="The mapping is applied: it matches, and is the first that does or the roles of all are united."
    )
    why_not: str | None = Field(
        description="Reason why the claims do not match; null if they do.",
        examples=["$: 'groups' is a required property"],
    )
    roles: list[str]
    admin: bool | None


class SsoVerdict(BaseModel):
    """Result of the configuration for the claims at a sign-in."""

    roles: list[str] = Field(examples=[["ReadAll"]])
    is_admin: bool | None = Field(
        description="True makes the user an administrator, false takes that away, null leaves it as it is."
    )
    by_default: bool = Field(description="No mapping matches, so the default role is given.")
    mappings: list[MappingVerdict]


class SignInProvider(BaseModel):
    name: str = Field(examples=["okta"])
    label: str = Field(examples=["Okta"])
    kind: Literal["oidc", "google", "github"]
    start: str = Field(
        description="URL that starts the sign-in. Add `?next=` with the page to which the browser returns.",
        examples=["https://registry.example.com/api/v1/sso/okta/start"],
    )


class SignInOptions(BaseModel):
    """The ways to sign in and sign up."""

    password: bool
    sign_up: Literal["open", "invite", "off"] = Field(description="Sign-up with a password.")
    sso_sign_up: bool = Field(description="A user who signs in with a provider for the first time gets an account.")
    providers: list[SignInProvider]


class ProviderLogin(BaseModel):
    """Sign-in with a provider, as Quilt's web catalogs send it."""

    provider: str = Field(max_length=32, examples=["okta"])
    code: str | None = Field(None, max_length=4096, description="Code that the provider gave to the page.")
    token: str | None = Field(
        None, max_length=64_000, description="ID token, which the catalogs of 2020 send instead of a code."
    )


class ProviderSignUp(BaseModel):
    """Sign-up with a provider, as the catalogs of 2020 send it."""

    username: str = Field(max_length=400, pattern=r"^[^\x00]*$", examples=["amy"])
    provider: str = Field(max_length=32, examples=["google"])
    token: str = Field(max_length=64_000, description="ID token of the provider.")
