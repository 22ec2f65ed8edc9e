"""Second factors of passwords: codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

A code is six digits, made with SHA-1 for a step of 30 seconds. The steps before and after the present one are accepted, and
each step once. Whoever must have a second factor and has none is refused everywhere else (`PrincipalService`).
"""

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pyotp import TOTP, random_base32

from auth.db.second_factors import StoredFactor
from auth.db.stores import Stores
from auth.db.users import Account
from auth.encryption import Encryptor
from auth.errors import (
    NoPassword,
    NotYourself,
    SecondFactorExists,
    SecondFactorNotFound,
    SecondFactorOff,
    SecondFactorRefused,
    SecondFactorRequired,
    WrongCode,
    WrongPassword,
)
from auth.passwords import Hasher
from auth.services.audit import record
from auth.services.credential_changes import credentials_changed
from auth.services.limits import CODES, LOGINS, Limiter
from auth.services.mail.notices import queue_notice
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from auth.tokens import new_recovery_code, recovery_code_digest
from shared.caller import current
from shared.schemas.audit import Outcome
from shared.schemas.principal import Principal
from shared.schemas.second_factor import RecoveryCodes, SecondFactor, SecondFactorSecret

ENROLMENT_TTL = timedelta(hours=1)
"""Time within which a code must confirm a new secret."""
STEP_SECONDS = 30
MAX_CODE_DRIFT = 1
"""Steps by which the clock of an authenticator may differ."""
CODE_DIGITS = 6
RECOVERY_CODES = 10


