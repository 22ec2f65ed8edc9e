"""How often packages were installed, previewed and downloaded: what services count here, and what `registry.quilt2` records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import PackageUseRow
from shared.db.statements import Statements
from shared.schemas.insight import UseKind

WEEK = timedelta(weeks=1)
_COUNTED = """
    SELECT kind, (week - $3::date) / 7, sum(count)::bigint FROM registry.package_use
    WHERE bucket = $1 AND package = $2 GROUP BY 1, 2
"""
_QUILT2 = """
    SELECT lower(kind), floor(extract(epoch FROM created - $3::timestamptz) / $4)::int, count(*) FROM registry.quilt2_event
    WHERE owner = $1 AND name = $2 AND kind IN ('INSTALL', 'PREVIEW') GROUP BY 1, 2
"""


class UseKey(NamedTuple):
    bucket: str
    package: str
    kind: UseKind
    week: date


@dataclass(slots=True)
class UseRecord:
    total: int = 0
    weeks: dict[int, int] = field(default_factory=dict)
    """By the number of the week since a time; negative for earlier ones."""

    def add(self, week: int, count: int) -> None:
        self.total += count
        self.weeks[week] = self.weeks.get(week, 0) + count


async def uses_of_package(
    statements: Statements, bucket: str, package: str, since: datetime, *, with_quilt2: bool
) -> dict[UseKind, UseRecord]:
    """Uses by kind, by week since this Monday. `with_quilt2`: those of a package of Quilt 2 as well."""
    found: dict[UseKind, UseRecord] = {}
    rows = list(await statements.fetch(_COUNTED, bucket, package, since.date()))
    if with_quilt2:
        owner, _, name = package.partition("/")
        rows += await statements.fetch(_QUILT2, owner, name, since, WEEK.total_seconds())
    for kind, week, count in rows:
        found.setdefault(kind, UseRecord()).add(week, count)
    return found


async def add_uses(session: AsyncSession, counts: Mapping[UseKey, int]) -> None:
    """Always in the same order, so that there is no deadlock."""
    rows = [{**key._asdict(), "count": counts[key]} for key in sorted(counts)]
    made = insert(PackageUseRow)
    keys = [PackageUseRow.bucket, PackageUseRow.package, PackageUseRow.kind, PackageUseRow.week]
    added = {"count": PackageUseRow.count + made.excluded.count}
    await session.execute(made.on_conflict_do_update(index_elements=keys, set_=added), rows)


async def remove_uses_before(session: AsyncSession, week: date) -> None:
    await session.execute(delete(PackageUseRow).where(PackageUseRow.week < week))
