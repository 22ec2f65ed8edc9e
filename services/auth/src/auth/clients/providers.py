"""Clients of single sign-on providers: OpenID Connect, Google and GitHub."""

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

METADATA_TTL_SECONDS = 3600
FAILURE_TTL_SECONDS = 5
"""A provider that did not answer is not asked again during this time, so that requests do not queue for it."""
KEYS_TTL_SECONDS = 3600
"""A key that the provider withdrew is accepted no longer than this."""
KEYS_PAUSE_SECONDS = 15
"""Shortest time between two requests for keys, however many tokens name unknown ones."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """A person, as a provider describes them."""

    provider: str
    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    user_name: str | None = None
    nonce: str | None = None
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignInStart:
    """Parameters of an authorization request."""

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

    async def authorization_url(self, start: SignInStart) -> str:
        """The page to which the browser is sent; raises ProviderFailed."""
        ...

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> ProviderIdentity:
        """Exchange an authorization code; raises ProviderFailed or SsoFailed."""
        ...

    async def identity_of(self, id_token: str) -> ProviderIdentity:
        """Verify an ID token that the provider gave to a page; raises ProviderFailed or SsoFailed."""
        ...

    async def require_issuer(self, issuer: str | None) -> None:
        """Check the `iss` parameter of an answer (RFC 9207); raises SsoFailed if it names another provider."""
        ...


def challenge_of(verifier: str) -> str:
    """PKCE's challenge of a verifier, by its method S256 (RFC 7636)."""
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

    async def authorization_url(self, start: SignInStart) -> str:
        metadata = await self._load_metadata()
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
        metadata = await self._load_metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        auth, secret = self._client_authentication(metadata)
        tokens = _string_fields(await self._http.post(metadata["token_endpoint"], {**form, **secret}, auth))
        if "id_token" not in tokens:
            raise SsoFailed("The provider gave no ID token")
        return await self._verify(tokens["id_token"], tokens.get("access_token"))

    async def identity_of(self, id_token: str) -> ProviderIdentity:
        if not self.settings.id_tokens:
            raise SsoFailed("This provider is not configured to sign in with ID tokens")
        return await self._verify(id_token, None)

    async def require_issuer(self, issuer: str | None) -> None:
        metadata = await self._load_metadata()
        named = issuer is not None or metadata.get("authorization_response_iss_parameter_supported") is True
        if named and issuer != metadata["issuer"]:
            raise SsoFailed("The answer is another provider's")

    def _client_authentication(self, metadata: Mapping[str, Any]) -> tuple[tuple[str, str] | None, dict[str, str]]:
        """HTTP Basic credentials and form fields: the secret is in the one or the other, as the provider supports it."""
        client_id, secret = self.settings.client_id, self.settings.client_secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if not secret:
            return None, {}
        if "client_secret_post" in methods:
            return None, {"client_secret": secret}
        return (client_id, secret), {}

    async def _verify(self, id_token: str, access_token: str | None) -> ProviderIdentity:
        metadata, algorithms = await self._load_metadata(), self.settings.algorithms
        key = await self._key(id_tokens.key_id(id_token, algorithms), metadata["jwks_uri"])
        claims = id_tokens.verify(
            id_token,
            key,
            algorithms=algorithms,
            issuers=_issuers(metadata["issuer"]),
            client_id=self.settings.client_id,
            access_token=access_token,
        )
        texts = _string_fields(claims)
        return ProviderIdentity(
            provider=self.name,
            issuer=metadata["issuer"],
            subject=claims["sub"],
            email=texts.get("email"),
            email_verified=self._is_email_verified(claims),
            nonce=texts.get("nonce"),
            claims=claims,
        )

    def _is_email_verified(self, claims: Mapping[str, Any]) -> bool:
        if self.settings.trust_emails:
            return True
        if claims.get("email_verified") is not True:
            return False
        # Google knows the present owner of an address only if it is its own, or that of a customer's domain (`hd`).
        at_google = str(claims.get("email", "")).lower().endswith("@gmail.com") or bool(claims.get("hd"))
        return self.settings.kind != "google" or at_google

    async def _load_metadata(self) -> dict[str, Any]:
        if self._metadata and time.monotonic() < self._metadata_until:
            return self._metadata
        async with self._lock:
            if self._metadata is None or time.monotonic() >= self._metadata_until:
                await self._renew_metadata()
        if self._metadata is None:
            raise ProviderFailed
        return self._metadata

    async def _renew_metadata(self) -> None:
        """A failure keeps the metadata that is known already, which a cache with a plain TTL would drop."""
        if time.monotonic() < self._failed_until:
            return
        try:
            self._metadata, self._metadata_until = await self._fetch_metadata(), time.monotonic() + METADATA_TTL_SECONDS
        except ProviderFailed as error:
            self._failed_until = time.monotonic() + FAILURE_TTL_SECONDS
            log.warning("provider_failed", provider=self.name, error=str(error))

    async def _fetch_metadata(self) -> dict[str, Any]:
        issuer = self.settings.issuer
        metadata = await self._http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
            raise ProviderFailed("The metadata of the sign-in provider names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            url = metadata.get(name)
            if not isinstance(url, str) or urlsplit(url).scheme not in {"https", urlsplit(issuer).scheme}:
                raise ProviderFailed(f"The {name} of the sign-in provider is not a valid address")
        return metadata

    async def _key(self, kid: str, jwks_uri: str) -> dict[str, Any]:
        async with self._lock:
            age = time.monotonic() - self._keys_at
            if age > KEYS_TTL_SECONDS or (kid not in self._keys and age > KEYS_PAUSE_SECONDS):
                await self._fetch_keys(jwks_uri)
        if kid not in self._keys:
            raise IdTokenRefused("unknown key")
        return self._keys[kid]

    async def _fetch_keys(self, jwks_uri: str) -> None:
        self._keys_at = time.monotonic()  # also when the request fails
        found = await self._http.get(jwks_uri)
        keys = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(keys, list):
            raise ProviderFailed("The sign-in provider's keys cannot be read")
        self._keys = {each["kid"]: each for each in keys if isinstance(each, dict) and isinstance(each.get("kid"), str)}


class GitHubProvider:
    """OAuth 2.0 without ID tokens: GitHub's API identifies the person."""

    def __init__(self, name: str, settings: ProviderSettings, http: ProviderHttp) -> None:
        self.name = name
        self.settings = settings
        self._http = http
        self._web = settings.issuer.rstrip("/")
        self._api = "https://api.github.com" if self._web == GITHUB else f"{self._web}/api/v3"

    async def authorization_url(self, start: SignInStart) -> str:
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
        answer = _string_fields(await self._http.post(f"{self._web}/login/oauth/access_token", form))
        token = answer.get("access_token")
        if token is None:  # GitHub refuses a code with status 200
            raise SsoFailed(f"GitHub refused the code: {answer.get('error')}"[:200])
        user = await self._request_user(token)
        # People may grant an OAuth app fewer scopes than it asks for; a GitHub app has permissions instead of scopes.
        scopes = set((answer.get("scope") or "user").split(","))
        email, is_verified = (None, False)
        if scopes & {"user", "user:email"}:
            email, is_verified = await self._request_primary_email(token)
        return ProviderIdentity(
            provider=self.name,
            issuer=self._web,
            subject=str(user["id"]),  # a login name can pass to somebody else
            email=email,
            email_verified=is_verified,
            user_name=user["login"],
            claims={**user, "email": email, "email_verified": is_verified},
        )

    async def identity_of(self, id_token: str) -> ProviderIdentity:  # noqa: ARG002
        raise SsoFailed("GitHub has no ID tokens")

    async def require_issuer(self, issuer: str | None) -> None:
        if issuer not in {None, self._web, f"{self._web}/login/oauth"}:
            raise SsoFailed("The answer is another provider's")

    async def _request_user(self, token: str) -> dict[str, Any]:
        user = await self._get(token, "/user")
        if not isinstance(user, dict) or not isinstance(user.get("id"), int) or not isinstance(user.get("login"), str):
            raise ProviderFailed("GitHub did not identify the user")
        return user

    async def _request_primary_email(self, token: str) -> tuple[str | None, bool]:
        """The primary address, and whether GitHub has verified it."""
        emails = await self._get(token, "/user/emails?per_page=100")
        for each in emails if isinstance(emails, list) else []:
            if isinstance(each, dict) and each.get("primary") and isinstance(each.get("email"), str):
                return each["email"], each.get("verified") is True
        return None, False

    async def _get(self, token: str, path: str) -> Any:
        return await self._http.get(f"{self._api}{path}", Authorization=f"Bearer {token}")


def providers_of(configured: Mapping[str, ProviderSettings], http: ProviderHttp) -> dict[str, Provider]:
    made: dict[str, Provider] = {}
    for name, settings in configured.items():
        kind = GitHubProvider if settings.kind == "github" else OpenIdProvider
        made[name] = kind(name, settings, http)
    return made


def _string_fields(answer: object) -> dict[str, str]:
    """The fields of a JSON object whose values are strings; of anything else, none."""
    if not isinstance(answer, Mapping):
        return {}
    return {name: value for name, value in answer.items() if isinstance(value, str)}


def _issuers(issuer: str) -> set[str]:
    """Values of `iss` that are accepted: Google's tokens name it with or without its scheme."""
    return {issuer, issuer.removeprefix("https://")} if issuer == GOOGLE else {issuer}


def _with_query(url: str, query: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
