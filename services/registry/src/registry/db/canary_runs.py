"""Runs of the canary, which are kept for 90 days."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, tuple_

from registry.db.tables import CanaryRunRow
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.db.engine import AsyncSession
from shared.errors import Invalid, InvalidCursor
from shared.schemas.canary import CanaryRun, CanaryRunCreate, CanaryRuns, CanaryStep

KEPT = timedelta(days=90)
MAX_REPORTED_RUNS = 10_000
"""Runs in one report. One each hour are 2,160 in 90 days."""


class CanaryRunStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, new: CanaryRunCreate) -> CanaryRun:
        """Record a run, and remove those that are too old."""
        now = datetime.now(UTC)
        row = CanaryRunRow(
            id=uuid4(),
            recorded_at=now,
            passed=all(each.outcome == "passed" for each in new.steps),
            **new.model_dump(mode="json", exclude={"started_at"}),
            started_at=new.started_at,
        )
        self._session.add(row)
        await self._session.flush()
        await self._session.execute(delete(CanaryRunRow).where(CanaryRunRow.recorded_at < now - KEPT))
        return _run_of(row)

    async def page(self, *, after: str | None, limit: int) -> CanaryRuns:
        """Newest first."""
        order = (CanaryRunRow.recorded_at, CanaryRunRow.id)
        query = select(CanaryRunRow).order_by(*(each.desc() for each in order)).limit(limit + 1)
        if after:
            query = query.where(tuple_(*order) < tuple_(*_position_of(after)))
        rows = list(await self._session.scalars(query))
        more, rows = len(rows) > limit, rows[:limit]
        return CanaryRuns(
            items=[_run_of(row) for row in rows],
            next=encode_cursor(rows[-1].recorded_at.isoformat(), str(rows[-1].id)) if more else None,
        )

    async def since(self, start: datetime) -> list[CanaryRun]:
        """Oldest first. Raises Invalid when there are more than MAX_REPORTED_RUNS."""
        query = select(CanaryRunRow).where(CanaryRunRow.recorded_at >= start)
        ordered = query.order_by(CanaryRunRow.recorded_at, CanaryRunRow.id)
        rows = list(await self._session.scalars(ordered.limit(MAX_REPORTED_RUNS + 1)))
        if len(rows) > MAX_REPORTED_RUNS:
            raise Invalid(f"There are more than {MAX_REPORTED_RUNS:,} runs in this time: ask for fewer days")
        return [_run_of(row) for row in rows]

    async def newest(self) -> CanaryRun | None:
        query = select(CanaryRunRow).order_by(CanaryRunRow.recorded_at.desc(), CanaryRunRow.id.desc()).limit(1)
        row = await self._session.scalar(query)
        return None if row is None else _run_of(row)

    async def last_passed_at(self) -> datetime | None:
        query = select(CanaryRunRow.recorded_at).where(CanaryRunRow.passed)
        found: datetime | None = await self._session.scalar(query.order_by(CanaryRunRow.recorded_at.desc()).limit(1))
        return found


def _position_of(cursor: str) -> tuple[datetime, UUID]:
    recorded_at, run_id = decode_cursor(cursor, str, str)
    try:
        return cursor_time(recorded_at), UUID(run_id)
    except ValueError as error:
        raise InvalidCursor("Malformed cursor") from error


def _run_of(row: CanaryRunRow) -> CanaryRun:
    return CanaryRun(
        id=row.id,
        started_at=row.started_at,
        recorded_at=row.recorded_at,
        seconds=row.seconds,
        passed=row.passed,
        steps=[CanaryStep.model_validate(each) for each in row.steps],
        versions=row.versions,
    )