class SecondFactorService:
    def __init__(  # noqa: PLR0917 – what it is made of
        self,
        stores: Stores,
        encryptor: Encryptor,
        hasher: Hasher,
        settings: AuthSettings,
        clock: Callable[[], float],
        instance_name: Callable[[], Awaitable[str]],
    ) -> None:
        """`clock`: seconds since 1970, by which codes are checked. `instance_name`: what authenticator apps show."""
        self._stores = stores
        self._encryptor = encryptor
        self._hasher = hasher
        self._settings = settings
        self._clock = clock
        self._instance_name = instance_name
        self._limiter = Limiter(stores)

    async def describe(self, viewer: Principal) -> SecondFactor:
        user = await self._stores.users.get_by_id(viewer.user_id)
        account = await self._stores.users.find_by_id(viewer.user_id)
        factor = await self._stores.second_factors.find_confirmed(viewer.user_id)
        has_password = account is not None and account.password is not None
        return SecondFactor(
            is_available=self._settings.second_factor != "off" and has_password,
            is_demanded=self._settings.demands_second_factor(is_admin=user.is_admin) and has_password,
            is_on=factor is not None,
            added_at=factor.confirmed_at if factor else None,
            recovery_codes_left=await self._stores.second_factors.count_recovery_codes(viewer.user_id),
        )

    async def begin(self, viewer: Principal, password: str, address: str) -> SecondFactorSecret:
        """Make a secret for an authenticator app, for the owner of the password.

        Raises SecondFactorOff, SecondFactorExists, NoPassword, WrongPassword or TooManyLogins.
        """
        if self._settings.second_factor == "off":
            raise SecondFactorOff
        issuer = await self._instance_name()
        async with self._hasher.slot(address):
            subject = await self._lock(viewer)
            await self._limiter.check(LOGINS, subject, address)
            account = await self._stores.users.find_by_id(viewer.user_id)
            if account is None or account.password is None:
                raise NoPassword
            if await self._stores.second_factors.find_confirmed(viewer.user_id):
                raise SecondFactorExists
            if not await self._hasher.verify(account.password, password):
                await self._limiter.count(LOGINS, subject, address)
                reason = WrongPassword.slug
                await record(self._stores, "Auth.SecondFactor.Begin", outcome=Outcome.FAILED, reason=reason)
                raise WrongPassword
        secret = random_base32()
        await self._stores.second_factors.begin(viewer.user_id, self._encryptor.encrypt(secret), self._now())
        await record(self._stores, "Auth.SecondFactor.Begin")
        uri = TOTP(secret).provisioning_uri(name=account.name, issuer_name=issuer)
        return SecondFactorSecret(secret=secret, uri=uri)

    async def confirm(self, viewer: Principal, code: str, address: str) -> RecoveryCodes:
        """Switch the second factor on, and end the viewer's other sessions, which only a password may have begun.

        Raises SecondFactorNotFound, SecondFactorExists, WrongCode or TooManyCodes.
        """
        subject = await self._lock(viewer)
        factor = await self._stores.second_factors.find(viewer.user_id)
        if factor is None or factor.created_at < self._now() - ENROLMENT_TTL:
            raise SecondFactorNotFound
        if factor.confirmed_at:
            raise SecondFactorExists
        await self._limiter.check(CODES, subject, address)
        if not await self._use_code(viewer.user_id, factor, code):
            raise await self._count_wrong_code(subject, address, "Auth.SecondFactor.Add")
        await self._stores.second_factors.confirm(viewer.user_id, self._now())
        codes = await self._new_recovery_codes(viewer.user_id)
        await record(self._stores, "Auth.SecondFactor.Add")
        await queue_notice(self._stores, self._settings, MailKind.SECOND_FACTOR_ADDED, viewer.user_id)
        await credentials_changed(self._stores, viewer.user_id, but=viewer.session_id)
        return codes

    async def renew_recovery_codes(self, viewer: Principal, code: str, address: str) -> RecoveryCodes:
        """New recovery codes instead of the present ones. Raises the errors of `remove`."""
        await self._prove_again(viewer, code, address, "Auth.SecondFactor.RenewCodes")
        await record(self._stores, "Auth.SecondFactor.RenewCodes")
        return await self._new_recovery_codes(viewer.user_id)

    async def remove(self, viewer: Principal, code: str, address: str) -> None:
        """Remove the viewer's second factor and end their other sessions.

        Raises SecondFactorNotFound, WrongCode, TooManyCodes or TooManyLogins.
        """
        await self._prove_again(viewer, code, address, "Auth.SecondFactor.Remove")
        await record(self._stores, "Auth.SecondFactor.Remove")
        await self._remove(viewer.user_id, but=viewer.session_id)

    async def remove_for_user(self, name: str) -> None:
        """Remove somebody else's second factor and end their sessions, as an administrator.

        Raises UserNotFound, SecondFactorNotFound or NotYourself.
        """
        user = await self._stores.users.get(name)
        if user.id == current().user_id:
            raise NotYourself("Remove your own second factor on the page of your account, with a code of it")
        await self._stores.lock(f"login:{user.id}")
        if not await self._stores.second_factors.find_confirmed(user.id):
            raise SecondFactorNotFound("The user has no second factor")
        await record(self._stores, "Users.RemoveSecondFactor", f"user:{name}")
        await self._remove(user.id)

    async def prove_at_sign_in(self, account: Account, code: str | None, address: str) -> None:
        """Check the code of an account whose password was right; call it while holding the lock of its sign-ins.

        Raises SecondFactorRequired, SecondFactorRefused, TooManyCodes or TooManyLogins.
        """
        if self._settings.second_factor == "off":
            return
        factor = await self._stores.second_factors.find_confirmed(account.user_id)
        if factor is None:
            return
        who = (account.user_id, account.name)
        if not code or not code.strip():
            reason = SecondFactorRequired.slug
            await record(self._stores, "Auth.Login", outcome=Outcome.REFUSED, reason=reason, who=who, method="password")
            raise SecondFactorRequired
        if await self._accept(account.user_id, factor, code, address):
            return
        await self._count(str(account.user_id), code, address)
        reason = SecondFactorRefused.slug
        await record(self._stores, "Auth.Login", outcome=Outcome.FAILED, reason=reason, who=who, method="password")
        raise SecondFactorRefused

    async def _prove_again(self, viewer: Principal, code: str, address: str, action: str) -> None:
        subject = await self._lock(viewer)
        factor = await self._stores.second_factors.find_confirmed(viewer.user_id)
        if factor is None:
            raise SecondFactorNotFound("Your account has no second factor")
        await self._limiter.check(LOGINS, subject, address)
        if not await self._accept(viewer.user_id, factor, code, address):
            raise await self._count_wrong_code(subject, address, action, code)

    async def _accept(self, user_id: UUID, factor: StoredFactor, code: str, address: str) -> bool:
        """Use a code of the authenticator, or a recovery code. Raises TooManyCodes for the former."""
        if _is_recovery_code(code):
            digest = recovery_code_digest(code)
            return await self._stores.second_factors.use_recovery_code(user_id, digest, self._now())
        await self._limiter.check(CODES, str(user_id), address)
        return await self._use_code(user_id, factor, code)

    async def _use_code(self, user_id: UUID, factor: StoredFactor, code: str) -> bool:
        totp = TOTP(self._encryptor.decrypt(factor.sealed), digits=CODE_DIGITS, interval=STEP_SECONDS)
        typed = code.replace(" ", "").encode()
        now = int(self._clock()) // STEP_SECONDS
        steps = range(now - MAX_CODE_DRIFT, now + MAX_CODE_DRIFT + 1)
        matching = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed)]
        return any([await self._stores.second_factors.use_step(user_id, step) for step in matching])

    async def _count_wrong_code(self, subject: str, address: str, action: str, code: str = "") -> WrongCode:
        """The error to raise."""
        await self._count(subject, code, address)
        await record(self._stores, action, outcome=Outcome.FAILED, reason=WrongCode.slug)
        return WrongCode()

    async def _count(self, subject: str, code: str, address: str) -> None:
        """Count a wrong code like a wrong password. Recovery codes cannot be guessed, so CODES does not count them."""
        await self._limiter.count(LOGINS, subject, address)
        if not _is_recovery_code(code):
            await self._limiter.count(CODES, subject, address)

    async def _new_recovery_codes(self, user_id: UUID) -> RecoveryCodes:
        codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
        await self._stores.second_factors.replace_recovery_codes(
            user_id, [recovery_code_digest(each) for each in codes]
        )
        return RecoveryCodes(codes=codes)

    async def _remove(self, user_id: UUID, *, but: UUID | None = None) -> None:
        await self._stores.second_factors.remove(user_id)
        await queue_notice(self._stores, self._settings, MailKind.SECOND_FACTOR_REMOVED, user_id)
        await credentials_changed(self._stores, user_id, but=but)

    async def _lock(self, viewer: Principal) -> str:
        """Lock the viewer's account against sign-ins; returns the key by which their attempts are counted."""
        subject = str(viewer.user_id)
        await self._stores.lock(f"login:{subject}")
        return subject

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _is_recovery_code(code: str) -> bool:
    """True for a text that is longer than a code of an authenticator."""
    return len(code.replace(" ", "").replace("-", "")) > CODE_DIGITS
