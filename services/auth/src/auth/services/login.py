"""Sign-in with a password. Answers do not reveal which accounts exist, and guessing is slow."""

import hmac
from uuid import UUID

import structlog

from auth.db.sign_ins import SignInState
from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import LoginFailed, PasswordsOff, SecondFactorRequired
from auth.passwords import Hasher
from auth.services.audit import record
from auth.services.limits import LOGINS, Limiter
from auth.services.second_factors import SecondFactorService
from auth.services.sessions import BrowserGrant, SessionService
from auth.settings import AuthSettings
from shared.schemas.audit import Outcome
from shared.schemas.session import BrowserLogin, Login, Token

log = structlog.get_logger()


class LoginService:
    def __init__(
        self,
        stores: Stores,
        sessions: SessionService,
        second_factors: SecondFactorService,
        hasher: Hasher,
        settings: AuthSettings,
    ) -> None:
        self._stores = stores
        self._sessions = sessions
        self._second_factors = second_factors
        self._hasher = hasher
        self._limiter = Limiter(stores)
        self._passwords = settings.password_sign_in
        self._secret = settings.secret_key.get_secret_value().encode()
        self._code_page = f"{settings.public.catalog_url}/code"

    async def login(self, login: Login, address: str) -> Token:
        """Sign in a client that knows only a password; raises SecondFactorRequired if that is not enough."""
        try:
            return await self._sessions.start(await self._prove(login, None, address))
        except SecondFactorRequired as error:
            raise SecondFactorRequired(
                "Your account has a second factor, which this sign-in cannot ask for. "
                f"Use an API key, or sign in with the code from {self._code_page}"
            ) from error

    async def login_browser(self, login: BrowserLogin, address: str) -> BrowserGrant:
        return await self._sessions.start_browser(await self._prove(login, login.code, address))

    async def _prove(self, login: Login, code: str | None, address: str) -> UUID:
        """The user whose password and code these are.

        Raises LoginFailed, TooManyLogins or PasswordsOff, and, only after the right password, the errors of
        `SecondFactorService.prove_at_sign_in`.

        1. Load the account and its recent attempts; most of a flood is refused here, before it waits for a slot.
        2. Wait for a slot of the hasher, without a database connection when there is a queue.
        3. Lock the account against other logins and load both again: the count misses no attempt.
        4. Verify the password; an unknown name costs the same time.
        5. Check the code of the second factor, if the account has one.
        6. Record the login, which fails if the account was disabled or its password changed since step 3;
           else count a failed attempt.
        """
        if not self._passwords:
            raise PasswordsOff
        subject = (await self._load_account_and_attempts(login, address)).subject
        if self._hasher.is_busy:
            await self._stores.release_connection()
        async with self._hasher.slot(address):
            state = await self._load_under_lock(login, address, subject)
            account = state.account
            who = (account.user_id, account.name) if account else None
            hashed = account.password if account else None
            matches = await self._hasher.verify(hashed, login.password, as_legacy=self._seems_legacy(state))
            if account and matches and account.is_active:
                await self._second_factors.prove_at_sign_in(account, code, address)
                if await self._record_login(account, login.password):
                    await record(self._stores, "Auth.Login", who=who, method="password")
                    return account.user_id
            await self._limiter.count(LOGINS, state.subject, address)
            await record(
                self._stores, "Auth.Login", outcome=Outcome.FAILED, reason=LoginFailed.slug, who=who, method="password"
            )
            log.info("login_failed", address=address)
            raise LoginFailed

    async def _load_account_and_attempts(self, login: Login, address: str) -> SignInState:
        """Raises TooManyLogins."""
        state = await self._stores.sign_ins.load_state(login.username, LOGINS.kind, address, LOGINS.within)
        await self._limiter.require(LOGINS, state.attempts, state.subject, address)
        return state

    async def _load_under_lock(self, login: Login, address: str, subject: str) -> SignInState:
        """Load again while holding the lock for this account, so that no other attempt is missing from the count."""
        while True:
            await self._stores.lock(f"login:{subject}")
            state = await self._load_account_and_attempts(login, address)
            if state.subject == subject:
                return state
            subject = state.subject  # the account was made or renamed since step 1

    async def _record_login(self, account: Account, password: str) -> bool:
        """False if the user was disabled, or their password changed, while it was verified."""
        hashed = account.password or ""
        kept = await self._hasher.hash(password) if self._hasher.is_outdated(hashed) else hashed
        return await self._stores.users.note_password_login(account.user_id, hashed, kept)

    def _seems_legacy(self, state: SignInState) -> bool:
        """Half of all unknown names cost the time of a hash of Quilt 2, as long as any account has one."""
        return state.any_legacy and bool(hmac.digest(self._secret, state.subject.encode(), "sha256")[0] & 1)
