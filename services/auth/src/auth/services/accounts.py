"""What people do about their own accounts: sign up, show that an address is theirs, change a password."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from auth.db.links import OneTimeLink
from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import (
    ActivationFailed,
    DomainRefused,
    EmailTaken,
    InvalidEmail,
    InvalidUserName,
    MailNotConfigured,
    NoDefaultRole,
    NotInvited,
    PasswordsOff,
    ResetLinkInvalid,
    ResetNotAllowed,
    SignUpDisabled,
    SignUpEmailTaken,
    SignUpTaken,
    WrongPassword,
)
from auth.passwords import Hasher, require_good
from auth.services.audit import record
from auth.services.limits import LINKS, LOGINS, MAILS, SIGN_UPS, Limiter
from auth.services.mail.outbox import post, welcome
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from auth.tokens import digest
from shared.caller import current
from shared.errors import NotForApiKeys, NotForTools
from shared.schemas.account import SignedUp, SignUp
from shared.schemas.audit import Outcome
from shared.schemas.principal import Principal
from shared.schemas.user import UserName, parse_email

PENDING = timedelta(days=7)
"""How long a name is kept for who has not shown that the address is theirs."""

USER_NAME: TypeAdapter[str] = TypeAdapter(UserName)


class AccountService:
    def __init__(self, stores: Stores, hasher: Hasher, settings: AuthSettings) -> None:
        self._stores = stores
        self._hasher = hasher
        self._settings = settings
        self._limiter = Limiter(stores)

    async def sign_up(self, wanted: SignUp, address: str) -> SignedUp:
        if self._settings.sign_up == "off" or not self._settings.password_sign_in:
            raise SignUpDisabled
        name, email = require_user_name(wanted.username), require_email(wanted.email)
        self._require_domain(email)
        require_good(wanted.password, name, email)
        async with self._hasher.turn():
            await self._limiter.count_or_refuse(SIGN_UPS, email, address)
            invited = await self._invited(wanted.invitation, email)
            is_active = invited is not None and invited.email == email
            if not is_active:
                self._require_mail()
            role = await self._stores.roles.default()
            if role is None:
                raise NoDefaultRole
            user_id = await self._add(name, email, await self._hasher.hash(wanted.password), is_active=is_active)
        await self._stores.users.set_roles(user_id, [role], role)
        await record(self._stores, "Auth.Register", f"user:{name}", who=(user_id, name), by_invitation=is_active)
        if is_active:
            await self._welcome(user_id, email)
        else:
            await self._post(MailKind.ACTIVATION, email, user_id=user_id)
        return SignedUp(is_active=is_active)

    async def activate(self, link: str, address: str) -> None:
        """Raises ActivationFailed."""
        taken = await self._take(link, MailKind.ACTIVATION, address)
        account = await self._stores.users.find_by_id(taken.user_id) if taken and taken.user_id else None
        if account is None or not account.is_pending:
            raise ActivationFailed
        await self._stores.users.activate(account.user_id)
        await record(self._stores, "Auth.Activate", f"user:{account.name}", who=(account.user_id, account.name))
        await self._welcome(account.user_id, account.email)

    async def ask_reset(self, email: str, address: str) -> None:
        """Says and does the same whether there is such an account or not: that is seen when the mail is written."""
        self._require_passwords()
        self._require_mail()
        wanted = email.strip().lower()
        await self._limiter.count_or_refuse(MAILS, wanted, address)
        await record(self._stores, "Auth.PasswordResetRequest")
        await self._post(MailKind.RESET, wanted)

    async def reset_password(self, link: str, password: str, address: str) -> None:
        """Raises WeakPassword, ResetLinkInvalid or ResetNotAllowed. Ends all sessions: who resets may have been robbed.

        Whoever signs in with a provider gets no password in this way: it would outlive what the provider says of them.
        """
        require_good(password)
        async with self._hasher.turn():
            taken = await self._take(link, MailKind.RESET, address)
            account = await self._stores.users.find_by_id(taken.user_id) if taken and taken.user_id else None
            if account is None:
                raise ResetLinkInvalid
            by_provider = account.password is None and await self._stores.identities.any_of(account.user_id)
            if not account.is_active or by_provider:
                raise ResetNotAllowed
            require_good(password, account.name, account.email)
            await self._stores.users.set_password(account.user_id, await self._hasher.hash(password))
            await self._note_password(account)
        await self._stores.sessions.revoke_all(account.user_id)
        await self._stores.revocations.add(f"user:{account.user_id}")

    async def change_password(self, viewer: Principal, current: str, password: str, address: str) -> None:
        """Of who knows the present one; all their other sessions end."""
        if viewer.is_api_key:
            raise NotForApiKeys("API keys change no passwords")
        if await self._stores.sessions.tool_of(viewer.session_id):
            raise NotForTools("Tools change no passwords")
        async with self._hasher.turn():
            subject = str(viewer.user_id)
            await self._stores.alone(f"login:{subject}")
            await self._limiter.check(LOGINS, subject, address)
            account = await self._stores.users.find_by_id(viewer.user_id)
            matches = account is not None and await self._hasher.verify(account.password, current)
            if account is None or not matches or not await self._replace_password(account, password):
                await self._limiter.count(LOGINS, subject, address)
                await record(self._stores, "Auth.PasswordChange", outcome=Outcome.FAILED, reason=WrongPassword.slug)
                raise WrongPassword
        await self._stores.sessions.revoke_all(viewer.user_id, but=viewer.session_id)
        await self._stores.revocations.add(f"user:{viewer.user_id}")

    async def invite(self, email: str) -> None:
        self._require_mail()
        if await self._stores.users.find_account(email):
            raise EmailTaken(f"The e-mail address {email} is taken")
        await record(self._stores, "Users.Invite", f"email:{email}")
        await self._post(MailKind.INVITATION, email, name=current().user)

    async def _add(self, name: str, email: str, hashed: str, *, is_active: bool) -> UUID:
        """What is taken is said, since catalogs want to know; and counted, so that nobody asks for many."""
        if await self._stores.users.find_account(name):
            raise SignUpTaken
        if await self._stores.users.find_account(email):
            raise SignUpEmailTaken
        pending_until = None if is_active else datetime.now(UTC) + PENDING
        return await self._stores.users.add(
            name=name, email=email, password=hashed, is_admin=False, pending_until=pending_until
        )

    async def _invited(self, invitation: str | None, email: str) -> OneTimeLink | None:
        taken = await self._stores.links.take(digest(invitation), MailKind.INVITATION) if invitation else None
        if taken is None and self._settings.sign_up == "invite":
            raise NotInvited
        return taken if taken and taken.email == email else None

    async def _take(self, link: str, kind: MailKind, address: str) -> OneTimeLink | None:
        """Counts what is no link. Those of one person take turns."""
        await self._limiter.check(LINKS, kind, address)
        if owner := await self._stores.links.owner(digest(link)):
            await self._stores.alone(f"login:{owner}")
        taken = await self._stores.links.take(digest(link), kind)
        if taken is None:
            await self._limiter.count(LINKS, kind, address)
        return taken

    async def _replace_password(self, account: Account, password: str) -> bool:
        """Unless it was changed while the present one was verified."""
        require_good(password, account.name, account.email)
        hashed = await self._hasher.hash(password)
        if not await self._stores.users.replace_password(account.user_id, account.password, hashed):
            return False
        await self._note_password(account)
        return True

    async def _note_password(self, account: Account) -> None:
        await self._stores.links.remove_of(account.user_id)
        await record(self._stores, "Auth.PasswordChange", f"user:{account.name}", who=(account.user_id, account.name))
        await self._post(MailKind.PASSWORD_CHANGED, account.email, user_id=account.user_id)

    async def _welcome(self, user_id: UUID, email: str) -> None:
        if self._settings.mail:
            await welcome(self._stores, user_id, email)

    async def _post(self, kind: MailKind, email: str, **about: Any) -> None:
        if self._settings.mail:
            await post(self._stores, kind, email, **about)

    def _require_domain(self, email: str) -> None:
        domain, allowed = email.rpartition("@")[2], self._settings.sign_up_domains
        if allowed and domain not in allowed:
            raise DomainRefused(f"The domain {domain} is not allowed here.")

    def _require_passwords(self) -> None:
        if not self._settings.password_sign_in:
            raise PasswordsOff

    def _require_mail(self) -> None:
        if self._settings.mail is None:
            raise MailNotConfigured


def require_user_name(name: str) -> str:
    """Raises InvalidUserName."""
    try:
        return USER_NAME.validate_python(name)
    except ValidationError as error:
        raise InvalidUserName from error


def require_email(email: str) -> str:
    """The address in lower case; raises InvalidEmail."""
    try:
        return parse_email(email)
    except ValueError as error:
        raise InvalidEmail from error
