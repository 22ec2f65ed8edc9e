"""Contents and growth of packages. Packages are added up when they are asked for, buckets in the background.

A bucket is added up again when the index has changed for it, and after a rest of BUCKET_REST times the time that it took, so it
takes at most a fiftieth of one connection of each process.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog
from cachetools import LRUCache

from registry.db.access_counts import AccessCountReadStore
from registry.db.package_uses import UseRecord, monday, uses_of_bucket, uses_of_package
from registry.errors import PackagesHaveReaders
from registry.services.packages import presenters
from registry.services.packages.reader import PackageReader
from shared.concurrency import cancelled
from shared.db.statements import Statements
from shared.index.summaries import BucketSums, DayTotals, GrowthStore, PushTotals, UserPushes
from shared.schemas.insight import (
    MAX_INSIGHT_PUSHES,
    MAX_LARGEST,
    MAX_PUSHERS,
    USE_KINDS,
    BucketGrowth,
    BucketGrowthPoint,
    BucketInsight,
    GrowthPoint,
    PackageInsight,
    PackageSize,
    Period,
    PusherTotals,
    UseCounts,
    UseKind,
)
from shared.schemas.package import KindTotals
from shared.schemas.principal import Principal

MAX_DAYS = 62
MAX_WEEKS = 104
MAX_MONTHS = 120
"""Points of one answer. Earlier months are part of the first point's totals."""
USE_WEEKS = 52
BUCKET_REST = 50
MIN_REST_SECONDS = 60.0
MAX_AGE_SECONDS = 3600.0
"""A bucket is added up again after this time, changed or not."""
MAX_BUCKETS = 200
"""Buckets whose growth is kept in memory."""
_MAX_CONCURRENT_SUMS = 1
_FROM_ACCESS_LOGS = frozenset({"install", "s3_read"})
"""Uses that S3 alone sees, except for installs of packages of Quilt 2."""

log = structlog.get_logger()


@dataclass(slots=True)
class _KnownGrowth:
    growth: BucketGrowth
    position: int
    """Position in the index's changes up to which the growth is that of the bucket."""
    added_at: float
    seconds: float
    looked_at: float
    """Time at which later changes were looked for."""


class BucketGrowthCache:
    """The growth of buckets. It is added up once for all callers, and to its end when they have left."""

    def __init__(self, *, min_rest_seconds: float = MIN_REST_SECONDS, rest: float = BUCKET_REST) -> None:
        self._min_rest_seconds = min_rest_seconds
        self._rest = rest
        self._known: LRUCache[str, _KnownGrowth] = LRUCache(MAX_BUCKETS)
        self._failed_at: LRUCache[str, float] = LRUCache(MAX_BUCKETS)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_SUMS)

    async def find(self, statements: Statements, bucket: str, *, wait_seconds: float) -> BucketGrowth | None:
        """The newest one that is there after `wait_seconds`; None without one."""
        known = self._known.get(bucket)
        if not self._has_just_failed(bucket) and (known is None or await self._is_due(statements, bucket, known)):
            await asyncio.wait({self._start(statements, bucket)}, timeout=wait_seconds)
        found = self._known.get(bucket)
        return found.growth if found else None

    async def close(self) -> None:
        await cancelled(*self._running.values())

    def _has_just_failed(self, bucket: str) -> bool:
        failed_at = self._failed_at.get(bucket)
        return failed_at is not None and time.monotonic() - failed_at < self._min_rest_seconds

    async def _is_due(self, statements: Statements, bucket: str, known: _KnownGrowth) -> bool:
        now = time.monotonic()
        age = now - known.added_at
        if bucket in self._running or age < max(self._min_rest_seconds, self._rest * known.seconds):
            return False
        if age > MAX_AGE_SECONDS:
            return True
        # Requests that come together, or one after another, do not read the same changes again.
        if now - known.looked_at < self._min_rest_seconds:
            return False
        known.looked_at = now
        position = await GrowthStore(statements).unchanged_to(bucket, known.position)
        if position is not None:
            known.position = position
        return position is None

    def _start(self, statements: Statements, bucket: str) -> asyncio.Task[None]:
        task = self._running.get(bucket)
        if task is None:
            task = self._running[bucket] = asyncio.create_task(self._add_up(statements, bucket))
            task.add_done_callback(lambda done: self._finish(bucket, done))
        return task

    async def _add_up(self, statements: Statements, bucket: str) -> None:
        async with self._slots:
            store, began = GrowthStore(statements), time.monotonic()
            position = await store.head()
            sums = await store.bucket(bucket, max_largest=MAX_LARGEST)
            now = time.monotonic()
            growth = _bucket_growth(sums, datetime.now(UTC))
            self._known[bucket] = _KnownGrowth(growth, position, now, now - began, looked_at=now)

    def _finish(self, bucket: str, task: asyncio.Task[None]) -> None:
        del self._running[bucket]
        if not task.cancelled() and (error := task.exception()):
            self._failed_at[bucket] = time.monotonic()
            log.warning("bucket_not_added_up", bucket=bucket, error=str(error))


