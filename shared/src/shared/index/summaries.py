"""Sums over the packages of buckets and over the pushes of packages, and which pushes a package has."""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from shared.db.statements import Statements
from shared.index.records import BucketTotalsRecord
from shared.index.search.documents import BUCKET_REMOVED, DocumentKind
from shared.quilt.file_kinds import FILE_KINDS

BATCH_PUSHES = 50_000
"""Pointers of which a statement reads the packages, unless one package has more."""
MAX_SEEN_CHANGES = 1_000
"""Changes that are looked through for one of a bucket."""
_CHANGED = (BUCKET_REMOVED, int(DocumentKind.PACKAGE), int(DocumentKind.REVISION))

_IN_RANGE = "{table}.bucket = $1 AND {table}.name > $2 AND ($3::text IS NULL OR {table}.name <= $3)"
_OF_PACKAGE = "pointer.bucket = $1 AND pointer.name = $2"
_END = "SELECT name FROM index.pointer WHERE bucket = $1 AND name > $2 ORDER BY name OFFSET $3 LIMIT 1"


def _pushes(condition: str, end: str = "") -> str:
    """Pushes with the totals of those that can be read."""
    return f"""
        SELECT pointer.name, pointer.author, pointer.tag, (to_timestamp(pointer.tag::bigint) AT TIME ZONE 'UTC')::date AS day,
            manifest.total_bytes, manifest.total_entries
        FROM index.pointer
        LEFT JOIN index.manifest ON manifest.bucket = pointer.bucket AND manifest.top_hash = pointer.top_hash
            AND manifest.state = 'ready'
        WHERE {condition} AND pointer.tag <> 'latest' {end}
    """  # noqa: S608 – made of constants


def _by_day(pushes: str) -> str:
    """A push adds what its revision has more than the readable one before it."""
    return f"""
        WITH push AS ({pushes}), step AS (
            SELECT day, lag(total_bytes, 1, 0::bigint) OVER earlier AS old_bytes,
                lag(total_entries, 1, 0::bigint) OVER earlier AS old_entries, total_bytes, total_entries,
                row_number() OVER earlier AS number
            FROM push WHERE total_bytes IS NOT NULL
            WINDOW earlier AS (PARTITION BY name ORDER BY length(tag), tag)
        )
        SELECT day, sum(pushes)::bigint, sum(packages)::bigint, sum(bytes)::bigint, sum(entries)::bigint FROM (
            SELECT day, 1 AS pushes, 0 AS packages, 0 AS bytes, 0 AS entries FROM push
            UNION ALL
            SELECT day, 0, (number = 1)::int, total_bytes - old_bytes, total_entries - old_entries FROM step
        ) AS noted
        GROUP BY day
    """  # noqa: S608 – made of constants


def _by_user(pushes: str) -> str:
    return f"SELECT author, count(*), max(tag::bigint) FROM ({pushes}) AS push GROUP BY author"  # noqa: S608


_BUCKET_PUSHES = _pushes(_IN_RANGE.format(table="pointer"))
_NEWEST_PUSHES = _pushes(_OF_PACKAGE, "ORDER BY length(pointer.tag) DESC, pointer.tag DESC LIMIT $3")
_BUCKET_DAYS, _BUCKET_USERS = _by_day(_BUCKET_PUSHES), _by_user(_BUCKET_PUSHES)
_PACKAGE_DAYS, _PACKAGE_USERS = _by_day(_NEWEST_PUSHES), _by_user(_NEWEST_PUSHES)

_KINDS = ", ".join(f"coalesce(sum((manifest.kinds->>'{kind}')::bigint), 0)::bigint" for kind in FILE_KINDS)
_BUCKET_TOTALS = f"""
    SELECT package.bucket, count(*), max(package.modified), coalesce(sum(manifest.total_bytes), 0)::bigint, {_KINDS}
    FROM index.package
    LEFT JOIN index.manifest ON manifest.bucket = package.bucket AND manifest.top_hash = package.top_hash
    WHERE package.bucket = ANY($1::text[]) GROUP BY package.bucket
"""  # noqa: S608 – made of constants
_PUSHED = """
    SELECT tag, top_hash FROM index.pointer
    WHERE bucket = $1 AND name = $2 AND tag <> 'latest' AND (tag = ANY($3::text[]) OR top_hash = ANY($4::text[]))
"""
_LATEST = f"""
    FROM index.package
    LEFT JOIN index.manifest ON manifest.bucket = package.bucket AND manifest.top_hash = package.top_hash
    WHERE {_IN_RANGE.format(table="package")}
"""
_TOTALS = f"""
    SELECT count(*), coalesce(sum(manifest.total_bytes), 0)::bigint, coalesce(sum(manifest.total_entries), 0)::bigint, {_KINDS}
    {_LATEST}
"""
_LARGEST = f"""
    SELECT package.name, coalesce(manifest.total_bytes, 0), package.revisions {_LATEST}
    ORDER BY 2 DESC, 1 LIMIT $4
"""

_HEAD = "SELECT coalesce(max(position), 0) FROM index.change"
_CHANGES = """
    SELECT count(*), coalesce(bool_or(bucket = $1 AND kind = ANY($3::int[])), false), coalesce(max(position), $2) FROM (
        SELECT bucket, kind, position FROM index.change WHERE position > $2 ORDER BY position LIMIT $4
    ) AS changed
"""


