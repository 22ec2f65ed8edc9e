"""Signing in with a password: nobody learns who exists, and guessing is slow."""

import hmac
from uuid import UUID

import structlog

from auth.db.sign_ins import SignInState
from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import LoginFailed, PasswordsOff
from auth.passwords import Hasher
from auth.services.audit import record
from auth.services.limits import LOGINS, Limiter
from auth.services.sessions import BrowserGrant, SessionService
from auth.settings import AuthSettings
from shared.schemas.audit import Outcome
from shared.schemas.session import Login, Token

log = structlog.get_logger()


class LoginService:
    def __init__(self, stores: Stores, sessions: SessionService, hasher: Hasher, settings: AuthSettings) -> None:
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
            raise PasswordsOff
        # Most of a flood ends here, and takes nobody's turn.
        subject = (await self._look(login, address)).subject
        if self._hasher.is_busy:
            await self._stores.release()
        async with self._hasher.turn():
            seen = await self._look_alone(login, address, subject)
            account = seen.account
            who = (account.user_id, account.name) if account else None
            hashed = account.password if account else None
            matches = await self._hasher.verify(hashed, login.password, as_legacy=self._seems_legacy(seen))
            if account and matches and account.is_active and await self._admit(account, login.password):
                await record(self._stores, "Auth.Login", who=who, method="password")
                return account.user_id
            await self._limiter.count(LOGINS, seen.subject, address)
            await record(
                self._stores, "Auth.Login", outcome=Outcome.FAILED, reason=LoginFailed.slug, who=who, method="password"
            )
            log.info("login_failed", address=address)
            raise LoginFailed

    async def _look(self, login: Login, address: str) -> SignInState:
        """Raises TooManyLogins."""
        seen = await self._stores.sign_ins.load_state(login.username, LOGINS.kind, address, LOGINS.within)
        LOGINS.require(seen.attempts)
        return seen

    async def _look_alone(self, login: Login, address: str, subject: str) -> SignInState:
        """What is true while nobody else tries the same: what is counted here is all that there is."""
        while True:
            await self._stores.alone(f"login:{subject}")
            seen = await self._look(login, address)
            if seen.subject == subject:
                return seen
            subject = seen.subject  # the account was made or renamed a moment ago

    async def _admit(self, account: Account, password: str) -> bool:
        """Unless they were disabled, or their password changed, while it was verified."""
        hashed = account.password or ""
        kept = await self._hasher.hash(password) if self._hasher.is_outdated(hashed) else hashed
        return await self._stores.users.note_password_login(account.user_id, hashed, kept)

    def _seems_legacy(self, seen: SignInState) -> bool:
        """While there are hashes of Quilt 2, which take longer to verify, half of all unknown names seem to have one."""
        return seen.any_legacy and bool(hmac.digest(self._secret, seen.subject.encode(), "sha256")[0] & 1)
