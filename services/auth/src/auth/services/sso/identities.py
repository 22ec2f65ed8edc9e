"""Accounts of identities, found by issuer and subject; at its first sign-in an identity is linked by a verified address."""

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
from auth.services.credential_changes import credentials_changed, end_links
from auth.services.mail.outbox import queue_welcome
from auth.services.sso.claims import evaluate_claims
from auth.services.sso.config import parse_cached
from auth.settings import AuthSettings
from shared.errors import Unavailable
from shared.schemas.sso import SsoConfig, SsoVerdict
from shared.schemas.user import RESERVED, User

MAX_DERIVED_NAME = 48


class IdentityService:
    def __init__(self, stores: Stores, settings: AuthSettings) -> None:
        self._stores = stores
        self._settings = settings

    async def sign_in(self, identity: ProviderIdentity, *, may_create: bool) -> UUID:
        """The user of an identity, created if allowed.

        Raises SsoFailed, AccountUnknown, DomainRefused, EmailUnverified, EmailTaken or NameTaken.
        """
        self._require_domain(identity)
        await self._lock_identity(identity)
        user_id = await self._stores.identities.find_user_id(identity.issuer, identity.subject)
        linked = password_removed = created = False
        if user_id is None and (account := await self._link_account(identity)):
            user_id, linked = account.user_id, True
            # Whoever set this password need not have the address: the provider's user has.
            password_removed = await self._stores.users.remove_unproven_password(user_id)
        if user_id is None:
            if not may_create or not self._settings.sso.sign_up:
                raise AccountUnknown
            await self._stores.lock("names of identities")
            user_id = await self._create_account(identity, await self._free_name(identity))
            created = True
        account = await self._stores.users.find_by_id(user_id)
        if account is None or not account.is_active:
            raise SsoFailed("The account is disabled")
        changed = await self._apply_sso_config(user_id, identity, is_new=created)
        await self._record_login(
            account, identity, user_created=created, account_linked=linked, password_removed=password_removed
        )
        if linked:
            await credentials_changed(self._stores, user_id, also_keys=password_removed)
        elif changed:
            await self._stores.revocations.add(f"user:{user_id}")
        return user_id

    async def sign_up(self, identity: ProviderIdentity, name: str) -> None:
        """Make an account under a chosen name; raises SignUpDisabled, InvalidUserName and the errors of `sign_in`."""
        if not self._settings.sso.sign_up:
            raise SignUpDisabled
        self._require_domain(identity)
        await self._lock_identity(identity)
        if await self._stores.identities.find_user_id(identity.issuer, identity.subject):
            raise EmailTaken("Email already taken.")
        user_id = await self._create_account(identity, require_user_name(name))
        if await self._apply_sso_config(user_id, identity, is_new=True):
            await self._stores.revocations.add(f"user:{user_id}")

    async def _lock_identity(self, identity: ProviderIdentity) -> None:
        await self._stores.lock(f"identity:{identity.issuer} {identity.subject}")
        if identity.email:
            await self._stores.lock(f"email:{identity.email.lower()}")

    async def _link_account(self, identity: ProviderIdentity) -> Account | None:
        """Link the account that has the address, if the address is verified on both sides."""
        if not (self._settings.sso.link_accounts and identity.email_verified and identity.email):
            return None
        account = await self._stores.users.find_account(require_email(identity.email))
        if account is None:
            return None
        # A pending account never confirmed the address, so it belongs to the person who signs in now.
        if account.is_pending and await self._stores.users.remove_pending(account.user_id):
            return None
        if await self._stores.identities.exists_for(account.user_id, identity.issuer):
            raise SsoFailed("The account of this address is linked to another identity of this provider")
        await end_links(self._stores, account.user_id)
        await self._stores.identities.add(identity.issuer, identity.subject, account.user_id, identity.provider)
        return account

    async def _create_account(self, identity: ProviderIdentity, name: str) -> UUID:
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
        """GitHub's user name, else a free name derived from the preferred name or address."""
        if identity.user_name:
            return _to_user_name(identity.user_name)
        wanted = identity.claims.get("preferred_username") or identity.email or ""
        base = _to_user_name(str(wanted).partition("@")[0])
        for number in range(1, 20):
            name = base if number == 1 else f"{base}-{number}"
            if name not in RESERVED and await self._stores.users.find_account(name) is None:
                return name
        return f"{base}-{secrets.token_hex(4)}"

    async def _apply_sso_config(self, user_id: UUID, identity: ProviderIdentity, *, is_new: bool) -> bool:
        """Give what the SSO configuration gives; without one, new users get the default role.

        Whether anything was changed that caches know: telling them locks their feed, and comes last.
        """
        await self._stores.lock(f"roles of {user_id}")
        config, user = await self._stores.sso_config.find(), await self._stores.users.get_by_id(user_id)
        if config is not None:
            verdict = await asyncio.to_thread(_evaluate_config, config, identity)
            # Lock order: all administrators before the rows of one user.
            changed = await self._set_admin(user, verdict, config)
            return await self._set_roles(user, verdict.roles) or changed
        if is_new:
            invitation = await self._stores.invitations.accept(user.email)
            role = invitation.role_id if invitation else None
            role = role or await self._stores.roles.find_default_id()
            if role is None:
                raise NoDefaultRole
            await self._stores.users.set_roles(user_id, [role], role)
        return False

    async def _set_roles(self, user: User, roles: list[str]) -> bool:
        active = user.role if user.role in roles else roles[0]
        if set(roles) == set(user.roles) and active == user.role:
            return False
        ids = await self._stores.roles.ids_of_names(roles)
        if ids.keys() != set(roles):
            raise Unavailable("The SSO configuration was just changed; try again")
        await self._stores.users.set_roles(user.id, list(ids.values()), ids[active])
        await record(self._stores, "Users.SetRole", f"user:{user.name}", roles=roles, active=active, by="sso")
        return True

    async def _set_admin(self, user: User, verdict: SsoVerdict, config: SsoConfig) -> bool:
        """Set administrator's rights. The uploader of the configuration and the last administrator keep theirs."""
        if verdict.is_admin is None or verdict.is_admin is user.is_admin:
            return False
        others = await self._stores.users.lock_administrators() - {user.id}
        if not verdict.is_admin and (user.name == config.uploader or not others):
            return False
        await self._stores.users.set_admin(user.id, admin=verdict.is_admin)
        action = "Users.GrantAdmin" if verdict.is_admin else "Users.RevokeAdmin"
        await record(self._stores, action, f"user:{user.name}", by="sso")
        return True

    async def _record_login(
        self,
        account: Account,
        identity: ProviderIdentity,
        *,
        user_created: bool,
        account_linked: bool,
        password_removed: bool,
    ) -> None:
        if not await self._stores.users.note_login(account.user_id):
            raise SsoFailed("The account was disabled during the sign-in")
        await self._stores.identities.note_login(identity.issuer, identity.subject)
        await record(
            self._stores,
            "Auth.Login",
            who=(account.user_id, account.name),
            method="sso",
            provider=identity.provider,
            user_created=user_created,
            account_linked=account_linked,
            password_removed=password_removed,
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


def _evaluate_config(config: SsoConfig, identity: ProviderIdentity) -> SsoVerdict:
    try:
        return evaluate_claims(parse_cached(config.text), identity.claims)
    except SsoConfigRefused as error:
        raise SsoFailed(str(error)) from error


def _to_user_name(text: str) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-")[:MAX_DERIVED_NAME]
    return name if re.match(r"[a-z]", name) and name not in RESERVED else f"u-{name}".rstrip("-")