@dataclass(frozen=True, slots=True)
class DayTotals:
    """The changes of one day."""

    pushes: int = 0
    packages: int = 0
    """Packages with their first push."""
    total_bytes: int = 0
    total_entries: int = 0

    def __add__(self, other: "DayTotals") -> "DayTotals":
        return DayTotals(
            self.pushes + other.pushes,
            self.packages + other.packages,
            self.total_bytes + other.total_bytes,
            self.total_entries + other.total_entries,
        )


@dataclass(frozen=True, slots=True)
class UserPushes:
    pushes: int
    last_pushed_at: datetime


@dataclass(slots=True)
class PushTotals:
    """Pushes by day and by user; None stands for users who are unknown."""

    days: dict[date, DayTotals] = field(default_factory=dict)
    users: dict[str | None, UserPushes] = field(default_factory=dict)

    def add_day(self, day: date, totals: DayTotals) -> None:
        self.days[day] = self.days.get(day, DayTotals()) + totals

    def add_user(self, user: str | None, pushes: int, last: int) -> None:
        last_pushed_at = datetime.fromtimestamp(last, UTC)
        if known := self.users.get(user):
            pushes, last_pushed_at = pushes + known.pushes, max(last_pushed_at, known.last_pushed_at)
        self.users[user] = UserPushes(pushes, last_pushed_at)


@dataclass(slots=True)
class BucketSums:
    """The packages of a bucket, added up."""

    pushes: PushTotals = field(default_factory=PushTotals)
    packages: int = 0
    total_bytes: int = 0
    total_entries: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    largest: list[tuple[str, int, int]] = field(default_factory=list)
    """Name, bytes and number of revisions, the largest first."""


class SummaryStore:
    """Reads the index. The caller decides which buckets and packages may be read."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def totals(self, buckets: Collection[str]) -> list[BucketTotalsRecord]:
        """Totals of the latest revisions of all packages in each bucket. Buckets without packages are left out."""
        return [
            BucketTotalsRecord(
                bucket, packages, modified, total_bytes, dict(zip(FILE_KINDS, map(int, sizes), strict=True))
            )
            for bucket, packages, modified, total_bytes, *sizes in await self._statements.fetch(
                _BUCKET_TOTALS, sorted(buckets)
            )
        ]

    async def pushed(
        self, bucket: str, name: str, *, tags: Collection[str], top_hashes: Collection[str]
    ) -> frozenset[str]:
        """The tags and top hashes of these that pushes of the package have."""
        found = await self._statements.fetch(_PUSHED, bucket, name, sorted(tags), sorted(top_hashes))
        return frozenset(value for row in found for value in row if value in tags or value in top_hashes)


class GrowthStore:
    """Adds up pushes by day and by user. Each statement reads a bounded number of them."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def package(self, bucket: str, name: str, *, max_pushes: int) -> PushTotals:
        """The newest pushes of a package."""
        totals = PushTotals()
        await self._add_pushes(totals, _PACKAGE_DAYS, _PACKAGE_USERS, bucket, name, max_pushes)
        return totals

    async def bucket(self, bucket: str, *, max_largest: int, batch: int = BATCH_PUSHES) -> BucketSums:
        """All packages, a batch at a time: what changes on the way may be in it or not."""
        sums = BucketSums()
        async for where in self._ranges(bucket, batch):
            await self._add_pushes(sums.pushes, _BUCKET_DAYS, _BUCKET_USERS, *where)
            [(packages, size, entries, *kinds)] = await self._statements.fetch(_TOTALS, *where)
            sums.packages += packages
            sums.total_bytes += size
            sums.total_entries += entries
            sums.kinds.update(dict(zip(FILE_KINDS, kinds, strict=True)))
            large = [
                (name, size, pushes)
                for name, size, pushes in await self._statements.fetch(_LARGEST, *where, max_largest)
            ]
            sums.largest = sorted([*sums.largest, *large], key=_largest_first)[:max_largest]
        return sums

    async def head(self) -> int:
        """Position of the newest change in the index."""
        [(position,)] = await self._statements.fetch(_HEAD)
        found: int = position
        return found

    async def unchanged_to(self, bucket: str, since: int) -> int | None:
        """Position up to which no package of the bucket has changed after the given one; None if one has, or too much has to tell."""
        values = (bucket, since, list(_CHANGED), MAX_SEEN_CHANGES)
        [(seen, changed, position)] = await self._statements.fetch(_CHANGES, *values)
        return None if changed or seen == MAX_SEEN_CHANGES else int(position)

    async def _ranges(self, bucket: str, batch: int) -> AsyncIterator[tuple[str, str, str | None]]:
        """The bucket and two names: after the first, up to the second. None stands for the end."""
        after = ""
        while True:
            found = await self._statements.fetch(_END, bucket, after, batch)
            last: str | None = found[0][0] if found else None
            yield bucket, after, last
            if last is None:
                return
            after = last

    async def _add_pushes(self, totals: PushTotals, days: str, users: str, *where: object) -> None:
        for day, *counts in await self._statements.fetch(days, *where):
            totals.add_day(day, DayTotals(*counts))
        for user, pushes, last in await self._statements.fetch(users, *where):
            totals.add_user(user, pushes, last)


def _largest_first(each: tuple[str, int, int]) -> tuple[int, str]:
    name, size, _ = each
    return -size, name
