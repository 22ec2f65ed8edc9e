"""Signing in with somebody else's word: what is sent to a provider, and what must come back.

A sign-in of our own catalog is bound to the browser that began it by a cookie, and its state, nonce and PKCE verifier are
its own. Quilt's web catalogs keep the state themselves and bring back nothing but the code: for them the nonce alone is
known here, good once, and the verifier is the installation's.
"""

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import structlog

from auth.clients.providers import Provider, ProviderIdentity, Start
from auth.db.sso_requests import SsoRequest
from auth.db.stores import Stores
from auth.errors import AccountUnknown, DomainRefused, EmailUnverified, ProviderNotFound, SsoFailed
from auth.resources import AuthResources
from auth.services.audit import record
from auth.services.keys import KeyService
from auth.services.limits import SIGN_UPS, SSO, SSO_STARTS, Limiter
from auth.services.sessions import BrowserGrant, SessionService
from auth.services.sso.identities import IdentityService
from auth.tokens import digest
from shared.db.engine import transaction
from shared.errors import AppError
from shared.schemas.audit import Outcome
from shared.schemas.session import Token
from shared.schemas.sso import ProviderLogin, ProviderSignUp, SignInOptions, SignInProvider

LIFE = timedelta(minutes=10)
"""Of a sign-in that was begun."""
_REFUSED = (SsoFailed, AccountUnknown, DomainRefused, EmailUnverified)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    address: str
    """Where the browser goes."""
    browser: str
    """What it is to show when it comes back."""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider sends back with the browser."""

    state: str
    code: str
    issuer: str | None
    error: str | None
    browser: str


@dataclass(frozen=True, slots=True)
class FinishedSignIn:
    grant: BrowserGrant
    next: str


class SsoService:
    def __init__(self, resources: AuthResources) -> None:
        self._resources = resources
        self._settings = resources.settings
        self._public = resources.settings.public

    def options(self) -> SignInOptions:
        settings = self._settings
        providers = [
            SignInProvider(
                name=name,
                label=each.label or name.capitalize(),
                kind=each.kind,
                start=f"{self._public.registry_url}/api/v1/sso/{name}/start",
            )
            for name, each in settings.sso.providers.items()
        ]
        return SignInOptions(
            password=settings.password_sign_in,
            sign_up=settings.sign_up if settings.password_sign_in else "off",
            sso_sign_up=settings.sso.sign_up,
            providers=providers,
        )

    async def begin(self, name: str, next_page: str, address: str) -> BegunSignIn:
        """Raises ProviderNotFound, ProviderFailed or TooManyTries."""
        provider = self._provider(name)
        start = Start(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=self.callback(provider),
        )
        browser = secrets.token_urlsafe(32)
        where = await provider.address(start)
        kept = self._resources.encryptor.encrypt(json.dumps([start.nonce, start.verifier]))
        request = SsoRequest(name, kept, digest(browser), _own_page(next_page))
        await self._keep(start.state, request, address)
        return BegunSignIn(where, browser)

    async def begin_popup(self, name: str, state: str, address: str) -> str:
        """Where the popup of a Quilt catalog goes; its state is the page's."""
        provider = self._provider(name)
        if provider.settings.kind == "github":  # it has no nonce to know the answer by
            raise ProviderNotFound
        nonce = secrets.token_urlsafe(32)
        start = Start(state, nonce, self._popup_verifier(name), self._popup_callback)
        where = await provider.address(start)
        await self._keep(nonce, SsoRequest(name, self._resources.encryptor.encrypt(""), None, ""), address)
        return where

    async def finish(self, name: str | None, answer: ProviderAnswer, address: str) -> FinishedSignIn:
        """Name it by the callback that was called; None: any that comes back where GitHub does."""
        await self._check(address)
        async with transaction(self._resources.sessions) as session:
            request = await Stores(session).sso_requests.take(digest(answer.state))
        try:
            if request is None or request.browser is None:
                raise SsoFailed("No such sign-in was begun, or it was too long ago")
            provider = self._provider(request.provider)
            if name != (None if provider.settings.kind == "github" else provider.name):
                raise SsoFailed("The answer came to another provider's address")
            if not hmac.compare_digest(request.browser, digest(answer.browser)):
                raise SsoFailed("The sign-in was begun in another browser")
            if answer.error or not answer.code:
                raise SsoFailed(f"The provider said {answer.error}"[:200])
            await provider.require_issuer(answer.issuer)
            nonce, verifier = json.loads(self._resources.encryptor.decrypt(request.secrets))
            identity = await provider.redeem(answer.code, verifier, self.callback(provider))
            if provider.settings.kind != "github" and identity.nonce != nonce:
                raise SsoFailed("The ID token is of another sign-in")
            async with transaction(self._resources.sessions) as session:
                stores = Stores(session)
                user_id = await IdentityService(stores, self._settings).sign_in(identity, may_create=True)
                return FinishedSignIn(
                    await self._sessions(stores).start_browser(user_id, ends_at=self._end()), request.next
                )
        except _REFUSED as error:
            await self._refuse(request.provider if request else name or "", error, address)

    async def log_in(self, login: ProviderLogin, address: str) -> Token:
        """As Quilt's web catalogs do: with the code that their popup was given, or, in 2020, an ID token."""
        await self._check(address)
        try:
            identity = await self._prove(login)
            async with transaction(self._resources.sessions) as session:
                stores = Stores(session)
                may_create = login.code is not None  # in 2020 the page asks for a name first
                user_id = await IdentityService(stores, self._settings).sign_in(identity, may_create=may_create)
                return await self._sessions(stores).start(user_id, ends_at=self._end())
        except _REFUSED as error:
            await self._refuse(login.provider, error, address)

    async def register(self, wanted: ProviderSignUp, address: str) -> None:
        await self._check(address)
        try:
            identity = await self._provider(wanted.provider).read(wanted.token)
            async with transaction(self._resources.sessions) as session:
                stores = Stores(session)
                await Limiter(stores).count_or_refuse(SIGN_UPS, identity.subject, address)
                await IdentityService(stores, self._settings).sign_up(identity, wanted.username)
        except _REFUSED as error:
            await self._refuse(wanted.provider, error, address)

    def callback(self, provider: Provider) -> str:
        """One for each provider, so that no answer can be taken for another's."""
        path = "/oauth_callback" if provider.settings.kind == "github" else f"/api/v1/sso/{provider.name}/callback"
        return f"{self._public.registry_url}{path}"

    async def _prove(self, login: ProviderLogin) -> ProviderIdentity:
        provider = self._provider(login.provider)
        if login.code is None:
            return await provider.read(login.token or "")
        if provider.settings.kind == "github":
            raise SsoFailed("GitHub has no popup")
        identity = await provider.redeem(login.code, self._popup_verifier(login.provider), self._popup_callback)
        async with transaction(self._resources.sessions) as session:
            request = await Stores(session).sso_requests.take(digest(identity.nonce or ""))
        if request is None or request.browser is not None or request.provider != login.provider:
            raise SsoFailed("The ID token is of no sign-in that was begun here")
        return identity

    async def _keep(self, known_by: str, request: SsoRequest, address: str) -> None:
        async with transaction(self._resources.sessions) as session:
            stores = Stores(session)
            await Limiter(stores).count_or_refuse(SSO_STARTS, request.provider, address)
            await stores.sso_requests.add(digest(known_by), request, datetime.now(UTC) + LIFE)

    async def _check(self, address: str) -> None:
        async with transaction(self._resources.sessions) as session:
            await Limiter(Stores(session)).check(SSO, "", address)

    async def _refuse(self, provider: str, error: AppError, address: str) -> NoReturn:
        """What went wrong stands in the audit trail; the caller is told no more than they need."""
        log.info("sso_failed", provider=provider, reason=str(error))
        async with transaction(self._resources.sessions) as session:
            stores = Stores(session)
            await Limiter(stores).count(SSO, "", address)
            await record(
                stores,
                "Auth.Login",
                outcome=Outcome.FAILED,
                reason=error.slug,
                method="sso",
                provider=provider[:32],
                why=str(error)[:300],
            )
        if isinstance(error, SsoFailed):
            raise SsoFailed from error
        raise error

    def _sessions(self, stores: Stores) -> SessionService:
        settings = self._settings
        return SessionService(stores, KeyService(stores, self._resources.encryptor, settings), settings)

    def _end(self) -> datetime:
        """Of a session that a provider's word began: it does not tell us when somebody leaves."""
        return datetime.now(UTC) + timedelta(days=self._settings.sso.session_days)

    def _provider(self, name: str) -> Provider:
        provider = self._resources.providers.get(name)
        if provider is None:
            raise ProviderNotFound
        return provider

    @property
    def _popup_callback(self) -> str:
        return f"{self._public.catalog_url}/oauth-callback"

    def _popup_verifier(self, provider: str) -> str:
        secret = self._settings.secret_key.get_secret_value().encode()
        derived = hmac.digest(secret, f"PKCE of popups: {provider}".encode(), "sha256")
        return base64.urlsafe_b64encode(derived).decode().rstrip("=")


def _own_page(path: str) -> str:
    """A path of the catalog's; anything else is its front page."""
    plain = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if plain and len(path) <= 2000 else "/"
