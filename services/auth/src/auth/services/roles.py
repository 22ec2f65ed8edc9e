"""Administration of roles. Every change is revoked in the feed, so that all caches of permissions drop the role."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from auth.db.roles import RoleRecord, as_uuid
from auth.db.stores import Stores
from auth.errors import (
    DecidedBySsoConfig,
    NamedBySsoConfig,
    NameReserved,
    RoleInUse,
    TooManyPolicies,
    UnknownPolicy,
    WrongKind,
)
from auth.services.audit import record
from auth.services.sso.config import roles_in_use
from auth.services.vending.iam_names import IamNames
from auth.settings import AuthSettings
from shared.schemas.page import Page
from shared.schemas.query_budgets import QueryBudgets
from shared.schemas.role import MAX_POLICIES, DefaultRole, Role, RoleCreate, RoleLink, RoleUpdate

RESERVED = frozenset({"anonymous", "default", "none", "public"})
"""Reserved names, in any case; names that look like an id are reserved as well."""


class RoleService:
    def __init__(self, stores: Stores, settings: AuthSettings) -> None:
        self._stores = stores
        self._names = IamNames.of(settings)

    async def get(self, role: str) -> Role:
        return self._to_schema(await self._stores.roles.get(role))

    async def page(self, *, after: str | None, limit: int) -> Page[Role]:
        found, more = await self._stores.roles.page(after=after, limit=limit)
        return Page(items=[self._to_schema(each) for each in found], next=more)

    async def all(self) -> list[Role]:
        return [self._to_schema(each) for each in await self._stores.roles.all()]

    async def create(self, new: RoleCreate) -> Role:
        await self._lock_roles()
        _require_free(new.name)
        policies = new.policies or []
        await self._require_policies(policies)
        if new.permissions is not None:
            policies = [await self._stores.policies.add(new.name, new.permissions)]
        budgets = new.query_budgets or QueryBudgets()
        role_id = await self._stores.roles.add(new.name, policies, arn=new.arn, query_budgets=budgets)
        await record(
            self._stores, "Roles.Create", f"role:{new.name}", managed=new.arn is None, **_recorded(None, budgets)
        )
        return await self._load(role_id)

    async def update(self, role: str, wanted: RoleUpdate) -> Role:
        await self._lock_roles()
        before = await self._stores.roles.get(role)
        if (before.arn is None) is not (wanted.arn is None):
            raise WrongKind(f"The role {before.name} is {'managed' if before.arn is None else 'not managed'} by us")
        if wanted.name != before.name:
            _require_free(wanted.name)
            await self._require_unnamed(before.name)
        await self._require_policies(wanted.policies or [])
        await self._stores.roles.change(before.id, wanted.name, wanted.policies or [], arn=wanted.arn)
        if wanted.arn != before.arn:
            await self._stores.roles.observe(before.id, {})
        details: dict[str, Any] = {"managed": wanted.arn is None, "name": wanted.name}
        if wanted.query_budgets is not None:
            await self._stores.roles.set_query_budgets(before.id, wanted.query_budgets)
            details |= _recorded(before.query_budgets, wanted.query_budgets)
        await record(self._stores, "Roles.Update", f"role:{before.name}", **details)
        await self._stores.revocations.add(f"role:{before.id}")
        return await self._load(before.id)

    async def remove(self, role: str) -> None:
        """Delete a role, and the policy that was made for it unless another role has it.

        Raises RoleNotFound, RoleInUse or NamedBySsoConfig.
        """
        await self._lock_roles()
        found = await self._stores.roles.get(role)
        if found.is_default:
            raise RoleInUse(f"{found.name} is the default role")
        await self._require_unnamed(found.name)
        await self._stores.roles.remove(found.id)
        for policy in found.policies:
            if policy.title == found.name and not (await self._stores.policies.get(policy.id)).roles:
                await self._stores.policies.remove(policy.id)
        await record(self._stores, "Roles.Delete", f"role:{found.name}", managed=found.arn is None)
        await self._stores.revocations.add(f"role:{found.id}")

    async def get_default(self) -> DefaultRole:
        role_id = await self._stores.roles.find_default_id()
        if role_id is None:
            return DefaultRole(role=None)
        found = await self._stores.roles.get(role_id)
        return DefaultRole(role=RoleLink(id=found.id, name=found.name))

    async def set_default(self, role: str | None) -> DefaultRole:
        """Set the role of users who are created from now on."""
        await self._lock_roles()
        if await self._stores.sso_config.find() is not None:
            raise DecidedBySsoConfig
        found = await self._stores.roles.get(role) if role is not None else None
        await self._stores.roles.set_default(found.id if found else None)
        await record(self._stores, "Roles.SetDefault", f"role:{found.name}" if found else "")
        return await self.get_default()

    async def _lock_roles(self) -> None:
        await self._stores.lock("roles")

    async def _require_unnamed(self, name: str) -> None:
        if name in await roles_in_use(self._stores):
            raise NamedBySsoConfig(f"The SSO configuration names the role {name}")

    async def _require_policies(self, policies: Sequence[UUID]) -> None:
        if len(set(policies)) > MAX_POLICIES:
            raise TooManyPolicies(f"A role has at most {MAX_POLICIES} policies")
        missing = set(policies) - await self._stores.policies.existing_ids(policies)
        if missing:
            raise UnknownPolicy(f"No such policy: {', '.join(map(str, sorted(missing)))}")

    async def _load(self, role_id: UUID) -> Role:
        return self._to_schema(await self._stores.roles.get(role_id))

    def _to_schema(self, found: RoleRecord) -> Role:
        return Role(
            id=found.id,
            name=found.name,
            is_default=found.is_default,
            managed=found.arn is None,
            arn=found.arn or self._names.role_arn(found.id),
            policies=list(found.policies),
            permissions=dict(found.permissions),
            query_budgets=found.query_budgets,
        )


def _recorded(before: QueryBudgets | None, after: QueryBudgets) -> dict[str, Any]:
    """Changed budgets, for the audit trail."""
    old = before.model_dump(exclude_none=True) if before else {}
    new = after.model_dump(exclude_none=True)
    return {"query_budgets": new, "query_budgets_before": old} if old != new else {}


def _require_free(name: str) -> None:
    if name.lower() in RESERVED or as_uuid(name):
        raise NameReserved(f"{name} is reserved")
