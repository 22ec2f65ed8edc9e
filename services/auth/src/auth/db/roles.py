"""Roles, the policies that they hold, and what those permit."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import PolicyPermissionRow, PolicyRow, RolePolicyRow, RoleRow
from auth.errors import NameTaken, RoleInUse, RoleNotFound
from shared.db.cursors import decode_cursor, encode_cursor
from shared.schemas.page import Page
from shared.schemas.principal import Level
from shared.schemas.role import Role


class RoleStore:
    """A role made here has a policy of its own, titled like the role."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: str) -> Role:
        row = await self._session.scalar(select(RoleRow).where(RoleRow.name == name))
        if row is None:
            raise RoleNotFound(f"No role {name}")
        return (await self._roles([row]))[0]

    async def page(self, *, after: str | None, limit: int) -> Page[Role]:
        query = select(RoleRow).order_by(RoleRow.name).limit(limit + 1)
        if after:
            query = query.where(RoleRow.name > decode_cursor(after, str)[0])
        rows = list(await self._session.scalars(query))
        more = encode_cursor(rows[limit - 1].name) if len(rows) > limit else None
        return Page(items=await self._roles(rows[:limit]), next=more)

    async def any(self) -> bool:
        return bool(await self._session.scalar(select(exists().where(RoleRow.id.is_not(None)))))

    async def ids(self, names: Iterable[str]) -> dict[str, UUID]:
        """Of those that exist; they stay until this transaction ends."""
        query = select(RoleRow.name, RoleRow.id).where(RoleRow.name.in_(list(names)))
        locked = query.with_for_update(read=True, key_share=True)
        return dict((await self._session.execute(locked)).all())

    async def default(self) -> UUID | None:
        return await self._session.scalar(select(RoleRow.id).where(RoleRow.is_default))

    async def permissions(self, role_ids: Sequence[UUID]) -> dict[UUID, dict[str, Level]]:
        """Summed over each role's policies."""
        query = (
            select(RolePolicyRow.role_id, PolicyPermissionRow.bucket, PolicyPermissionRow.level)
            .join(PolicyPermissionRow, PolicyPermissionRow.policy_id == RolePolicyRow.policy_id)
            .where(RolePolicyRow.role_id.in_(role_ids))
            .order_by(PolicyPermissionRow.bucket, PolicyPermissionRow.level)  # READ_WRITE comes last and wins
        )
        summed: dict[UUID, dict[str, Level]] = {role_id: {} for role_id in role_ids}
        for role_id, bucket, level in await self._session.execute(query):
            summed[role_id][bucket] = Level(level)
        return summed

    async def add(self, name: str, permissions: Mapping[str, Level], *, is_default: bool = False) -> UUID:
        role = RoleRow(id=uuid4(), name=name, is_default=is_default)
        policy = PolicyRow(id=uuid4(), title=name)
        self._session.add_all([role, policy])
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise NameTaken(f"There is a role or policy called {name}") from error
        await self._session.execute(insert(RolePolicyRow).values(role_id=role.id, policy_id=policy.id))
        await self._write(policy.id, permissions)
        return role.id

    async def set_permissions(self, name: str, permissions: Mapping[str, Level]) -> list[UUID]:
        """Leave the role with its own policy alone; returns every role that this touches."""
        role = await self._lock(name)
        policy = await self._session.scalar(select(PolicyRow).where(PolicyRow.title == name).with_for_update())
        if policy is None:
            policy = PolicyRow(id=uuid4(), title=name)
            self._session.add(policy)
            await self._session.flush()
        await self._session.execute(delete(RolePolicyRow).where(RolePolicyRow.role_id == role.id))
        await self._session.execute(insert(RolePolicyRow).values(role_id=role.id, policy_id=policy.id))
        await self._session.execute(delete(PolicyPermissionRow).where(PolicyPermissionRow.policy_id == policy.id))
        await self._write(policy.id, permissions)
        touched = select(RolePolicyRow.role_id).where(RolePolicyRow.policy_id == policy.id)
        return list(await self._session.scalars(touched))

    async def remove(self, name: str) -> UUID:
        """Together with its own policy, when no other role holds that."""
        role = await self._lock(name)
        if role.is_default:
            raise RoleInUse(f"{name} is the default role")
        try:
            await self._session.execute(delete(RoleRow).where(RoleRow.id == role.id))
        except IntegrityError as error:
            raise RoleInUse(f"{name} is assigned to users") from error
        unheld = ~exists().where(RolePolicyRow.policy_id == PolicyRow.id)
        await self._session.execute(delete(PolicyRow).where(PolicyRow.title == name, unheld))
        return role.id

    async def _lock(self, name: str) -> RoleRow:
        row = await self._session.scalar(select(RoleRow).where(RoleRow.name == name).with_for_update())
        if row is None:
            raise RoleNotFound(f"No role {name}")
        return row

    async def _write(self, policy_id: UUID, permissions: Mapping[str, Level]) -> None:
        rows = [
            {"policy_id": policy_id, "bucket": bucket, "level": level.value} for bucket, level in permissions.items()
        ]
        if rows:
            await self._session.execute(insert(PolicyPermissionRow), rows)

    async def _roles(self, rows: Sequence[RoleRow]) -> list[Role]:
        permissions = await self.permissions([row.id for row in rows])
        return [
            Role(id=row.id, name=row.name, is_default=row.is_default, permissions=permissions[row.id]) for row in rows
        ]
