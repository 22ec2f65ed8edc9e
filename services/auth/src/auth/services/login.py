"""Signing in with a password: nobody learns who exists, and guessing is slow."""

from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.errors import LoginFailed, TooManyLogins
from auth.opaque import digest
from auth.passwords import Hasher
from auth.services.sessions import BrowserGrant, SessionService
from shared.schemas.session import Login, Token

PER_ACCOUNT_AND_ADDRESS = 10
PER_ADDRESS = 30
PER_ACCOUNT = 100
"""Failures within a minute. From everywhere together an account is tried more often than from one address, so that a
stranger cannot easily lock its owner out."""

log = structlog.get_logger()


class LoginService:
    def __init__(self, stores: Stores, sessions: SessionService, hasher: Hasher) -> None:
        self._stores = stores
        self._sessions = sessions
        self._hasher = hasher

    async def login(self, login: Login, address: str) -> Token:
        return await self._sessions.start(await self._prove(login, address))

    async def login_browser(self, login: Login, address: str) -> BrowserGrant:
        return await self._sessions.start_browser(await self._prove(login, address))

    async def _prove(self, login: Login, address: str) -> UUID:
        """The user whose password it is; raises LoginFailed or TooManyLogins."""
        async with self._hasher.turn():
            tried = digest(login.username.strip().lower())
            await self._stores.alone(f"login:{tried.hex()}")
            pair, of_account, from_address = await self._stores.logins.count(tried, address)
            if pair >= PER_ACCOUNT_AND_ADDRESS or of_account >= PER_ACCOUNT or from_address >= PER_ADDRESS:
                raise TooManyLogins(TooManyLogins.title())
            account = await self._stores.users.find_account(login.username)
            matches = await self._hasher.verify(account.password if account else None, login.password)
            if account is None or not matches or not account.is_active:
                await self._stores.logins.add(tried, address)
                log.info("login_failed", address=address)
                raise LoginFailed(LoginFailed.title())
            if account.password and self._hasher.is_outdated(account.password):
                await self._stores.users.set_password(account.user_id, await self._hasher.hash(login.password))
            await self._stores.users.note_login(account.user_id)
            return account.user_id
