"""The caller."""

from ariadne import MutationType, ObjectType, QueryType

from registry.graphql.context import Info
from registry.graphql.profile import Person
from registry.graphql.unions import InvalidInput, invalid

query = QueryType()
mutation = MutationType()
me = ObjectType("Me")


class Me(Person):
    @property
    def role(self) -> dict[str, str]:
        return {"name": self.user.role or ""}

    @property
    def roles(self) -> list[dict[str, str]]:
        return [{"name": name} for name in self.user.roles]


@query.field("me")
async def resolve_me(_: object, info: Info) -> Me | None:
    viewer = info.context.viewer
    return Me(await info.context.tools.directory.user(viewer.user_id)) if viewer else None


@mutation.field("switchRole")
async def switch_role(_: object, info: Info, role_name: str) -> Me | InvalidInput:
    viewer, directory = info.context.signed_in(), info.context.tools.directory
    user = await directory.user(viewer.user_id)
    if role_name not in user.roles:
        return invalid("roleName", "RoleNotAssigned", f"You do not have the role {role_name[:100]}")
    switched = await directory.switch_role(viewer.user_id, role_name)
    await info.context.desk.changed()
    return Me(switched)


BINDABLES = [query, mutation, me]
