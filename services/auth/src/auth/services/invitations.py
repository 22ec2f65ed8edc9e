"""Invitations to sign up: administrators send, send again and withdraw them."""

from uuid import UUID

from auth.db.stores import Stores
from auth.errors import EmailTaken, MailNotConfigured, NotInvited, SignUpDisabled, UnknownRole
from auth.services.audit import record
from auth.services.limits import LINKS, Limiter
from auth.services.mail.outbox import queue_mail
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from auth.tokens import digest
from shared.caller import current
from shared.schemas.invitation import Invitation, InvitationCreate, InvitationOffer


class InvitationService:
    def __init__(self, stores: Stores, settings: AuthSettings) -> None:
        self._stores = stores
        self._settings = settings

    async def invite(self, wanted: InvitationCreate) -> Invitation:
        """Raises EmailTaken, UnknownRole, SignUpDisabled or MailNotConfigured."""
        self._require_possible()
        if await self._stores.users.find_account(wanted.email):
            raise EmailTaken(f"The e-mail address {wanted.email} is taken")
        role_id = await self._role_id(wanted.role) if wanted.role else None
        inviter = current().user
        invitation = await self._stores.invitations.put(
            email=wanted.email, name=wanted.name, role_id=role_id, invited_by=inviter
        )
        await record(self._stores, "Users.Invite", f"email:{wanted.email}", role=wanted.role)
        await self._send(invitation)
        return invitation

    async def send_again(self, invitation_id: UUID) -> Invitation:
        """Mail a new link, which ends the old one. Raises InvitationNotFound, EmailTaken, SignUpDisabled or MailNotConfigured."""
        self._require_possible()
        invitation = await self._stores.invitations.renew(invitation_id)
        if await self._stores.users.find_account(invitation.email):
            raise EmailTaken(f"The e-mail address {invitation.email} is taken")
        await record(self._stores, "Users.Invite", f"email:{invitation.email}", role=invitation.role, again=True)
        await self._send(invitation)
        return invitation

    async def withdraw(self, invitation_id: UUID) -> None:
        """Raises InvitationNotFound."""
        invitation = await self._stores.invitations.get(invitation_id)
        await self._stores.invitations.remove(invitation_id)
        await self._stores.links.remove_mailed(invitation.email, MailKind.INVITATION)
        await record(self._stores, "Users.WithdrawInvitation", f"email:{invitation.email}")

    async def offer(self, link: str, address: str) -> InvitationOffer:
        """The invitation that a link belongs to. Raises NotInvited or TooManyTries."""
        limiter = Limiter(self._stores)
        await limiter.check(LINKS, MailKind.INVITATION, address)
        email = await self._stores.links.find_email(digest(link), MailKind.INVITATION)
        invitation = await self._stores.invitations.find(email) if email else None
        if invitation is None:
            await limiter.count(LINKS, MailKind.INVITATION, address)
            raise NotInvited
        return InvitationOffer(email=invitation.email, name=invitation.name, invited_by=invitation.invited_by)

    async def _send(self, invitation: Invitation) -> None:
        await self._stores.links.remove_mailed(invitation.email, MailKind.INVITATION)
        await queue_mail(self._stores, MailKind.INVITATION, invitation.email, name=current().user)

    async def _role_id(self, name: str) -> UUID:
        found = (await self._stores.roles.ids_of_names([name])).get(name)
        if found is None:
            raise UnknownRole(f"No such role: {name}")
        return found

    def _require_possible(self) -> None:
        by_password = self._settings.sign_up != "off" and self._settings.password_sign_in
        if not by_password and not self._settings.sso.sign_up:
            raise SignUpDisabled(
                "Sign-up is off here. Add the person, or let an administrator of the installation set AUTH_SIGN_UP"
            )
        if self._settings.mail is None:
            raise MailNotConfigured
