"""Who else may say who somebody is: the providers of single sign-on, and what is believed of them."""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, StringConstraints, model_validator

GOOGLE = "https://accounts.google.com"
GITHUB = "https://github.com"

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Domain = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9.-]+$")]
Algorithm = Literal["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]


class ProviderSettings(BaseModel):
    """An OpenID Connect provider that describes itself at `<issuer>/.well-known/openid-configuration`, or GitHub."""

    kind: Literal["oidc", "google", "github"] = "oidc"
    issuer: str = ""
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = SecretStr("")
    label: str = Field("", max_length=60)
    """On the button; unset: the provider's name."""
    scopes: tuple[str, ...] = ("openid", "email")
    algorithms: tuple[Algorithm, ...] = Field(("RS256",), min_length=1)
    """That its ID tokens may be signed with."""
    domains: frozenset[Domain] = frozenset()
    """Of e-mail addresses that may sign in; all when empty."""
    trust_emails: bool = False
    """Its addresses are as good as verified although it does not say so, as in a company's own directory."""
    id_tokens: bool = False
    """Take ID tokens that a page was given directly, as the catalogs of 2020 do. They are good for as long as they
    live, for whoever has one."""

    @model_validator(mode="after")
    def fits_its_kind(self) -> Self:
        known = {"google": GOOGLE, "github": GITHUB}.get(self.kind, "")
        self.issuer = self.issuer or known
        if not re.fullmatch(r"https?://[^/?#\s@]+(/[^?#\s]*)?", self.issuer):
            raise ValueError("issuer is not the address of a provider")
        return self


class SsoSettings(BaseModel):
    providers: dict[ProviderName, ProviderSettings] = {}
    session_days: float = Field(7, gt=0)
    """A session that a provider's word began ends then, renewed or not: who lost their account there does not get
    another."""
    sign_up: bool = False
    """Whoever signs in for the first time gets an account."""
    link_accounts: bool = True
    """Whoever signs in for the first time is taken for the account that has the same address, when the provider says
    that the address is verified."""


class ConnectSettings(BaseModel):
    """OAuth for tools."""

    url: str = ""
    """Of their host; unset: `<name>-connect.<domain>` for a catalog at `https://<name>.<domain>`, else the registry."""
    allowed_hosts: frozenset[str] = frozenset({"localhost"})
    """Where tools may have browsers sent: `name` (https only), `.suffix`, `scheme://`, or `localhost`."""


def connect_url_of(catalog_url: str, registry_url: str) -> str:
    """As QuiltSync derives it."""
    found = re.fullmatch(r"https://([a-z0-9-]*[a-z-][a-z0-9-]*)\.([a-z0-9.-]+\.[a-z]+)(?::443)?", catalog_url.lower())
    return f"https://{found[1]}-connect.{found[2]}" if found else registry_url


def split_list(text: str) -> frozenset[str]:
    """As a stack's parameters have lists: separated by commas or spaces."""
    return frozenset(part for part in re.split(r"[,\s]+", text) if part)
