"""Administration of policies. Every change revokes the roles that have the policy, so that caches drop them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from auth.db.stores import Stores
from auth.errors import RoleNotFound, TooManyPolicies, UnknownRole, WrongKind
from auth.services.audit import record
from shared.schemas.role import MAX_POLICIES, Policy, PolicyWrite


class PolicyService:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def create(self, new: PolicyWrite) -> Policy:
        await self._lock_roles()
        await self._require_room(new.roles or [])
        policy_id = await self._stores.policies.add(new.title, new.permissions or {}, arn=new.arn)
        await self._stores.policies.set_roles(policy_id, new.roles or [])
        await self._record_and_revoke("Create", new.title, new.roles or [], managed=new.arn is None)
        return await self._stores.policies.get(policy_id)

    async def update(self, policy_id: UUID, wanted: PolicyWrite) -> Policy:
        await self._lock_roles()
        before = await self._stores.policies.get(policy_id)
        if before.managed is not (wanted.arn is None):
            raise WrongKind(f"The policy {before.title} is {'managed' if before.managed else 'not managed'} by us")
        held_by = [role.id for role in before.roles]
        roles = held_by if wanted.roles is None else wanted.roles
        await self._require_room([role_id for role_id in roles if role_id not in held_by])
        await self._stores.policies.change(policy_id, wanted.title, wanted.permissions or {}, arn=wanted.arn)
        await self._stores.policies.set_roles(policy_id, roles)
        await self._record_and_revoke("Update", before.title, {*roles, *held_by}, managed=before.managed)
        return await self._stores.policies.get(policy_id)

    async def remove(self, policy_id: UUID) -> None:
        """Delete a policy, and take it from the roles that have it; raises PolicyNotFound."""
        await self._lock_roles()
        before = await self._stores.policies.get(policy_id)
        await self._stores.policies.remove(policy_id)
        await self._record_and_revoke(
            "Delete", before.title, [role.id for role in before.roles], managed=before.managed
        )

    async def _lock_roles(self) -> None:
        await self._stores.lock("roles")

    async def _require_room(self, role_ids: Sequence[UUID]) -> None:
        """Check that each role can take one more policy; raises UnknownRole, WrongKind or TooManyPolicies."""
        counts = await self._stores.policies.count_by_role(role_ids)
        for role_id in role_ids:
            try:
                role = await self._stores.roles.get(role_id)
            except RoleNotFound as error:
                raise UnknownRole(f"No such role: {role_id}") from error
            if role.arn is not None:
                raise WrongKind(f"The role {role.name} is not managed by us, and takes no policies")
            if counts.get(role_id, 0) >= MAX_POLICIES:
                raise TooManyPolicies(f"The role {role.name} has the maximum of {MAX_POLICIES} policies")

    async def _record_and_revoke(self, operation: str, title: str, role_ids: Iterable[UUID], *, managed: bool) -> None:
        await record(self._stores, f"Policies.{operation}", f"policy:{title}", managed=managed)
        for role_id in role_ids:
            await self._stores.revocations.add(f"role:{role_id}")
