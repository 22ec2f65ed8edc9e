"""Administration of users."""

from datetime import datetime
from typing import Any

from ariadne import MutationType, ObjectType, QueryType
from pydantic import ValidationError

from registry.graphql import admin_cache
from registry.graphql.context import Info
from registry.graphql.profile import Profile
from registry.graphql.roles import graphql_role
from registry.graphql.unions import OperationError, always, invalid, marker
from shared.errors import AppError
from shared.schemas.user import RolesChange, UserCreate, UserUpdate

query = QueryType()
mutation = MutationType()
user_queries = ObjectType("UserAdminQueries")
user_mutations = ObjectType("UserAdminMutations")
one_user = ObjectType("MutateUserAdminMutations")
user_type = ObjectType("User")

for root in (query, mutation):
    root.set_field("admin", always({"user": {}, "api_keys": {}, "packager": {}}))

_CREATING = {
    "name": "input.name",
    "email": "input.email",
    "roles": "input.role",
}
_NO_ROLE = "RoleDoesNotExist"


class GraphqlUser(Profile):
    @property
    def date_joined(self) -> datetime:
        return self.user.created_at

    @property
    def last_login(self) -> datetime:
        """The schema requires a time, even for users who never signed in."""
        return self.user.last_login or self.user.created_at

    @property
    def is_active(self) -> bool:
        return self.user.is_active

    @property
    def is_sso_only(self) -> bool:
        return self.user.is_sso_only

    @property
    def is_role_assignment_disabled(self) -> bool:
        return self.user.is_governed

    @property
    def is_admin_assignment_disabled(self) -> bool:
        return self.user.is_governed


user_type.set_field("isService", always(False))


@user_type.field("role")
async def resolve_role(source: GraphqlUser, info: Info) -> Any:
    found = await info.context.admin_cache.role(source.user.role) if source.user.role else None
    return graphql_role(found) if found else None


@user_type.field("extraRoles")
async def resolve_extra_roles(source: GraphqlUser, info: Info) -> list[Any]:
    extra = set(source.user.roles) - {source.user.role}
    return [graphql_role(each) for each in await info.context.admin_cache.roles() if each.name in extra]


@user_queries.field("list")
async def resolve_users(_: object, info: Info) -> list[GraphqlUser]:
    return [GraphqlUser(each) for each in await info.context.admin_cache.administration.users()]


@user_queries.field("get")
async def resolve_user(_: object, info: Info, name: str) -> GraphqlUser | None:
    found = await info.context.admin_cache.administration.user(name)
    return GraphqlUser(found) if found else None


@user_mutations.field("create")
async def create_user(_: object, info: Info, input: dict[str, Any]) -> Any:  # noqa: A002 – the schema's
    roles = [input["role"], *(input.get("extra_roles") or [])]
    try:
        made = await info.context.admin_cache.administration.create_user(
            UserCreate(name=input["name"], email=input["email"], roles=roles)
        )
    except ValidationError as error:
        return admin_cache.malformed(error, _CREATING)
    except AppError as error:
        text = str(error)
        return admin_cache.answer_to(
            error,
            {
                "name_taken": invalid("input.name", "Conflict", text),
                "name_reserved": invalid("input.name", "Reserved", text),
                "email_taken": invalid("input.email", "Conflict", text),
                "unknown_role": invalid("input.role", _NO_ROLE, text),
                "mail_not_configured": OperationError("MailSendError", text),
            },
        )
    return GraphqlUser(made)


@user_mutations.field("mutate")
async def find_user(_: object, info: Info, name: str) -> GraphqlUser | None:
    found = await info.context.admin_cache.administration.user(name)
    return GraphqlUser(found) if found else None


@one_user.field("delete")
async def delete_user(source: GraphqlUser, info: Info) -> Any:
    at = info.context.admin_cache
    try:
        await at.administration.delete_user(source.name)
    except AppError as error:
        return admin_cache.answer_to(
            error, {**_guards(error), "not_yourself": OperationError("DeleteSelf", str(error))}
        )
    await at.forget()
    return marker("Ok")


@one_user.field("resetPassword")
async def reset_password(source: GraphqlUser, info: Info) -> Any:
    try:
        await info.context.admin_cache.administration.reset_password(source.name)
    except AppError as error:
        return admin_cache.answer_to(
            error, {**_guards(error), "mail_not_configured": OperationError("MailSendError", str(error))}
        )
    return marker("Ok")


@one_user.field("setEmail")
async def set_email(source: GraphqlUser, info: Info, email: str) -> Any:
    try:
        changed = await info.context.admin_cache.administration.update_user(source.name, UserUpdate(email=email))
    except ValidationError as error:
        return invalid("email", "InvalidEmail", error.errors()[0]["msg"])
    except AppError as error:
        return admin_cache.answer_to(error, {"email_taken": OperationError("EmailAlreadyInUse", str(error))})
    return GraphqlUser(changed)


@one_user.field("setActive")
async def set_active(source: GraphqlUser, info: Info, *, active: bool) -> Any:
    at = info.context.admin_cache
    try:
        changed = await at.administration.set_active(source.name, active=active)
    except AppError as error:
        return admin_cache.answer_to(error, _guards(error))
    await at.forget()
    return GraphqlUser(changed)


@one_user.field("setAdmin")
async def set_admin(source: GraphqlUser, info: Info, *, admin: bool) -> Any:
    at = info.context.admin_cache
    try:
        changed = await at.administration.update_user(source.name, UserUpdate(is_admin=admin))
    except AppError as error:
        return admin_cache.answer_to(error, _guards(error))
    await at.forget()
    return GraphqlUser(changed)


@one_user.field("setRole")
async def set_role(
    source: GraphqlUser, info: Info, role: str, extra_roles: list[str] | None = None, *, append: bool = False
) -> Any:
    wanted = {role, *(extra_roles or [])}
    gone = [] if append else [each for each in source.user.roles if each not in wanted]
    return await _change_roles(info, source, "role", add=sorted(wanted), remove=gone, active=role)


@one_user.field("addRoles")
async def add_roles(source: GraphqlUser, info: Info, roles: list[str]) -> Any:
    return await _change_roles(info, source, "roles", add=roles)


@one_user.field("removeRoles")
async def remove_roles(source: GraphqlUser, info: Info, roles: list[str], fallback: str | None = None) -> Any:
    return await _change_roles(info, source, "roles", remove=roles, fallback=fallback)


async def _change_roles(info: Info, source: GraphqlUser, path: str, **change: Any) -> Any:
    at = info.context.admin_cache
    try:
        changed = await at.administration.change_roles(source.name, RolesChange(**change))
    except ValidationError as error:
        return invalid(path, _NO_ROLE, error.errors()[0]["msg"])
    except AppError as error:
        return admin_cache.answer_to(error, {**_guards(error), "unknown_role": invalid(path, _NO_ROLE, str(error))})
    await at.forget()
    return GraphqlUser(changed)


def _guards(error: AppError) -> dict[str, Any]:
    return {
        "not_yourself": OperationError("NotYourself", str(error)),
        "last_administrator": OperationError("LastAdministrator", str(error)),
        "governed_by_sso": OperationError("GovernedBySso", str(error)),
    }


BINDABLES = [query, mutation, user_queries, user_mutations, one_user, user_type]
