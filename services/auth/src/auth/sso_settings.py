"""Settings of single sign-on and of OAuth for tools."""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, StringConstraints, model_validator

GOOGLE = "https://accounts.google.com"
GITHUB = "https://github.com"

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Domain = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9.-]+$")]
Algorithm = Literal["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]


class ProviderSettings(BaseModel):
    """An OpenID Connect provider with metadata at `<issuer>/.well-known/openid-configuration`, or GitHub."""

    kind: Literal["oidc", "google", "github"] = "oidc"
    """`google` and `github` need no issuer."""
    issuer: str = ""
    """Address of the provider."""
    client_id: str = Field(min_length=1)
    """From the provider."""
    client_secret: SecretStr = SecretStr("")
    """From the provider."""
    label: str = Field("", max_length=60)
    """Text of the button; unset: the provider's name."""
    scopes: tuple[str, ...] = ("openid", "email")
    """Scopes that are asked for."""
    algorithms: tuple[Algorithm, ...] = Field(("RS256",), min_length=1)
    """Signature algorithms that are accepted for ID tokens."""
    domains: frozenset[Domain] = frozenset()
    """Domains of the e-mail addresses that may sign in; empty: all."""
    trust_emails: bool = False
    """Treat its addresses as verified although it does not say so, as for a company's own user directory."""
    id_tokens: bool = False
    """Accept ID tokens that the provider gave to a page, as the catalogs of 2020 use them. Such a token works for
    everybody who holds it until it expires."""

    @model_validator(mode="after")
    def fits_its_kind(self) -> Self:
        known = {"google": GOOGLE, "github": GITHUB}.get(self.kind, "")
        self.issuer = self.issuer or known
        if not re.fullmatch(r"https?://[^/?#\s@]+(/[^?#\s]*)?", self.issuer):
            raise ValueError("issuer must be an http or https address without query")
        return self


class SsoSettings(BaseModel):
    providers: dict[ProviderName, ProviderSettings] = {}
    session_days: float = Field(7, gt=0)
    """Life of a session that began with a provider, renewed or not: people whose account there was closed cannot sign
    in again."""
    sign_up: bool = False
    """Make an account at a person's first sign-in."""
    link_accounts: bool = True
    """At a person's first sign-in, link the account that has the same address, if the provider has verified it."""


class ConnectSettings(BaseModel):
    """OAuth for tools."""

    url: str = ""
    """Address of the host for tools; unset: `<name>-connect.<domain>` for a catalog at `https://<name>.<domain>`, else the
    registry."""
    allowed_hosts: frozenset[str] = frozenset({"localhost"})
    """Hosts to which tools may have browsers redirected: `name` (https only), `.suffix`, `scheme://`, or `localhost`."""


def connect_url_of(catalog_url: str, registry_url: str) -> str:
    """The address of the host for tools, derived as QuiltSync does."""
    found = re.fullmatch(r"https://([a-z0-9-]*[a-z-][a-z0-9-]*)\.([a-z0-9.-]+\.[a-z]+)(?::443)?", catalog_url.lower())
    return f"https://{found[1]}-connect.{found[2]}" if found else registry_url


def split_list(text: str) -> frozenset[str]:
    """Split a list of a stack's parameter, which is separated by commas or spaces."""
    return frozenset(part for part in re.split(r"[,\s]+", text) if part)
