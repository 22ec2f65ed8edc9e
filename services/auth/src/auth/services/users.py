"""Administration of users."""

from collections.abc import Sequence
from uuid import UUID

from auth.db.stores import Stores
from auth.errors import GovernedBySso, LastAdministrator, MailNotConfigured, NotYourself, UnknownRole
from auth.passwords import Hasher, require_good
from auth.services.audit import record
from auth.services.credential_changes import credentials_changed, end_links, own_session, require_not_own_account
from auth.services.mail.notices import queue_notice
from auth.services.mail.outbox import queue_mail
from auth.services.mail.templates import MailKind
from auth.services.vending.iam_names import session_name
from auth.settings import AuthSettings
from shared.caller import current
from shared.schemas.user import RolesChange, RolesSet, User, UserCreate, UserUpdate


class UserService:
    def __init__(self, stores: Stores, hasher: Hasher, settings: AuthSettings) -> None:
        self._stores = stores
        self._hasher = hasher
        self._settings = settings
        self._has_mail = settings.mail is not None
        self._manages_iam = settings.iam.manage

    async def create(self, new: UserCreate) -> User:
        hashed = await self._hash(new.password, new.name, new.email) if new.password is not None else None
        role_ids = await self._role_ids(new.roles)
        user_id = await self._stores.users.add(name=new.name, email=new.email, password=hashed, is_admin=new.is_admin)
        await self._stores.users.set_roles(user_id, role_ids, role_ids[0] if role_ids else None)
        user = await self._stores.users.get_by_id(user_id)
        await record(self._stores, "Users.Create", f"user:{new.name}", is_admin=new.is_admin, roles=user.roles)
        if new.password is None and self._has_mail:
            await queue_mail(self._stores, MailKind.CREATED, user.email, user_id=user_id)
        return user

    async def enable(self, name: str) -> User:
        user = await self._stores.users.get(name)
        await self._stores.users.set_active(user.id, active=True)
        await record(self._stores, "Users.Enable", f"user:{name}")
        return await self._stores.users.get_by_id(user.id)

    async def disable(self, name: str) -> User:
        user = await self._stores.users.get(name)
        if user.id != current().user_id:
            await end_links(self._stores, user.id)
        await self._require_other_administrator(user)
        if user.id == current().user_id:
            raise NotYourself("You cannot disable yourself")
        await self._stores.users.set_active(user.id, active=False)
        await record(self._stores, "Users.Disable", f"user:{name}")
        await self._deny_vended_credentials(name)
        await credentials_changed(self._stores, user.id)
        return await self._stores.users.get_by_id(user.id)

    async def remove(self, name: str) -> None:
        user = await self._stores.users.get(name)
        if user.id == current().user_id:
            raise NotYourself("You cannot delete yourself")
        # Delete in the order in which sign-ins lock: codes and links before sessions. The reverse order could deadlock.
        await self._stores.lock(f"login:{user.id}")
        await self._lock_roles_of(user)
        await self._stores.grants.remove_of(user.id)
        await self._stores.oauth.remove_codes_of(user.id)
        await self._stores.links.remove_of(user.id)
        await self._require_other_administrator(user)
        await self._stores.users.remove(user.id)
        await record(self._stores, "Users.Delete", f"user:{name}")
        await self._deny_vended_credentials(name)
        await self._stores.revocations.add(f"user:{user.id}")

    async def update(self, name: str, wanted: UserUpdate) -> User:
        user = await self._stores.users.get(name)
        if wanted.email is not None and wanted.email != user.email:
            if wanted.is_admin is False:
                await end_links(self._stores, user.id)
                await self._stores.users.lock_administrators()  # not later: a new address locks the feed of revocations
            user = await self.set_email(name, wanted.email)
        if wanted.is_admin is not None and wanted.is_admin is not user.is_admin:
            user = await self.set_admin(name, admin=wanted.is_admin)
        return user

    async def set_email(self, name: str, email: str) -> User:
        """Set an address and end the user's sessions and links, which were mailed to the former address."""
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        if email != user.email:
            await end_links(self._stores, user.id)
        await self._stores.users.set_email(user.id, email)
        await record(self._stores, "Users.EditEmail", f"user:{name}")
        if email != user.email:
            await queue_notice(self._stores, self._settings, MailKind.ADDRESS_CHANGED, user.id, to=user.email)
            await credentials_changed(self._stores, user.id, but=own_session(user.id))
        return await self._stores.users.get_by_id(user.id)

    async def set_admin(self, name: str, *, admin: bool) -> User:
        user = await self._stores.users.get(name)
        _require_ungoverned(user)
        if not admin:
            if user.id == current().user_id:
                raise NotYourself("You cannot take your own administrator's rights")
            await self._require_other_administrator(user)
        await self._stores.users.set_admin(user.id, admin=admin)
        await record(self._stores, "Users.GrantAdmin" if admin else "Users.RevokeAdmin", f"user:{name}")
        await self._stores.revocations.add(f"user:{user.id}")
        return await self._stores.users.get_by_id(user.id)

    async def set_password(self, name: str, password: str) -> User:
        """Set a password and end the user's sessions and API keys: the old password may have been stolen.

        Raises WeakPassword.
        """
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        hashed = await self._hash(password, user.name, user.email)
        await end_links(self._stores, user.id)
        await self._stores.users.set_password(user.id, hashed)
        await record(self._stores, "Users.SetPassword", f"user:{name}")
        if self._has_mail:
            await queue_mail(self._stores, MailKind.PASSWORD_CHANGED, user.email, user_id=user.id)
        await credentials_changed(self._stores, user.id, but=own_session(user.id), also_keys=True)
        return await self._stores.users.get_by_id(user.id)

    async def reset_password(self, name: str) -> User:
        """Remove the password, end the user's sessions and API keys, and mail a link to set a new password.

        Raises MailNotConfigured.
        """
        if not self._has_mail:
            raise MailNotConfigured
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        await end_links(self._stores, user.id)
        await self._stores.users.set_password(user.id, None)
        await record(self._stores, "Users.ResetPassword", f"user:{name}")
        await queue_mail(self._stores, MailKind.RESET, user.email, user_id=user.id)
        await credentials_changed(self._stores, user.id, but=own_session(user.id), also_keys=True)
        return await self._stores.users.get_by_id(user.id)

    async def set_roles(self, name: str, wanted: RolesSet) -> User:
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        _require_ungoverned(user)
        await self._lock_roles_of(user)
        user = await self._stores.users.get_by_id(user.id)
        kept = user.role if user.role in wanted.roles else next(iter(wanted.roles), None)
        return await self._set_roles(user, wanted.roles, wanted.active or kept)

    async def change_roles(self, name: str, change: RolesChange) -> User:
        user = await self._stores.users.get(name)
        require_not_own_account(name)
        _require_ungoverned(user)
        await self._lock_roles_of(user)
        user = await self._stores.users.get_by_id(user.id)
        roles = [role for role in dict.fromkeys([*user.roles, *change.add]) if role not in change.remove]
        active = change.active or user.role
        if active not in roles:
            active = change.fallback or next(iter(roles), None)
            roles = roles if active is None or active in roles else [*roles, active]
        await self._role_ids(change.remove)
        return await self._set_roles(user, roles, active)

    async def switch_role(self, user_id: UUID, role: str) -> User:
        """Make another of the user's roles the active one; raises UnknownRole."""
        user = await self._stores.users.get_by_id(user_id)
        await self._lock_roles_of(user)
        user = await self._stores.users.get_by_id(user_id)
        return await self._set_roles(user, user.roles, role, action="Users.SwitchRole")

    async def _lock_roles_of(self, user: User) -> None:
        await self._stores.lock(f"roles of {user.id}")

    async def _set_roles(
        self, user: User, roles: Sequence[str], active: str | None, *, action: str = "Users.SetRole"
    ) -> User:
        role_ids = await self._role_ids(roles)
        if active is not None and active not in roles:
            raise UnknownRole(f"{active} is not one of the roles")
        active_id = dict(zip(dict.fromkeys(roles), role_ids, strict=True))[active] if active else None
        await self._stores.users.set_roles(user.id, role_ids, active_id)
        await record(self._stores, action, f"user:{user.name}", roles=list(roles), active=active)
        await self._stores.revocations.add(f"user:{user.id}")
        return await self._stores.users.get_by_id(user.id)

    async def _deny_vended_credentials(self, name: str) -> None:
        """Have IAM refuse the S3 credentials that were vended to the user."""
        if self._manages_iam:
            await self._stores.iam.add_denial(session_name(name))

    async def _require_other_administrator(self, user: User) -> None:
        if await self._stores.users.lock_administrators() == {user.id}:
            raise LastAdministrator(f"{user.name} is the last active administrator")

    async def _hash(self, password: str, *known: str) -> str:
        require_good(password, *known)
        return await self._hasher.hash(password)

    async def _role_ids(self, names: Sequence[str] | None) -> list[UUID]:
        """Ids in the given order, without repetitions; `names=None` means the default role. Raises UnknownRole."""
        if names is None:
            default = await self._stores.roles.find_default_id()
            return [default] if default else []
        known = await self._stores.roles.ids_of_names(names)
        missing = [name for name in names if name not in known]
        if missing:
            raise UnknownRole(f"No such role: {', '.join(missing)}")
        return [known[name] for name in dict.fromkeys(names)]


def _require_ungoverned(user: User) -> None:
    if user.is_governed:
        raise GovernedBySso(f"The SSO configuration decides the roles and rights of {user.name} at each sign-in")
