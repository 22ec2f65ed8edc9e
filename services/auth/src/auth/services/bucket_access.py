"""Access of one person to one more bucket, by a role that nobody else has."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from auth.db.roles import RoleRecord
from auth.db.stores import Stores
from auth.errors import RoleInUse, RoleNotFound, TitleTaken, TooManyPermissions, WrongKind
from auth.services.policies import PolicyService
from auth.services.roles import RoleService
from auth.services.users import UserService
from shared.schemas.principal import Level
from shared.schemas.role import MAX_PERMISSIONS, MAX_ROLE_NAME, Policy, PolicyWrite, RoleCreate, RoleUpdate
from shared.schemas.user import RolesChange, User


def own_role_of(name: str) -> str:
    """Name of the role, and title of its policy."""
    return f"Only {name}"[:MAX_ROLE_NAME]


class BucketAccessService:
    def __init__(self, stores: Stores, users: UserService, roles: RoleService, policies: PolicyService) -> None:
        self._stores = stores
        self._users = users
        self._roles = roles
        self._policies = policies

    async def give(self, name: str, bucket: str, level: Level) -> User:
        """Let a user read or write a bucket, besides what their active role permits.

        A role of their own has a policy for such buckets and the policies of the role that was active, and becomes the
        active one. One that they do not have is emptied first: it may be left from a person of the same name.

        Raises RoleInUse or TitleTaken if others have that role or policy, WrongKind if it stands for IAM's,
        TooManyPermissions, TooManyPolicies, and what `UserService.change_roles` raises.
        """
        await self._stores.lock("roles")
        user = await self._stores.users.get(name)
        own = own_role_of(user.name)
        role, policy = await self._find_role(own, user), await self._find_policy(own)
        is_extended = own in user.roles
        permissions = _with(policy.permissions if policy and is_extended else {}, bucket, level)
        wanted = PolicyWrite(title=own, permissions=permissions)
        policy_id = policy.id if policy else (await self._policies.create(wanted)).id
        held = [each.id for each in role.policies] if role else []
        kept = held if is_extended else []
        policies = list(dict.fromkeys([*kept, *await self._policies_of(user.role), policy_id]))
        if role is None:
            await self._roles.create(RoleCreate(name=own, policies=policies))
        # The user is locked before the changes below lock the feed of revocations: the reverse order could deadlock.
        changed = await self._users.change_roles(name, RolesChange(add=[own], active=own))
        if policy:
            await self._policies.update(policy.id, wanted)
        if role and set(policies) != set(held):
            await self._roles.update(own, RoleUpdate(name=own, policies=policies))
        return changed

    async def _find_role(self, own: str, user: User) -> RoleRecord | None:
        try:
            role = await self._stores.roles.get(own)
        except RoleNotFound:
            return None
        if role.arn is not None:
            raise WrongKind(f"The role {own} stands for an IAM role, and takes no policies")
        holders = await self._stores.users.page(role=own, after=None, limit=2)
        if role.is_default or any(holder.id != user.id for holder in holders.items):
            raise RoleInUse(f"Others than {user.name} have the role {own}, or will get it. Give it another name first")
        return role

    async def _find_policy(self, own: str) -> Policy | None:
        policy = await self._stores.policies.find_by_title(own)
        if policy and not policy.managed:
            raise WrongKind(f"The policy {own} stands for an IAM policy, and takes no permissions")
        if policy and any(role.name != own for role in policy.roles):
            raise TitleTaken(f"Other roles have the policy {own}, too. Give it another title first")
        return policy

    async def _policies_of(self, role: str | None) -> list[UUID]:
        """Policies of the active role; none for an IAM role, which has none of ours."""
        with suppress(RoleNotFound):
            found = await self._stores.roles.get(role) if role is not None else None
            return [policy.id for policy in found.policies] if found else []
        return []


def _with(permissions: Mapping[str, Level], bucket: str, level: Level) -> dict[str, Level]:
    changed = {**permissions, bucket: level}
    if len(changed) > MAX_PERMISSIONS:
        raise TooManyPermissions(f"A policy names at most {MAX_PERMISSIONS:,} buckets")
    return changed
