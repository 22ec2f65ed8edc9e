"""Sign-in with a provider: the request that is sent to it, and the checks of its answer.

A sign-in of our own catalog has its own state, nonce and PKCE verifier, and a cookie binds it to the browser that began
it. Quilt's web catalogs keep the state themselves and send only the code: for them the nonce is stored here and is good
once, and the verifier is derived from the installation's secret key.
"""

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import structlog

from auth.clients.providers import Provider, ProviderIdentity, SignInStart
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

SIGN_IN_TTL = timedelta(minutes=10)
"""Time between the start of a sign-in and the provider's answer."""
MAX_WHY = 300
_REFUSED = (SsoFailed, AccountUnknown, DomainRefused, EmailUnverified)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    address: str
    """The provider's page, to which the browser is sent."""
    browser: str
    """Value of the cookie that the browser must send with the provider's answer."""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """The query with which a provider sends the browser back, and the browser's cookie."""

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
        start = SignInStart(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=self.callback(provider),
        )
        browser = secrets.token_urlsafe(32)
        page = await provider.authorization_url(start)
        sealed = self._resources.encryptor.encrypt(json.dumps([start.nonce, start.verifier]))
        request = SsoRequest(name, sealed, digest(browser), _catalog_path(next_page))
        await self._store_request(start.state, request, address)
        return BegunSignIn(page, browser)

    async def begin_popup(self, name: str, state: str, address: str) -> str:
        """The provider's page, for the popup of a Quilt catalog; `state` is the catalog's.

        Raises ProviderNotFound, ProviderFailed or TooManyTries.
        """
        provider = self._provider(name)
        if provider.settings.kind == "github":  # its answers have no nonce, by which the request would be found
            raise ProviderNotFound
        nonce = secrets.token_urlsafe(32)
        start = SignInStart(state, nonce, self._popup_verifier(name), self._popup_callback)
        page = await provider.authorization_url(start)
        await self._store_request(nonce, SsoRequest(name, self._resources.encryptor.encrypt(""), None, ""), address)
        return page

    async def finish(self, name: str | None, answer: ProviderAnswer, address: str) -> FinishedSignIn:
        """Start a session for the person in the provider's answer.

        `name`: the provider whose callback was requested; None for the callback that all GitHubs share.
        Raises SsoFailed, AccountUnknown, DomainRefused, EmailUnverified, ProviderFailed or TooManyLogins.
        """
        await self._check_limit(address)
        async with transaction(self._resources.sessions) as session:
            request = await Stores(session).sso_requests.take(digest(answer.state))
        try:
            if request is None:
                raise SsoFailed("The sign-in is unknown or has expired")
            provider = self._validate(request, answer, name)
            identity = await self._redeem(provider, request, answer)
            async with transaction(self._resources.sessions) as session:
                stores = Stores(session)
                user_id = await IdentityService(stores, self._settings).sign_in(identity, may_create=True)
                grant = await self._sessions(stores).start_browser(
                    user_id, ends_at=self._session_end(), by_provider=True
                )
                return FinishedSignIn(grant, request.next)
        except _REFUSED as error:
            await self._refuse(request.provider if request else name or "", error, address)

    async def log_in(self, login: ProviderLogin, address: str) -> Token:
        """Sign in from a Quilt web catalog, with the code that its popup received, or, in 2020, an ID token.

        Raises the same errors as `finish`.
        """
        await self._check_limit(address)
        try:
            identity = await self._identify(login)
            async with transaction(self._resources.sessions) as session:
                stores = Stores(session)
                may_create = login.code is not None  # in 2020 the page asks for a name first
                user_id = await IdentityService(stores, self._settings).sign_in(identity, may_create=may_create)
                return await self._sessions(stores).start(user_id, ends_at=self._session_end(), by_provider=True)
        except _REFUSED as error:
            await self._refuse(login.provider, error, address)

    async def register(self, wanted: ProviderSignUp, address: str) -> None:
        """Make an account under a chosen name, with an ID token. Raises SsoFailed and what `IdentityService` raises."""
        await self._check_limit(address)
        try:
            identity = await self._provider(wanted.provider).identity_of(wanted.token)
            async with transaction(self._resources.sessions) as session:
                stores = Stores(session)
                await Limiter(stores).count_or_refuse(SIGN_UPS, identity.subject, address)
                await IdentityService(stores, self._settings).sign_up(identity, wanted.username)
        except _REFUSED as error:
            await self._refuse(wanted.provider, error, address)

    def callback(self, provider: Provider) -> str:
        """The redirect address of a provider; each has its own, so that answers cannot be mixed up."""
        path = "/oauth_callback" if provider.settings.kind == "github" else f"/api/v1/sso/{provider.name}/callback"
        return f"{self._public.registry_url}{path}"

    def _validate(self, request: SsoRequest, answer: ProviderAnswer, name: str | None) -> Provider:
        """The provider of the request; raises SsoFailed unless the answer is to it, in the same browser."""
        provider = self._provider(request.provider)
        if request.browser is None:
            raise SsoFailed("The sign-in was begun in a popup")
        callback_of = None if provider.settings.kind == "github" else provider.name
        if name != callback_of:
            raise SsoFailed("The answer came to another provider's address")
        if not hmac.compare_digest(request.browser, digest(answer.browser)):
            raise SsoFailed("The sign-in was begun in another browser")
        if answer.error or not answer.code:
            raise SsoFailed(f"The provider said {answer.error}"[:200])
        return provider

    async def _redeem(self, provider: Provider, request: SsoRequest, answer: ProviderAnswer) -> ProviderIdentity:
        """Exchange the code; raises SsoFailed or ProviderFailed."""
        await provider.require_issuer(answer.issuer)
        nonce, verifier = json.loads(self._resources.encryptor.decrypt(request.secrets))
        identity = await provider.redeem(answer.code, verifier, self.callback(provider))
        if provider.settings.kind != "github" and identity.nonce != nonce:
            raise SsoFailed("The ID token belongs to another sign-in")
        return identity

    async def _identify(self, login: ProviderLogin) -> ProviderIdentity:
        provider = self._provider(login.provider)
        if login.code is None:
            return await provider.identity_of(login.token or "")
        if provider.settings.kind == "github":
            raise SsoFailed("GitHub has no popup")
        identity = await provider.redeem(login.code, self._popup_verifier(login.provider), self._popup_callback)
        async with transaction(self._resources.sessions) as session:
            request = await Stores(session).sso_requests.take(digest(identity.nonce or ""))
        if request is None or request.browser is not None or request.provider != login.provider:
            raise SsoFailed("The ID token belongs to no sign-in that was begun here")
        return identity

    async def _store_request(self, key: str, request: SsoRequest, address: str) -> None:
        """`key`: the state or nonce, by which the answer finds the request. Raises TooManyTries."""
        async with transaction(self._resources.sessions) as session:
            stores = Stores(session)
            await Limiter(stores).count_or_refuse(SSO_STARTS, request.provider, address)
            await stores.sso_requests.add(digest(key), request, datetime.now(UTC) + SIGN_IN_TTL)

    async def _check_limit(self, address: str) -> None:
        async with transaction(self._resources.sessions) as session:
            await Limiter(Stores(session)).check(SSO, "", address)

    async def _refuse(self, provider: str, error: AppError, address: str) -> NoReturn:
        """Record the reason in the audit trail and raise; a caller of a failed sign-in does not learn the reason."""
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
                why=str(error)[:MAX_WHY],
            )
        if isinstance(error, SsoFailed):
            raise SsoFailed from error
        raise error

    def _sessions(self, stores: Stores) -> SessionService:
        settings = self._settings
        return SessionService(stores, KeyService(stores, self._resources.encryptor, settings), settings)

    def _session_end(self) -> datetime:
        """End of the session, renewed or not: a provider does not say when it disables somebody."""
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


def _catalog_path(path: str) -> str:
    """The path, if it is one of the catalog's, else its front page: browsers are redirected nowhere else."""
    plain = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if plain and len(path) <= 2000 else "/"
