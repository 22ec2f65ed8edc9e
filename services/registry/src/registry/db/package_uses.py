"""How often packages were installed, previewed and downloaded: what services count here, and what `registry.quilt2` records."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import BucketUseRow, PackageUseRow
from shared.db.statements import FoundRow, Statements
from shared.schemas.insight import UseKind

WEEK = timedelta(weeks=1)
_OF_PACKAGE = """
    SELECT kind, (week - $3::date) / 7, count FROM registry.package_use WHERE bucket = $1 AND package = $2
"""
_OF_BUCKET = "SELECT kind, (week - $2::date) / 7, count FROM registry.bucket_use WHERE bucket = $1"
_QUILT2 = """
    SELECT lower(kind), (week - $3::date) / 7, count FROM registry.quilt2_event_week
    WHERE owner = $1 AND name = $2 AND kind IN ('INSTALL', 'PREVIEW')
"""


class UseKey(NamedTuple):
    bucket: str
    package: str
    kind: UseKind
    week: date


class BucketUseKey(NamedTuple):
    bucket: str
    kind: UseKind
    week: date


_Key = TypeVar("_Key", UseKey, BucketUseKey)


@dataclass(slots=True)
class UseRecord:
    total: int = 0
    weeks: dict[int, int] = field(default_factory=dict)
    """By the number of the week since a time; negative for earlier ones."""

    def add(self, week: int, count: int) -> None:
        self.total += count
        self.weeks[week] = self.weeks.get(week, 0) + count


async def uses_of_package(
    statements: Statements, bucket: str, package: str, since: date, *, with_quilt2: bool
) -> dict[UseKind, UseRecord]:
    """Uses by kind, by week since this Monday. `with_quilt2`: those of a package of Quilt 2 as well."""
    rows = list(await statements.fetch(_OF_PACKAGE, bucket, package, since))
    if with_quilt2:
        owner, _, name = package.partition("/")
        rows += await statements.fetch(_QUILT2, owner, name, since)
    return _by_kind(rows)


async def uses_of_bucket(statements: Statements, bucket: str, since: date) -> dict[UseKind, UseRecord]:
    """Uses of all packages of the bucket by kind, by week since this Monday."""
    return _by_kind(await statements.fetch(_OF_BUCKET, bucket, since))


async def add_uses(session: AsyncSession, counts: Mapping[UseKey, int]) -> None:
    """Add uses of packages, and to the sums of their buckets. Always in the same order, so that there is no deadlock."""
    if not counts:
        return
    made = insert(PackageUseRow)
    keys = [PackageUseRow.bucket, PackageUseRow.package, PackageUseRow.kind, PackageUseRow.week]
    added = {"count": PackageUseRow.count + made.excluded.count}
    await session.execute(made.on_conflict_do_update(index_elements=keys, set_=added), _rows(counts))
    sums: Counter[BucketUseKey] = Counter()
    for key, count in counts.items():
        sums[BucketUseKey(key.bucket, key.kind, key.week)] += count
    await add_bucket_uses(session, sums)


async def add_bucket_uses(session: AsyncSession, counts: Mapping[BucketUseKey, int]) -> None:
    if not counts:
        return
    made = insert(BucketUseRow)
    keys = [BucketUseRow.bucket, BucketUseRow.kind, BucketUseRow.week]
    added = {"count": BucketUseRow.count + made.excluded.count}
    await session.execute(made.on_conflict_do_update(index_elements=keys, set_=added), _rows(counts))


async def remove_uses_before(session: AsyncSession, week: date) -> None:
    await session.execute(delete(PackageUseRow).where(PackageUseRow.week < week))
    await session.execute(delete(BucketUseRow).where(BucketUseRow.week < week))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _by_kind(rows: Iterable[FoundRow]) -> dict[UseKind, UseRecord]:
    found: dict[UseKind, UseRecord] = {}
    for kind, week, count in rows:
        found.setdefault(kind, UseRecord()).add(week, count)
    return found


def _rows(counts: Mapping[_Key, int]) -> list[dict[str, object]]:
    return [{**key._asdict(), "count": count} for key, count in sorted(counts.items())]
