"""The state of IAM: roles that `auth` made there, and users whose earlier credentials it must refuse."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import DenialRow, IamRoleRow


@dataclass(frozen=True, slots=True)
class IamRole:
    """`applied` is the digest of what was last written to IAM; None if that failed."""

    role_id: UUID
    arn: str
    applied: str | None
    problem: str | None


class IamStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, role_id: UUID) -> IamRole | None:
        row = await self._session.get(IamRoleRow, role_id)
        return _iam_role(row) if row else None

    async def all(self) -> list[IamRole]:
        return [_iam_role(row) for row in await self._session.scalars(select(IamRoleRow))]

    async def put(self, role_id: UUID, arn: str, *, applied: str | None, problem: str | None = None) -> None:
        values = {"arn": arn, "applied": applied, "problem": problem}
        made = insert(IamRoleRow).values(role_id=role_id, **values)
        await self._session.execute(made.on_conflict_do_update(index_elements=["role_id"], set_=values))

    async def set_problem(self, role_id: UUID, problem: str) -> None:
        failed = update(IamRoleRow).where(IamRoleRow.role_id == role_id)
        await self._session.execute(failed.values(applied=None, problem=problem))

    async def remove(self, role_id: UUID) -> None:
        await self._session.execute(delete(IamRoleRow).where(IamRoleRow.role_id == role_id))

    async def add_denial(self, session_name: str) -> None:
        """Have credentials refused that were vended to this session name before now."""
        before = datetime.now(UTC) + timedelta(seconds=1)  # IAM compares whole seconds
        made = insert(DenialRow).values(session_name=session_name, issued_before=before)
        await self._session.execute(
            made.on_conflict_do_update(index_elements=["session_name"], set_={"issued_before": before})
        )

    async def list_denials(self) -> list[tuple[str, datetime]]:
        found = await self._session.scalars(select(DenialRow).order_by(DenialRow.issued_before))
        return [(row.session_name, row.issued_before) for row in found]

    async def prune_denials(self, *, before: datetime) -> None:
        await self._session.execute(delete(DenialRow).where(DenialRow.issued_before < before))


def _iam_role(row: IamRoleRow) -> IamRole:
    return IamRole(row.role_id, row.arn, row.applied, row.problem)
