"""Roles and policies."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ariadne import MutationType, ObjectType, QueryType
from pydantic import ValidationError

from registry.graphql import admin_cache
from registry.graphql.context import Context, Info
from registry.graphql.unions import InvalidInput, invalid, marker
from shared.errors import AppError, NotFound
from shared.schemas.bucket import Bucket
from shared.schemas.principal import EVERY_BUCKET, Level
from shared.schemas.role import Policy as PolicySchema
from shared.schemas.role import PolicyWrite, Role, RoleCreate, RoleUpdate

query = QueryType()
mutation = MutationType()
managed_role = ObjectType("ManagedRole")
policy_type = ObjectType("Policy")
bucket_config = ObjectType("BucketConfig")


@dataclass(frozen=True, slots=True)
class ManagedRole:
    id: UUID
    name: str
    arn: str
    role: Role


@dataclass(frozen=True, slots=True)
class UnmanagedRole:
    id: UUID
    name: str
    arn: str


@dataclass(frozen=True, slots=True)
class GraphqlPolicy:
    id: UUID
    title: str
    arn: str
    managed: bool
    policy: PolicySchema


def graphql_role(role: Role) -> ManagedRole | UnmanagedRole:
    if role.managed:
        return ManagedRole(role.id, role.name, role.arn, role)
    return UnmanagedRole(role.id, role.name, role.arn)


def graphql_policy(policy: PolicySchema) -> GraphqlPolicy:
    # The schema requires an ARN of every policy, but ours do not exist in IAM.
    arn = policy.arn or f"arn:aws:iam::000000000000:policy/patchwork/{policy.id}"
    return GraphqlPolicy(policy.id, policy.title, arn, policy.managed, policy)


@query.field("roles")
async def resolve_roles(_: object, info: Info) -> list[Any]:
    return [graphql_role(each) for each in await info.context.admin_cache.roles()]


@query.field("role")
async def resolve_role(_: object, info: Info, id: str) -> Any:  # noqa: A002 – the schema's
    found = await info.context.admin_cache.role(id) if admin_cache.as_id(id) else None
    return graphql_role(found) if found else None


@query.field("defaultRole")
async def resolve_default_role(_: object, info: Info) -> Any:
    default = (await info.context.admin_cache.administration.default_role()).role
    found = await info.context.admin_cache.role(str(default.id)) if default else None
    return graphql_role(found) if found else None


@query.field("policies")
async def resolve_policies(_: object, info: Info) -> list[GraphqlPolicy]:
    return [graphql_policy(each) for each in await info.context.admin_cache.policies()]


@query.field("policy")
async def resolve_policy(_: object, info: Info, id: str) -> GraphqlPolicy | None:  # noqa: A002 – the schema's
    found = await info.context.admin_cache.policy(id)
    return graphql_policy(found) if found else None


@managed_role.field("policies")
async def resolve_policies_of_role(source: ManagedRole, info: Info) -> list[GraphqlPolicy]:
    held = {link.id for link in source.role.policies}
    return [graphql_policy(each) for each in await info.context.admin_cache.policies() if each.id in held]


@managed_role.field("permissions")
async def resolve_permissions_of_role(source: ManagedRole, info: Info) -> list[dict[str, Any]]:
    return await _permissions(info.context, source.role.permissions, "RoleBucketPermission", role=source)


@policy_type.field("permissions")
async def resolve_permissions_of_policy(source: GraphqlPolicy, info: Info) -> list[dict[str, Any]]:
    return await _permissions(info.context, source.policy.permissions, "PolicyBucketPermission", policy=source)


@policy_type.field("roles")
async def resolve_roles_of_policy(source: GraphqlPolicy, info: Info) -> list[Any]:
    holders = {link.id for link in source.policy.roles}
    return [graphql_role(each) for each in await info.context.admin_cache.roles() if each.id in holders]


@bucket_config.field("associatedRoles")
async def resolve_associated_roles(source: Bucket, info: Info) -> list[dict[str, Any]]:
    return [
        {**marker("RoleBucketPermission"), "bucket": source, "level": level, "role": graphql_role(each)}
        for each in await info.context.admin_cache.roles()
        if (level := _level(each.permissions, source.name))
    ]


@bucket_config.field("associatedPolicies")
async def resolve_associated_policies(source: Bucket, info: Info) -> list[dict[str, Any]]:
    return [
        {**marker("PolicyBucketPermission"), "bucket": source, "level": level, "policy": graphql_policy(each)}
        for each in await info.context.admin_cache.policies()
        if (level := _level(each.permissions, source.name))
    ]


_ROLE = {
    "name_reserved": marker("RoleNameReserved"),
    "name_taken": marker("RoleNameExists"),
    "title_taken": marker("RoleNameExists"),
    "too_many_policies": marker("RoleHasTooManyPoliciesToAttach"),
    "named_by_sso_config": marker("RoleNameUsedBySsoConfig"),
}


@mutation.field("roleCreateManaged")
async def create_managed_role(_: object, info: Info, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _create_role(info, input)


@mutation.field("roleCreateUnmanaged")
async def create_unmanaged_role(_: object, info: Info, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _create_role(info, input)


@mutation.field("roleUpdateManaged")
async def update_managed_role(_: object, info: Info, id: str, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _update_role(info, id, input, other=marker("RoleIsUnmanaged"))


@mutation.field("roleUpdateUnmanaged")
async def update_unmanaged_role(_: object, info: Info, id: str, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _update_role(info, id, input, other=marker("RoleIsManaged"))


@mutation.field("roleDelete")
async def delete_role(_: object, info: Info, id: str) -> Any:  # noqa: A002 – the schema's
    role_id, at = admin_cache.as_id(id), info.context.admin_cache
    if role_id is None:
        return marker("RoleDoesNotExist")
    try:
        await at.administration.delete_role(role_id)
    except AppError as error:
        missing, used = marker("RoleDoesNotExist"), marker("RoleAssigned")
        return admin_cache.answer_to(error, {**_ROLE, "role_not_found": missing, "role_in_use": used})
    await at.forget()
    return marker("RoleDeleteSuccess")


@mutation.field("roleSetDefault")
async def set_default_role(_: object, info: Info, id: str) -> Any:  # noqa: A002 – the schema's
    role_id, at = admin_cache.as_id(id), info.context.admin_cache
    found = await at.role(id) if role_id else None
    if role_id is None or found is None:
        return marker("RoleDoesNotExist")
    try:
        await at.administration.set_default_role(role_id)
    except AppError as error:
        return admin_cache.answer_to(error, {"decided_by_sso_config": marker("SsoConfigConflict")})
    return {**marker("RoleSetDefaultSuccess"), "role": graphql_role(found)}


@mutation.field("policyCreateManaged")
async def create_managed_policy(_: object, info: Info, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _write_policy(info, None, {**input, "permissions": _levels(input)})


@mutation.field("policyCreateUnmanaged")
async def create_unmanaged_policy(_: object, info: Info, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _write_policy(info, None, input)


@mutation.field("policyUpdateManaged")
async def update_managed_policy(_: object, info: Info, id: str, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _update_policy(info, id, {**input, "permissions": _levels(input)}, managed=True)


@mutation.field("policyUpdateUnmanaged")
async def update_unmanaged_policy(_: object, info: Info, id: str, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    return await _update_policy(info, id, input, managed=False)


@mutation.field("policyDelete")
async def delete_policy(_: object, info: Info, id: str) -> Any:  # noqa: A002 – the schema's
    policy_id, at = admin_cache.as_id(id), info.context.admin_cache
    if policy_id is None:
        return _no_policy()
    try:
        await at.administration.delete_policy(policy_id)
    except AppError as error:
        return admin_cache.answer_to(error, {"policy_not_found": _no_policy()})
    await at.forget()
    return marker("Ok")


async def _create_role(info: Info, given: dict[str, Any]) -> Any:
    at = info.context.admin_cache
    try:
        made = await at.administration.create_role(RoleCreate(**given))
    except ValidationError as error:
        return _invalid_name(error)
    except AppError as error:
        return admin_cache.answer_to(error, _ROLE)
    await at.forget()
    return {**marker("RoleCreateSuccess"), "role": graphql_role(made)}


async def _update_role(info: Info, role: str, given: dict[str, Any], *, other: dict[str, str]) -> Any:
    at, role_id = info.context.admin_cache, admin_cache.as_id(role)
    if role_id is None:
        raise NotFound("No such role")
    try:
        made = await at.administration.update_role(role_id, RoleUpdate(**given))
    except ValidationError as error:
        return _invalid_name(error)
    except AppError as error:
        return admin_cache.answer_to(error, {**_ROLE, "wrong_kind": other})
    await at.forget()
    return {**marker("RoleUpdateSuccess"), "role": graphql_role(made)}


def _invalid_name(error: ValidationError) -> dict[str, str]:
    """The answer for an invalid name, which is the only one that the schema has. Raises Invalid for other fields."""
    if all(each["loc"] == ("name",) for each in error.errors()):
        return marker("RoleNameInvalid")
    raise admin_cache.invalid_input(error) from error


async def _update_policy(info: Info, policy: str, given: dict[str, Any], *, managed: bool) -> Any:
    found = await info.context.admin_cache.policy(policy)
    if found is None:
        return _no_policy()
    if found.managed is not managed:
        kind = "PolicyIsManaged" if found.managed else "PolicyIsUnmanaged"
        return invalid("id", kind, f"The policy {found.title} is {'managed' if found.managed else 'not managed'}")
    return await _write_policy(info, found.id, given)


async def _write_policy(info: Info, policy_id: UUID | None, given: dict[str, Any]) -> Any:
    at = info.context.admin_cache
    try:
        wanted = PolicyWrite(**given)
        if policy_id:
            written = await at.administration.update_policy(policy_id, wanted)
        else:
            written = await at.administration.create_policy(wanted)
    except ValidationError as error:
        return admin_cache.malformed(error)
    except AppError as error:
        paths = {
            "policy_not_found": ("id", "PolicyDoesNotExist"),
            "title_taken": ("title", "PolicyTitleConflict"),
            "arn_taken": ("arn", "PolicyArnConflict"),
            "unknown_role": ("roles", "RoleDoesNotExist"),
            "wrong_kind": ("roles", "RoleIsUnmanaged"),
            "too_many_policies": ("roles", "RoleHasTooManyPoliciesToAttach"),
        }
        return admin_cache.answer_to(error, {slug: invalid(*where, str(error)) for slug, where in paths.items()})
    await at.forget()
    return graphql_policy(written)


def _no_policy() -> InvalidInput:
    return invalid("id", "PolicyDoesNotExist", "There is no such policy")


def _levels(given: dict[str, Any]) -> dict[str, str]:
    """Levels by bucket; for a bucket that is given twice, the higher one."""
    levels: dict[str, str] = {}
    for each in sorted(given["permissions"], key=lambda each: str(each["level"])):
        levels[each["bucket"]] = each["level"]
    return levels


def _level(permissions: dict[str, Level], bucket: str) -> Level | None:
    return max(filter(None, (permissions.get(bucket), permissions.get(EVERY_BUCKET))), default=None)


async def _permissions(
    context: Context, permissions: dict[str, Level], kind: str, **holder: object
) -> list[dict[str, Any]]:
    known = {each.name: each for each in await context.buckets(everything=True)}
    return [
        {**marker(kind), "bucket": known.get(name) or _unregistered(name), "level": level, **holder}
        for name, level in sorted(permissions.items())
    ]


def _unregistered(name: str) -> dict[str, Any]:
    """A substitute for a bucket that is not registered, or for `*`, since the schema requires one."""
    return {"name": name, "title": name, "tags": [], "relevance_score": 0}


BINDABLES = [query, mutation, managed_role, policy_type, bucket_config]
