"""Roles: policies, or the ARN of an IAM role, and the resulting permissions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import ObservedPermissionRow, PolicyPermissionRow, PolicyRow, RolePolicyRow, RoleRow, UserRoleRow
from auth.errors import NameTaken, RoleInUse, RoleNotFound
from shared.db.cursors import decode_cursor, encode_cursor
from shared.schemas.principal import Level
from shared.schemas.query_budgets import QueryBudgets, RoleQueryBudgets
from shared.schemas.role import PolicyLink


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role with its policies and permissions; `arn` is None for a managed role."""

    id: UUID
    name: str
    is_default: bool
    arn: str | None
    external_id: str
    policies: tuple[PolicyLink, ...]
    policy_arns: tuple[str, ...]
    """ARNs of its unmanaged policies."""
    granted: Mapping[str, Level]
    """Permissions by its managed policies: bucket or `*` to level."""
    permissions: Mapping[str, Level]
    """`granted`, and what the self-test found in its unmanaged part."""
    query_budgets: QueryBudgets


class RoleStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, role: str | UUID) -> RoleRecord:
        """Find by id or by name; no name looks like an id. Raises RoleNotFound."""
        row = await self._session.scalar(select(RoleRow).where(_matches(role)))
        if row is None:
            raise RoleNotFound("No such role")
        return (await self._records([row]))[0]

    async def page(self, *, after: str | None, limit: int) -> tuple[list[RoleRecord], str | None]:
        """Roles by name, and the cursor of the next page."""
        query = select(RoleRow).order_by(RoleRow.name).limit(limit + 1)
        if after:
            query = query.where(RoleRow.name > decode_cursor(after, str)[0])
        rows = list(await self._session.scalars(query))
        more = encode_cursor(rows[limit - 1].name) if len(rows) > limit else None
        return await self._records(rows[:limit]), more

    async def all(self) -> list[RoleRecord]:
        return await self._records(list(await self._session.scalars(select(RoleRow).order_by(RoleRow.name))))

    async def any(self) -> bool:
        return bool(await self._session.scalar(select(exists().where(RoleRow.id.is_not(None)))))

    async def ids_of_names(self, names: Iterable[str]) -> dict[str, UUID]:
        """Ids of the roles that exist, by name. The roles are locked against deletion until the transaction ends."""
        query = select(RoleRow.name, RoleRow.id).where(RoleRow.name.in_(list(names)))
        locked = query.with_for_update(read=True, key_share=True)
        return dict((await self._session.execute(locked)).all())

    async def find_default_id(self) -> UUID | None:
        """The default role, which is locked against deletion until the transaction ends."""
        query = select(RoleRow.id).where(RoleRow.is_default)
        return await self._session.scalar(query.with_for_update(read=True, key_share=True))

    async def permissions(self, role_ids: Sequence[UUID]) -> dict[UUID, dict[str, Level]]:
        """Bucket or `*` to level, by role id; the higher level wins."""
        granted = await self._granted(role_ids)
        query = select(ObservedPermissionRow).where(ObservedPermissionRow.role_id.in_(role_ids))
        for row in await self._session.scalars(query):
            raise_to(granted[row.role_id], row.bucket, Level(row.level))
        return granted

    async def find_query_budgets(self, user_id: UUID, *, only: UUID | None = None) -> list[RoleQueryBudgets]:
        """Budgets of each role of a user, or of the one role `only`, which the user must have; empty if none of them gives any."""
        query = (
            select(RoleRow.name, RoleRow.query_budgets)
            .join(UserRoleRow, UserRoleRow.role_id == RoleRow.id)
            .where(UserRoleRow.user_id == user_id)
            .order_by(RoleRow.name)
        )
        rows = await self._session.execute(query.where(RoleRow.id == only) if only else query)
        found = [RoleQueryBudgets(role=name, budgets=QueryBudgets(**kept)) for name, kept in rows]
        return found if any(each.budgets != QueryBudgets() for each in found) else []

    async def add(
        self,
        name: str,
        policies: Sequence[UUID] = (),
        *,
        arn: str | None = None,
        query_budgets: QueryBudgets = QueryBudgets(),  # noqa: B008 – it is frozen
    ) -> UUID:
        row = RoleRow(id=uuid4(), name=name, is_default=False, arn=arn, query_budgets=_kept(query_budgets))
        self._session.add(row)
        await self._flush(name)
        await self._attach(row.id, policies)
        return row.id

    async def change(self, role_id: UUID, name: str, policies: Sequence[UUID], *, arn: str | None) -> None:
        try:
            await self._session.execute(update(RoleRow).where(RoleRow.id == role_id).values(name=name, arn=arn))
        except IntegrityError as error:
            raise _taken(name) from error
        await self._session.execute(delete(RolePolicyRow).where(RolePolicyRow.role_id == role_id))
        await self._attach(role_id, policies)

    async def set_query_budgets(self, role_id: UUID, budgets: QueryBudgets) -> None:
        await self._session.execute(update(RoleRow).where(RoleRow.id == role_id).values(query_budgets=_kept(budgets)))

    async def remove(self, role_id: UUID) -> None:
        try:
            await self._session.execute(delete(RoleRow).where(RoleRow.id == role_id))
        except IntegrityError as error:
            raise RoleInUse("The role is assigned to users") from error

    async def set_default(self, role_id: UUID | None) -> None:
        await self._session.execute(update(RoleRow).where(RoleRow.is_default).values(is_default=False))
        if role_id:
            await self._session.execute(update(RoleRow).where(RoleRow.id == role_id).values(is_default=True))

    async def observe(self, role_id: UUID, permissions: Mapping[str, Level]) -> None:
        await self._session.execute(delete(ObservedPermissionRow).where(ObservedPermissionRow.role_id == role_id))
        rows = [{"role_id": role_id, "bucket": bucket, "level": level} for bucket, level in permissions.items()]
        if rows:
            await self._session.execute(insert(ObservedPermissionRow), rows)

    async def _attach(self, role_id: UUID, policies: Sequence[UUID]) -> None:
        rows = [{"role_id": role_id, "policy_id": policy_id} for policy_id in dict.fromkeys(policies)]
        if rows:
            await self._session.execute(insert(RolePolicyRow), rows)

    async def _flush(self, name: str) -> None:
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise _taken(name) from error

    async def _granted(self, role_ids: Sequence[UUID]) -> dict[UUID, dict[str, Level]]:
        query = (
            select(RolePolicyRow.role_id, PolicyPermissionRow.bucket, PolicyPermissionRow.level)
            .join(PolicyPermissionRow, PolicyPermissionRow.policy_id == RolePolicyRow.policy_id)
            .where(RolePolicyRow.role_id.in_(role_ids))
            .order_by(PolicyPermissionRow.bucket)
        )
        summed: dict[UUID, dict[str, Level]] = {role_id: {} for role_id in role_ids}
        for role_id, bucket, level in await self._session.execute(query):
            raise_to(summed[role_id], bucket, Level(level))
        return summed

    async def _records(self, rows: Sequence[RoleRow]) -> list[RoleRecord]:
        ids = [row.id for row in rows]
        granted, permissions = await self._granted(ids), await self.permissions(ids)
        query = (
            select(RolePolicyRow.role_id, PolicyRow.id, PolicyRow.title, PolicyRow.arn)
            .join(PolicyRow, PolicyRow.id == RolePolicyRow.policy_id)
            .where(RolePolicyRow.role_id.in_(ids))
            .order_by(PolicyRow.title)
        )
        policies: dict[UUID, list[PolicyLink]] = {role_id: [] for role_id in ids}
        arns: dict[UUID, list[str]] = {role_id: [] for role_id in ids}
        for role_id, policy_id, title, arn in await self._session.execute(query):
            policies[role_id].append(PolicyLink(id=policy_id, title=title))
            if arn:
                arns[role_id].append(arn)
        return [
            RoleRecord(
                id=row.id,
                name=row.name,
                is_default=row.is_default,
                arn=row.arn,
                external_id=row.external_id,
                policies=tuple(policies[row.id]),
                policy_arns=tuple(arns[row.id]),
                granted=granted[row.id],
                permissions=permissions[row.id],
                query_budgets=QueryBudgets(**row.query_budgets),
            )
            for row in rows
        ]


def raise_to(permissions: dict[str, Level], bucket: str, level: Level) -> None:
    if permissions.get(bucket) is not Level.READ_WRITE:
        permissions[bucket] = level


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _matches(role: str | UUID) -> ColumnElement[bool]:
    role_id = role if isinstance(role, UUID) else as_uuid(role)
    return RoleRow.id == role_id if role_id else RoleRow.name == role


def _kept(budgets: QueryBudgets) -> dict[str, Any]:
    return budgets.model_dump(exclude_none=True)


def _taken(name: str) -> NameTaken:
    return NameTaken(f"There is a role called {name}")
