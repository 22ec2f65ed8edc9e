"""Providers of single sign-on: where they are asked, and what they say of somebody."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import structlog

from auth.clients import id_tokens
from auth.clients.provider_http import ProviderHttp
from auth.errors import IdTokenRefused, ProviderFailed, SsoFailed
from auth.sso_settings import GITHUB, GOOGLE, ProviderSettings

METADATA_SECONDS = 3600
FAILURE_SECONDS = 5
"""Whoever comes meanwhile need not wait to hear of it."""
KEYS_SECONDS = 3600
"""A key that was withdrawn is believed no longer than that."""
KEYS_APART = 15
"""Seconds between two requests for keys, however many tokens name unknown ones."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """Who somebody is, as a provider says."""

    provider: str
    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    user_name: str | None = None
    nonce: str | None = None
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """A sign-in that begins, as the provider's address says it."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str

    @property
    def challenge(self) -> str:
        return challenge_of(self.verifier)


class Provider(Protocol):
    name: str
    settings: ProviderSettings

    async def address(self, start: Start) -> str:
        """Where the browser goes."""
        ...

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> ProviderIdentity:
        """Raises ProviderFailed or SsoFailed."""
        ...

    async def read(self, id_token: str) -> ProviderIdentity:
        """Of a token that a page was given; raises SsoFailed."""
        ...

    async def require_issuer(self, issuer: str | None) -> None:
        """That an answer names in its address (RFC 9207); raises SsoFailed for another's."""
        ...


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


class OpenIdProvider:
    def __init__(self, name: str, settings: ProviderSettings, http: ProviderHttp) -> None:
        self.name = name
        self.settings = settings
        self._http = http
        self._lock = asyncio.Lock()
        self._metadata: dict[str, Any] | None = None
        self._metadata_until = 0.0
        self._failed_until = 0.0
        self._keys: dict[str, dict[str, Any]] = {}
        self._keys_at = float("-inf")

    async def address(self, start: Start) -> str:
        metadata = await self._described()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": start.redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": start.state,
            "nonce": start.nonce,
            "code_challenge": start.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(metadata["authorization_endpoint"], query)

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> ProviderIdentity:
        metadata = await self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        secret = self.settings.client_secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = secret and "client_secret_post" not in methods
        if secret and not basic:
            form["client_secret"] = secret
        auth = (self.settings.client_id, secret) if basic else None
        answer = await self._http.post(metadata["token_endpoint"], form, auth)
        id_token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(id_token, str):
            raise SsoFailed("The provider gave no ID token")
        access_token = answer.get("access_token")
        return await self._identity(id_token, access_token if isinstance(access_token, str) else None)

    async def read(self, id_token: str) -> ProviderIdentity:
        if not self.settings.id_tokens:
            raise SsoFailed("ID tokens of this provider are not taken")
        return await self._identity(id_token, None)

    async def require_issuer(self, issuer: str | None) -> None:
        metadata = await self._described()
        named = issuer is not None or metadata.get("authorization_response_iss_parameter_supported") is True
        if named and issuer != metadata["issuer"]:
            raise SsoFailed("The answer is another provider's")

    async def _identity(self, id_token: str, access_token: str | None) -> ProviderIdentity:
        metadata, algorithms = await self._described(), self.settings.algorithms
        key = await self._key(id_tokens.key_id(id_token, algorithms), metadata["jwks_uri"])
        claims = id_tokens.verify(
            id_token,
            key,
            algorithms=algorithms,
            issuers=_issuers(metadata["issuer"]),
            client_id=self.settings.client_id,
            access_token=access_token,
        )
        email, nonce = claims.get("email"), claims.get("nonce")
        return ProviderIdentity(
            provider=self.name,
            issuer=metadata["issuer"],
            subject=claims["sub"],
            email=email if isinstance(email, str) else None,
            email_verified=self._verified(claims),
            nonce=nonce if isinstance(nonce, str) else None,
            claims=claims,
        )

    def _verified(self, claims: Mapping[str, Any]) -> bool:
        if self.settings.trust_emails:
            return True
        if claims.get("email_verified") is not True:
            return False
        # Google knows who has an address now only if it is its own, or a customer's.
        ours = str(claims.get("email", "")).lower().endswith("@gmail.com") or bool(claims.get("hd"))
        return self.settings.kind != "google" or ours

    async def _described(self) -> dict[str, Any]:
        if self._metadata and time.monotonic() < self._metadata_until:
            return self._metadata
        async with self._lock:
            if self._metadata is None or time.monotonic() >= self._metadata_until:
                await self._renew()
        if self._metadata is None:
            raise ProviderFailed
        return self._metadata

    async def _renew(self) -> None:
        """What was known goes on being used while the provider does not say anything else."""
        if time.monotonic() < self._failed_until:
            return
        try:
            self._metadata, self._metadata_until = await self._describe(), time.monotonic() + METADATA_SECONDS
        except ProviderFailed as error:
            self._failed_until = time.monotonic() + FAILURE_SECONDS
            log.warning("provider_failed", provider=self.name, error=str(error))

    async def _describe(self) -> dict[str, Any]:
        issuer = self.settings.issuer
        metadata = await self._http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
            raise ProviderFailed("The sign-in provider describes another one than itself")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            url = metadata.get(name)
            if not isinstance(url, str) or urlsplit(url).scheme not in {"https", urlsplit(issuer).scheme}:
                raise ProviderFailed(f"The sign-in provider's {name} is no address to go to")
        return metadata

    async def _key(self, kid: str, jwks_uri: str) -> dict[str, Any]:
        async with self._lock:
            age = time.monotonic() - self._keys_at
            if age > KEYS_SECONDS or (kid not in self._keys and age > KEYS_APART):
                await self._fetch_keys(jwks_uri)
        if kid not in self._keys:
            raise IdTokenRefused("unknown key")
        return self._keys[kid]

    async def _fetch_keys(self, jwks_uri: str) -> None:
        self._keys_at = time.monotonic()  # also when it fails
        found = await self._http.get(jwks_uri)
        keys = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(keys, list):
            raise ProviderFailed("The sign-in provider's keys cannot be read")
        self._keys = {each["kid"]: each for each in keys if isinstance(each, dict) and isinstance(each.get("kid"), str)}