class InsightService:
    def __init__(
        self, reader: PackageReader, cache: BucketGrowthCache, *, counting_seconds: float, has_access_logs: bool
    ) -> None:
        """`counting_seconds`: how long an answer waits for a bucket to be added up. `has_access_logs`: reads in S3 are counted."""
        self._reader = reader
        self._cache = cache
        self._counting_seconds = counting_seconds
        self._has_access_logs = has_access_logs

    async def bucket(self, viewer: Principal, bucket: str) -> BucketInsight:
        """The insight of a bucket that the viewer sees. Raises PackagesHaveReaders."""
        if not self._reader.rules.of(viewer).reads_every_package(bucket):
            raise PackagesHaveReaders
        statements = self._reader.statements
        growth = await self._cache.find(statements, bucket, wait_seconds=self._counting_seconds)
        uses = await uses_of_bucket(statements, bucket, _first_use_week(datetime.now(UTC).date()))
        counted_since = await self._counted_since(bucket)
        kinds = [kind for kind in USE_KINDS if kind not in _FROM_ACCESS_LOGS or counted_since]
        return BucketInsight(
            bucket=bucket, growth=growth, uses=_use_counts(kinds, uses), reads_counted_since=counted_since
        )

    async def package(self, viewer: Principal, bucket: str, name: str) -> PackageInsight:
        """Raises BucketNotFound or PackageNotFound."""
        package = await self._reader.seen_by(viewer).open(bucket, name)
        record = await package.record()
        statements, now = self._reader.statements, datetime.now(UTC)
        pushed = await GrowthStore(statements).package(bucket, name, max_pushes=MAX_INSIGHT_PUSHES)
        period, sums = growth_by_period(pushed.days, now.date())
        uses = await uses_of_package(
            statements, bucket, name, _first_use_week(now.date()), with_quilt2=package.is_shared
        )
        counted_since = await self._counted_since(bucket)
        has_installs = package.is_shared or counted_since
        kinds = [kind for kind in USE_KINDS if kind not in _FROM_ACCESS_LOGS or (kind == "install" and has_installs)]
        return PackageInsight(
            bucket=bucket,
            name=name,
            total_bytes=record.latest.total_bytes,
            total_entries=record.latest.total_entries,
            kinds=presenters.kind_totals(record.latest),
            pushes=max(record.revisions, sum(each.pushes for each in pushed.days.values())),
            is_cut=record.revisions > MAX_INSIGHT_PUSHES,
            period=period,
            points=[_point(start, pushes, sum_) for start, pushes, sum_ in sums],
            pushers=_pushers(pushed),
            uses=_use_counts(kinds, uses),
            reads_counted_since=counted_since,
        )

    async def _counted_since(self, bucket: str) -> date | None:
        """The first day whose reads in S3 were counted; None where they are not."""
        if not self._has_access_logs:
            return None
        found = await AccessCountReadStore(self._reader.statements).first_days([bucket])
        return found.get(bucket)


def growth_by_period(days: Mapping[date, DayTotals], today: date) -> tuple[Period, list[tuple[date, int, DayTotals]]]:
    """Start, pushes, and everything up to its end, of each period until today. Empty without pushes.

    Pushes with a time in the future count as those of today: writers of a bucket choose the times.
    """
    if not days:
        return "day", []
    first = min(today, *days)
    period = _period(first, today)
    changes: dict[date, DayTotals] = {}
    for day, totals in days.items():
        start = _start_of(period, min(day, today))
        changes[start] = changes.get(start, DayTotals()) + totals
    sums, running = [], DayTotals()
    for start in _starts(period, first, today):
        change = changes.get(start, DayTotals())
        running += change
        sums.append((start, change.pushes, running))
    return period, sums[-MAX_MONTHS:]


def _period(first: date, last: date) -> Period:
    days = (last - first).days + 1
    if days <= MAX_DAYS:
        return "day"
    return "week" if days <= 7 * (MAX_WEEKS - 1) else "month"


def _start_of(period: Period, day: date) -> date:
    match period:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)


def _starts(period: Period, first: date, last: date) -> Iterator[date]:
    start, length = _start_of(period, first), {"day": 1, "week": 7, "month": 31}[period]
    while start <= last:
        yield start
        start = _start_of(period, start + timedelta(days=length))


def _bucket_growth(sums: BucketSums, now: datetime) -> BucketGrowth:
    period, points = growth_by_period(sums.pushes.days, now.date())
    return BucketGrowth(
        as_of=now,
        period=period,
        points=[
            BucketGrowthPoint(**_point(start, pushes, sum_).model_dump(), packages=sum_.packages)
            for start, pushes, sum_ in points
        ],
        pushes=sum(each.pushes for each in sums.pushes.days.values()),
        pushers=_pushers(sums.pushes),
        largest=[PackageSize(name=name, total_bytes=size, pushes=pushes) for name, size, pushes in sums.largest],
        packages=sums.packages,
        total_bytes=sums.total_bytes,
        total_entries=sums.total_entries,
        kinds=KindTotals.model_validate(sums.kinds),
    )


def _point(start: date, pushes: int, sums: DayTotals) -> GrowthPoint:
    return GrowthPoint(start=start, pushes=pushes, total_bytes=sums.total_bytes, total_entries=sums.total_entries)


def _pushers(pushed: PushTotals) -> list[PusherTotals]:
    def most_pushes(each: tuple[str | None, UserPushes]) -> tuple[int, str]:
        return -each[1].pushes, each[0] or ""

    shown: Iterable[tuple[str | None, UserPushes]] = sorted(pushed.users.items(), key=most_pushes)[:MAX_PUSHERS]
    return [PusherTotals(user=user, pushes=found.pushes, last_pushed_at=found.last_pushed_at) for user, found in shown]


def _first_use_week(today: date) -> date:
    return monday(today) - timedelta(weeks=USE_WEEKS - 1)


def _use_counts(kinds: Iterable[UseKind], found: Mapping[UseKind, UseRecord]) -> list[UseCounts]:
    records = [(kind, found.get(kind, UseRecord())) for kind in kinds]
    return [
        UseCounts(kind=kind, total=each.total, weeks=[each.weeks.get(week, 0) for week in range(USE_WEEKS)])
        for kind, each in records
    ]
