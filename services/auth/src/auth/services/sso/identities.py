"""Whose account is it that a provider speaks of? Decided by issuer and subject; by an address only once, and verified."""

import asyncio
import re
import secrets
from uuid import UUID

from auth.clients.providers import ProviderIdentity
from auth.db.stores import Stores
from auth.db.users import Account
from auth.errors import (
    AccountUnknown,
    DomainRefused,
    EmailTaken,
    EmailUnverified,
    NameTaken,
    NoDefaultRole,
    SignUpDisabled,
    SsoConfigRefused,
    SsoFailed,
)
from auth.services.accounts import require_email, require_user_name
from auth.services.audit import record
from auth.services.mail.outbox import queue_welcome
from auth.services.sso.claims import judge
from auth.services.sso.config import parsed
from auth.settings import AuthSettings
from shared.errors import Unavailable
from shared.schemas.sso import SsoConfig, SsoVerdict
from shared.schemas.user import RESERVED, User

MAX_NAME = 48


class IdentityService:
    def __init__(self, stores: Stores, settings: AuthSettings) -> None:
        self._stores = stores
        self._settings = settings

    async def sign_in(self, identity: ProviderIdentity, *, may_create: bool) -> UUID:
        """The user; raises SsoFailed, AccountUnknown, DomainRefused, EmailUnverified, EmailTaken or NameTaken."""
        self._require_domain(identity)
        await self._lock_identity(identity)
        user_id = await self._stores.identities.find(identity.issuer, identity.subject)
        linked = created = False
        if user_id is None:
            user_id = await self._link(identity)
            linked = user_id is not None
        if user_id is None:
            if not may_create or not self._settings.sso.sign_up:
                raise AccountUnknown
            await self._stores.lock("names of identities")
            user_id = await self._create(identity, await self._free_name(identity))
            created = True
        account = await self._stores.users.find_by_id(user_id)
        if account is None or not account.is_active:
            raise SsoFailed("The account is disabled")
        changed = await self._govern(user_id, identity, is_new=created)
        await self._note(account, identity, user_created=created, account_linked=linked)
        if changed:
            await self._stores.revocations.add(f"user:{user_id}")
        return user_id

    async def sign_up(self, identity: ProviderIdentity, name: str) -> None:
        """Under a name of their choice."""
        if not self._settings.sso.sign_up:
            raise SignUpDisabled
        self._require_domain(identity)
        await self._lock_identity(identity)
        if await self._stores.identities.find(identity.issuer, identity.subject):
            raise EmailTaken("Email already taken.")
        user_id = await self._create(identity, require_user_name(name))
        if await self._govern(user_id, identity, is_new=True):
            await self._stores.revocations.add(f"user:{user_id}")

    async def _lock_identity(self, identity: ProviderIdentity) -> None:
        await self._stores.lock(f"identity:{identity.issuer} {identity.subject}")
        if identity.email:
            await self._stores.lock(f"email:{identity.email.lower()}")

    async def _link(self, identity: ProviderIdentity) -> UUID | None:
        """The account that has the address, if that is verified on both sides."""
        if not (self._settings.sso.link_accounts and identity.email_verified and identity.email):
            return None
        account = await self._stores.users.find_account(require_email(identity.email))
        if account is None:
            return None
        # Whoever signed up never showed that the address is theirs: it is not.
        if account.is_pending and await self._stores.users.remove_pending(account.user_id):
            return None
        if await self._stores.identities.any_of(account.user_id, identity.issuer):
            raise SsoFailed("The address is that of another identity of this provider")
        await self._stores.identities.add(identity.issuer, identity.subject, account.user_id, identity.provider)
        return account.user_id

    async def _create(self, identity: ProviderIdentity, name: str) -> UUID:
        if not identity.email or not identity.email_verified:
            raise EmailUnverified
        email = require_email(identity.email)
        if await self._stores.users.find_account(name):
            raise NameTaken("Username already taken.")
        if await self._stores.users.find_account(email):
            raise EmailTaken("Email already taken.")
        user_id = await self._stores.users.add(name=name, email=email, password=None, is_admin=False)
        await self._stores.identities.add(identity.issuer, identity.subject, user_id, identity.provider)
        who = (user_id, name)
        await record(self._stores, "Auth.Register", f"user:{name}", who=who, provider=identity.provider)
        if self._settings.mail:
            await queue_welcome(self._stores, user_id, email)
        return user_id

    async def _free_name(self, identity: ProviderIdentity) -> str:
        """GitHub's user name stays what it is; others are made from the address, until one is free."""
        if identity.user_name:
            return _name_from(identity.user_name)
        wanted = identity.claims.get("preferred_username") or identity.email or ""
        base = _name_from(str(wanted).partition("@")[0])
        for number in range(1, 20):
            name = base if number == 1 else f"{base}-{number}"
            if name not in RESERVED and await self._stores.users.find_account(name) is None:
                return name
        return f"{base}-{secrets.token_hex(4)}"

    async def _govern(self, user_id: UUID, identity: ProviderIdentity, *, is_new: bool) -> bool:
        """Give what the SSO configuration gives; without one, new users get the default role.

        Whether anything was changed that caches know: telling them locks their feed, and comes last.
        """
        await self._stores.lock(f"roles of {user_id}")
        config, user = await self._stores.sso_config.find(), await self._stores.users.get_by_id(user_id)
        if config is not None:
            verdict = await asyncio.to_thread(_judged, config, identity)
            # Whoever changes administrators locks them all, before anything of one person.
            changed = await self._give_rights(user, verdict, config)
            return await self._give_roles(user, verdict.roles) or changed
        if is_new:
            role = await self._stores.roles.default()
            if role is None:
                raise NoDefaultRole
            await self._stores.users.set_roles(user_id, [role], role)
        return False

    async def _give_roles(self, user: User, roles: list[str]) -> bool:
        active = user.role if user.role in roles else roles[0]
        if set(roles) == set(user.roles) and active == user.role:
            return False
        ids = await self._stores.roles.ids(roles)
        if ids.keys() != set(roles):
            raise Unavailable("The SSO configuration was just changed; try again")
        await self._stores.users.set_roles(user.id, list(ids.values()), ids[active])
        await record(self._stores, "Users.SetRole", f"user:{user.name}", roles=roles, active=active, by="sso")
        return True

    async def _give_rights(self, user: User, verdict: SsoVerdict, config: SsoConfig) -> bool:
        """Whoever set the configuration stays an administrator, and so does the last one."""
        if verdict.is_admin is None or verdict.is_admin is user.is_admin:
            return False
        others = await self._stores.users.lock_administrators() - {user.id}
        if not verdict.is_admin and (user.name == config.uploader or not others):
            return False
        await self._stores.users.set_admin(user.id, admin=verdict.is_admin)
        action = "Users.GrantAdmin" if verdict.is_admin else "Users.RevokeAdmin"
        await record(self._stores, action, f"user:{user.name}", by="sso")
        return True

    async def _note(
        self, account: Account, identity: ProviderIdentity, *, user_created: bool, account_linked: bool
    ) -> None:
        if not await self._stores.users.note_login(account.user_id):
            raise SsoFailed("The account was just disabled")
        await self._stores.identities.note_login(identity.issuer, identity.subject)
        await record(
            self._stores,
            "Auth.Login",
            who=(account.user_id, account.name),
            method="sso",
            provider=identity.provider,
            user_created=user_created,
            account_linked=account_linked,
        )

    def _require_domain(self, identity: ProviderIdentity) -> None:
        provider = self._settings.sso.providers[identity.provider]
        if not provider.domains:
            return
        domain = (identity.email or "").lower().rpartition("@")[2]
        if not identity.email_verified:
            raise EmailUnverified
        if domain not in provider.domains:
            raise DomainRefused(f"The domain {domain} is not allowed here.")


def _judged(config: SsoConfig, identity: ProviderIdentity) -> SsoVerdict:
    try:
        return judge(parsed(config.text), identity.claims)
    except SsoConfigRefused as error:
        raise SsoFailed(str(error)) from error


def _name_from(text: str) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-")[:MAX_NAME]
    return name if re.match(r"[a-z]", name) and name not in RESERVED else f"u-{name}".rstrip("-")
