"""Administration of roles: every change is told to whoever cached what the role permits."""

from collections.abc import Mapping

from auth.db.stores import Stores
from shared.schemas.principal import Level
from shared.schemas.role import Role, RoleCreate


class RoleService:
    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def create(self, new: RoleCreate) -> Role:
        await self._stores.roles.add(new.name, new.permissions)
        return await self._stores.roles.get(new.name)

    async def set_permissions(self, name: str, permissions: Mapping[str, Level]) -> Role:
        for role_id in await self._stores.roles.set_permissions(name, permissions):
            await self._stores.revocations.add(f"role:{role_id}")
        return await self._stores.roles.get(name)

    async def remove(self, name: str) -> None:
        role_id = await self._stores.roles.remove(name)
        await self._stores.revocations.add(f"role:{role_id}")
