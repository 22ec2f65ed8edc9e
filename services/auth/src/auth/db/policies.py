"""Policies: permissions on buckets, or the ARN of an IAM policy."""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import PolicyPermissionRow, PolicyRow, RolePolicyRow, RoleRow
from auth.errors import ArnTaken, PolicyNotFound, TitleTaken
from shared.db.cursors import decode_cursor, encode_cursor
from shared.schemas.page import Page
from shared.schemas.principal import Level
from shared.schemas.role import Policy, RoleLink


class PolicyStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, policy_id: UUID) -> Policy:
        row = await self._session.get(PolicyRow, policy_id)
        if row is None:
            raise PolicyNotFound("No such policy")
        return (await self._policies([row]))[0]

    async def find_by_title(self, title: str) -> Policy | None:
        row = await self._session.scalar(select(PolicyRow).where(PolicyRow.title == title))
        return (await self._policies([row]))[0] if row else None

    async def page(self, *, after: str | None, limit: int) -> Page[Policy]:
        query = select(PolicyRow).order_by(PolicyRow.title).limit(limit + 1)
        if after:
            query = query.where(PolicyRow.title > decode_cursor(after, str)[0])
        rows = list(await self._session.scalars(query))
        more = encode_cursor(rows[limit - 1].title) if len(rows) > limit else None
        return Page(items=await self._policies(rows[:limit]), next=more)

    async def existing_ids(self, policy_ids: Sequence[UUID]) -> set[UUID]:
        return set(await self._session.scalars(select(PolicyRow.id).where(PolicyRow.id.in_(policy_ids))))

    async def count_by_role(self, role_ids: Sequence[UUID]) -> dict[UUID, int]:
        """Numbers of policies by role id; roles without policies are left out."""
        query = select(RolePolicyRow.role_id, func.count()).where(RolePolicyRow.role_id.in_(role_ids))
        return dict((await self._session.execute(query.group_by(RolePolicyRow.role_id))).all())

    async def add(self, title: str, permissions: Mapping[str, Level], *, arn: str | None = None) -> UUID:
        row = PolicyRow(id=uuid4(), title=title, arn=arn)
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise _taken(title, arn, error) from error
        await self._permit(row.id, permissions)
        return row.id

    async def change(self, policy_id: UUID, title: str, permissions: Mapping[str, Level], *, arn: str | None) -> None:
        try:
            await self._session.execute(update(PolicyRow).where(PolicyRow.id == policy_id).values(title=title, arn=arn))
        except IntegrityError as error:
            raise _taken(title, arn, error) from error
        await self._session.execute(delete(PolicyPermissionRow).where(PolicyPermissionRow.policy_id == policy_id))
        await self._permit(policy_id, permissions)

    async def set_roles(self, policy_id: UUID, role_ids: Sequence[UUID]) -> None:
        await self._session.execute(delete(RolePolicyRow).where(RolePolicyRow.policy_id == policy_id))
        rows = [{"role_id": role_id, "policy_id": policy_id} for role_id in dict.fromkeys(role_ids)]
        if rows:
            await self._session.execute(insert(RolePolicyRow), rows)

    async def remove(self, policy_id: UUID) -> None:
        """Delete the policy, and take it from the roles that have it."""
        await self.set_roles(policy_id, [])
        await self._session.execute(delete(PolicyRow).where(PolicyRow.id == policy_id))

    async def _permit(self, policy_id: UUID, permissions: Mapping[str, Level]) -> None:
        rows = [
            {"policy_id": policy_id, "bucket": bucket, "level": level.value} for bucket, level in permissions.items()
        ]
        if rows:
            await self._session.execute(insert(PolicyPermissionRow), rows)

    async def _policies(self, rows: Sequence[PolicyRow]) -> list[Policy]:
        ids = [row.id for row in rows]
        permissions: dict[UUID, dict[str, Level]] = {policy_id: {} for policy_id in ids}
        permitted = select(PolicyPermissionRow).where(PolicyPermissionRow.policy_id.in_(ids))
        for row in await self._session.scalars(permitted.order_by(PolicyPermissionRow.bucket)):
            permissions[row.policy_id][row.bucket] = Level(row.level)
        roles: dict[UUID, list[RoleLink]] = {policy_id: [] for policy_id in ids}
        holders = (
            select(RolePolicyRow.policy_id, RoleRow.id, RoleRow.name)
            .join(RoleRow, RoleRow.id == RolePolicyRow.role_id)
            .where(RolePolicyRow.policy_id.in_(ids))
            .order_by(RoleRow.name)
        )
        for policy_id, role_id, name in await self._session.execute(holders):
            roles[policy_id].append(RoleLink(id=role_id, name=name))
        return [
            Policy(
                id=row.id,
                title=row.title,
                managed=row.arn is None,
                arn=row.arn,
                permissions=permissions[row.id],
                roles=roles[row.id],
            )
            for row in rows
        ]


def _taken(title: str, arn: str | None, error: IntegrityError) -> TitleTaken | ArnTaken:
    if "uq_policy_arn" in str(error.orig):
        return ArnTaken(f"There is a policy for {arn}")
    return TitleTaken(f"There is a policy titled {title}")
