"""The caller."""

from ariadne import MutationType, ObjectType, QueryType

from registry.graphql.context import Info
from registry.graphql.profile import Profile
from registry.graphql.unions import InvalidInput, invalid

query = QueryType()
mutation = MutationType()
me = ObjectType("Me")


class GraphqlMe(Profile):
    @property
    def role(self) -> dict[str, str]:
        return {"name": self.user.role or ""}

    @property
    def roles(self) -> list[dict[str, str]]:
        return [{"name": name} for name in self.user.roles]


@query.field("me")
async def resolve_me(_: object, info: Info) -> GraphqlMe | None:
    viewer = info.context.viewer
    return GraphqlMe(await info.context.services.directory.user(viewer.user_id)) if viewer else None


@mutation.field("switchRole")
async def switch_role(_: object, info: Info, role_name: str) -> GraphqlMe | InvalidInput:
    viewer, directory = info.context.person(), info.context.services.directory
    user = await directory.user(viewer.user_id)
    if role_name not in user.roles:
        return invalid("roleName", "RoleNotAssigned", f"You do not have the role {role_name[:100]}")
    switched = await directory.switch_role(viewer.user_id, role_name)
    await info.context.admin_cache.forget()
    return GraphqlMe(switched)


BINDABLES = [query, mutation, me]