class GitHubProvider:
    """OAuth 2.0 without ID tokens: who somebody is, GitHub's API says."""

    def __init__(self, name: str, settings: ProviderSettings, http: ProviderHttp) -> None:
        self.name = name
        self.settings = settings
        self._http = http
        self._web = settings.issuer.rstrip("/")
        self._api = "https://api.github.com" if self._web == GITHUB else f"{self._web}/api/v3"

    async def address(self, start: Start) -> str:
        query = {
            "client_id": self.settings.client_id,
            "redirect_uri": start.redirect_uri,
            "scope": "read:user user:email",
            "state": start.state,
            "code_challenge": start.challenge,
            "code_challenge_method": "S256",
            "allow_signup": "false",
        }
        return _with_query(f"{self._web}/login/oauth/authorize", query)

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> ProviderIdentity:
        form = {
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret.get_secret_value(),
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        answer = await self._http.post(f"{self._web}/login/oauth/access_token", form)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):  # its refusals are 200s
            why = answer.get("error") if isinstance(answer, dict) else None
            raise SsoFailed(f"GitHub refused the code: {why}"[:200])
        user = await self._ask(token, "/user")
        # People may let an OAuth app have less than it asks for; what a GitHub app may, no scope says.
        scopes = set(str(answer.get("scope") or "user").split(","))
        emails = await self._ask(token, "/user/emails?per_page=100") if scopes & {"user", "user:email"} else []
        if not isinstance(user, dict) or not isinstance(user.get("id"), int) or not isinstance(user.get("login"), str):
            raise ProviderFailed("GitHub does not say who this is")
        listed = [each for each in emails if isinstance(each, dict)] if isinstance(emails, list) else []
        primary = next((each for each in listed if each.get("primary") and isinstance(each.get("email"), str)), {})
        return ProviderIdentity(
            provider=self.name,
            issuer=self._web,
            subject=str(user["id"]),  # names are given away again
            email=primary.get("email"),
            email_verified=primary.get("verified") is True,
            user_name=user["login"],
            claims={**user, "email": primary.get("email"), "email_verified": primary.get("verified") is True},
        )

    async def read(self, id_token: str) -> ProviderIdentity:  # noqa: ARG002
        raise SsoFailed("GitHub has no ID tokens")

    async def require_issuer(self, issuer: str | None) -> None:
        if issuer not in {None, self._web, f"{self._web}/login/oauth"}:
            raise SsoFailed("The answer is another provider's")

    async def _ask(self, token: str, path: str) -> Any:
        return await self._http.get(f"{self._api}{path}", Authorization=f"Bearer {token}")


def providers_of(configured: Mapping[str, ProviderSettings], http: ProviderHttp) -> dict[str, Provider]:
    made: dict[str, Provider] = {}
    for name, settings in configured.items():
        kind = GitHubProvider if settings.kind == "github" else OpenIdProvider
        made[name] = kind(name, settings, http)
    return made


def _issuers(issuer: str) -> set[str]:
    """Google's tokens name it with its scheme or without."""
    return {issuer, issuer.removeprefix("https://")} if issuer == GOOGLE else {issuer}


def _with_query(url: str, query: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
