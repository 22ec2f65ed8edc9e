"""People's own accounts: sign-up, confirmation of an address, passwords."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from auth.db.invitations import AcceptedInvitation
from auth.db.links import OneTimeLink
from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import (
    ActivationFailed,
    DomainRefused,
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
from auth.services.credential_changes import credentials_changed
from auth.services.limits import LINKS, LOGINS, MAILS, SIGN_UPS, Limiter
from auth.services.mail.outbox import queue_mail, queue_welcome
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from auth.tokens import digest
from shared.schemas.account import SignedUp, SignUp
from shared.schemas.audit import Outcome
from shared.schemas.principal import Principal
from shared.schemas.user import UserName, parse_email

PENDING_TTL = timedelta(days=7)
"""How long an unconfirmed sign-up reserves its user name."""

USER_NAME: TypeAdapter[str] = TypeAdapter(UserName)


class AccountService:
    def __init__(self, stores: Stores, hasher: Hasher, settings: AuthSettings) -> None:
        self._stores = stores
        self._hasher = hasher
        self._settings = settings
        self._limiter = Limiter(stores)

    async def sign_up(self, wanted: SignUp, address: str) -> SignedUp:
        """Make an account: active with an invitation to its address, else pending until the address is confirmed."""
        if self._settings.sign_up == "off" or not self._settings.password_sign_in:
            raise SignUpDisabled
        name, email = require_user_name(wanted.username), require_email(wanted.email)
        self._require_domain(email)
        require_good(wanted.password, name, email)
        async with self._hasher.slot(address):
            await self._limiter.count_or_refuse(SIGN_UPS, email, address)
            invitation = await self._redeem_invitation(wanted.invitation, email)
            is_active = invitation is not None
            if not is_active:
                self._require_mail()
            role = invitation.role_id if invitation and invitation.role_id else await self._default_role()
            user_id = await self._add(name, email, await self._hasher.hash(wanted.password), is_active=is_active)
        await self._stores.users.set_roles(user_id, [role], role)
        await record(self._stores, "Auth.Register", f"user:{name}", who=(user_id, name), by_invitation=is_active)
        if is_active:
            await self._queue_welcome(user_id, email)
        else:
            await self._queue_mail(MailKind.ACTIVATION, email, user_id=user_id)
        return SignedUp(is_active=is_active)

    async def activate(self, link: str, address: str) -> None:
        """Confirm an address; raises ActivationFailed or TooManyTries."""
        taken = await self._redeem_link(link, MailKind.ACTIVATION, address)
        account = await self._stores.users.find_by_id(taken.user_id) if taken and taken.user_id else None
        if taken is None or account is None or not account.is_pending or account.email != taken.email:
            raise ActivationFailed
        await self._stores.users.activate(account.user_id)
        await record(self._stores, "Auth.Activate", f"user:{account.name}", who=(account.user_id, account.name))
        await self._queue_welcome(account.user_id, account.email)

    async def request_reset(self, email: str, address: str) -> None:
        """Queue a reset mail. The outbox finds out later whether the account exists, so the answer cannot reveal it."""
        self._require_passwords()
        self._require_mail()
        wanted = email.strip().lower()
        await self._limiter.count_or_refuse(MAILS, wanted, address)
        await record(self._stores, "Auth.PasswordResetRequest")
        await self._queue_mail(MailKind.RESET, wanted)

    async def reset_password(self, link: str, password: str, address: str) -> None:
        """Set a password with a one-time link, and end all sessions and API keys: the old password may have been stolen.

        A person who signs in with a provider gets no password here: it would outlive their account at the provider.
        Raises WeakPassword, ResetLinkInvalid, ResetNotAllowed or TooManyTries.
        """
        require_good(password)
        async with self._hasher.slot(address):
            taken = await self._redeem_link(link, MailKind.RESET, address)
            account = await self._stores.users.find_by_id(taken.user_id) if taken and taken.user_id else None
            if taken is None or account is None or account.email != taken.email:
                raise ResetLinkInvalid
            by_provider = account.password is None and await self._stores.identities.exists_for(account.user_id)
            if not account.is_active or by_provider:
                raise ResetNotAllowed
            require_good(password, account.name, account.email)
            hashed = await self._hasher.hash(password)
            await self._stores.users.set_password(account.user_id, hashed, is_proven=True)
            await self._note_password(account)
        await credentials_changed(self._stores, account.user_id, also_keys=True)

    async def change_password(self, viewer: Principal, current: str, password: str, address: str) -> None:
        """Replace the password of the viewer, who must know the current one, and end their other sessions.

        Raises WrongPassword, WeakPassword or TooManyLogins.
        """
        async with self._hasher.slot(address):
            subject = str(viewer.user_id)
            await self._stores.lock(f"login:{subject}")
            await self._limiter.check(LOGINS, subject, address)
            account = await self._stores.users.find_by_id(viewer.user_id)
            matches = account is not None and await self._hasher.verify(account.password, current)
            if account is None or not matches or not await self._replace_password(account, password):
                await self._limiter.count(LOGINS, subject, address)
                await record(self._stores, "Auth.PasswordChange", outcome=Outcome.FAILED, reason=WrongPassword.slug)
                raise WrongPassword
        await credentials_changed(self._stores, viewer.user_id, but=viewer.session_id)

    async def _add(self, name: str, email: str, hashed: str, *, is_active: bool) -> UUID:
        """Raises SignUpTaken or SignUpEmailTaken, as catalogs expect; SIGN_UPS limits how many names can be tested."""
        if await self._stores.users.find_account(name):
            raise SignUpTaken
        if await self._stores.users.find_account(email):
            raise SignUpEmailTaken
        pending_until = None if is_active else datetime.now(UTC) + PENDING_TTL
        return await self._stores.users.add(
            name=name,
            email=email,
            password=hashed,
            password_proven=is_active,
            is_admin=False,
            pending_until=pending_until,
        )

    async def _default_role(self) -> UUID:
        role = await self._stores.roles.find_default_id()
        if role is None:
            raise NoDefaultRole
        return role

    async def _redeem_invitation(self, link: str | None, email: str) -> AcceptedInvitation | None:
        """The invitation of this address, if the link was mailed there.

        Raises NotInvited if sign-up is by invitation only and the link is not good.
        """
        taken = await self._stores.links.take(digest(link), MailKind.INVITATION) if link else None
        invited = await self._stores.invitations.find(taken.email) if taken else None
        if invited is None and self._settings.sign_up == "invite":
            raise NotInvited
        return await self._stores.invitations.accept(email) if invited and invited.email == email else None

    async def _redeem_link(self, link: str, kind: MailKind, address: str) -> OneTimeLink | None:
        """Redeem a one-time link. Invalid links count against LINKS; redemptions are serialised per account."""
        await self._limiter.check(LINKS, kind, address)
        if owner := await self._stores.links.find_owner(digest(link)):
            await self._stores.lock(f"login:{owner}")
        taken = await self._stores.links.take(digest(link), kind)
        if taken is None:
            await self._limiter.count(LINKS, kind, address)
        return taken

    async def _replace_password(self, account: Account, password: str) -> bool:
        """False if the password was changed while the current one was verified; raises WeakPassword."""
        require_good(password, account.name, account.email)
        hashed = await self._hasher.hash(password)
        if not await self._stores.users.replace_password(account.user_id, account.password, hashed):
            return False
        await self._note_password(account)
        return True

    async def _note_password(self, account: Account) -> None:
        await record(self._stores, "Auth.PasswordChange", f"user:{account.name}", who=(account.user_id, account.name))
        await self._queue_mail(MailKind.PASSWORD_CHANGED, account.email, user_id=account.user_id)

    async def _queue_welcome(self, user_id: UUID, email: str) -> None:
        if self._settings.mail:
            await queue_welcome(self._stores, user_id, email)

    async def _queue_mail(self, kind: MailKind, email: str, **about: Any) -> None:
        if self._settings.mail:
            await queue_mail(self._stores, kind, email, **about)

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
