"""Signing in with a password: nobody learns who exists, and guessing is slow."""

import hmac
from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import LoginFailed, PasswordsOff
from auth.passwords import LEGACY, Hasher
from auth.services.audit import record
from auth.services.limits import LOGINS, Limiter
from auth.services.sessions import BrowserGrant, SessionService
from auth.settings import Settings
from shared.schemas.audit import Outcome
from shared.schemas.session import Login, Token

log = structlog.get_logger()


class LoginService:
    def __init__(self, stores: Stores, sessions: SessionService, hasher: Hasher, settings: Settings) -> None:
        self._stores = stores
        self._sessions = sessions
        self._hasher = hasher
        self._limiter = Limiter(stores)
        self._passwords = settings.password_sign_in
        self._secret = settings.secret_key.get_secret_value().encode()

    async def login(self, login: Login, address: str) -> Token:
        return await self._sessions.start(await self._prove(login, address))

    async def login_browser(self, login: Login, address: str) -> BrowserGrant:
        return await self._sessions.start_browser(await self._prove(login, address))

    async def _prove(self, login: Login, address: str) -> UUID:
        """The user whose password it is; raises LoginFailed, TooManyLogins or PasswordsOff."""
        if not self._passwords:
            raise PasswordsOff(PasswordsOff.title())
        # Most of a flood ends here, and takes nobody's turn.
        _, tried = await self._look_up(login)
        await self._limiter.check(LOGINS, tried, address)
        await self._stores.release()
        async with self._hasher.turn():
            account, tried = await self._look_up(login)
            who = (account.user_id, account.name) if account else None
            await self._stores.alone(f"login:{tried}")
            await self._limiter.check(LOGINS, tried, address)
            hashed = account.password if account else None
            matches = await self._hasher.verify(hashed, login.password, as_legacy=await self._seems_legacy(tried))
            if account is None or not matches or not account.is_active:
                await self._limiter.count(LOGINS, tried, address)
                await record(
                    self._stores,
                    "Auth.Login",
                    outcome=Outcome.FAILED,
                    reason=LoginFailed.slug,
                    who=who,
                    method="password",
                )
                log.info("login_failed", address=address)
                raise LoginFailed(LoginFailed.title())
            if account.password and self._hasher.is_outdated(account.password):
                await self._stores.users.set_password(account.user_id, await self._hasher.hash(login.password))
            await self._stores.users.note_login(account.user_id)
            await record(self._stores, "Auth.Login", who=who, method="password")
            return account.user_id

    async def _look_up(self, login: Login) -> tuple[Account | None, str]:
        """Also under what guesses are counted: one account is one, however it is named."""
        account = await self._stores.users.find_account(login.username)
        return account, str(account.user_id) if account else login.username.strip().lower()

    async def _seems_legacy(self, tried: str) -> bool:
        """While there are hashes of Quilt 2, which take longer to verify, half of all unknown names seem to have one."""
        has_legacy = await self._stores.users.any_password_like(LEGACY)
        return has_legacy and bool(hmac.digest(self._secret, tried.encode(), "sha256")[0] & 1)
