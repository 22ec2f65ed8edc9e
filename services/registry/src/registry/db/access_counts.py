"""Reads of objects that logs of S3 tell of, by day, and which files of logs have been counted."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.package_uses import BucketUseKey, UseKey, add_bucket_uses, add_uses, monday
from shared.db.statements import Statements, TransactionStatements

MAX_EXTENSIONS = 100
"""Extensions of a bucket and day; the reads of others are counted together, as those of keys without one."""
MAX_PACKAGES_OF_MANIFEST = 10
"""Packages for which a read of the manifest counts that they share."""
MAX_OBJECT_READS = 10_000_000
"""Sums of an object and a day that are kept; the oldest days go first."""

_CLAIM = """
    INSERT INTO registry.log_location AS known (url, position, claimed_until)
    VALUES ($1, '', clock_timestamp() + make_interval(secs => $2))
    ON CONFLICT (url) DO UPDATE SET claimed_until = excluded.claimed_until
        WHERE known.claimed_until IS NULL OR known.claimed_until < clock_timestamp()
    RETURNING position
"""
_KNOWN = "SELECT key FROM registry.log_file WHERE location = $1 AND key = ANY($2::text[])"
_ADD_FILES = """
    WITH location AS (SELECT position FROM registry.log_location WHERE url = $1 FOR NO KEY UPDATE)
    INSERT INTO registry.log_file (location, key)
    SELECT $1, key FROM location, unnest($2::text[]) AS key WHERE key COLLATE "C" > position
    ON CONFLICT DO NOTHING RETURNING key
"""
_MOVE = """
    UPDATE registry.log_location SET position = greatest(position, $2::text COLLATE "C"),
        claimed_until = clock_timestamp() + make_interval(secs => $3)
    WHERE url = $1 RETURNING position
"""
_FORGET_FILES = "DELETE FROM registry.log_file WHERE location = $1 AND key <= $2"
_FINISH = """
    UPDATE registry.log_location SET claimed_until = NULL, read_at = CASE WHEN $2 THEN clock_timestamp() ELSE read_at END
    WHERE url = $1
"""
_AGE = """
    SELECT count(read_at), extract(epoch FROM clock_timestamp() - min(read_at))
    FROM registry.log_location WHERE url = ANY($1::text[])
"""

_ADD_OBJECTS = """
    INSERT INTO registry.object_read AS known (bucket, key, day, count)
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[])
    ON CONFLICT (bucket, key, day) DO UPDATE SET count = known.count + excluded.count
"""
_EXTENSIONS = """
    SELECT bucket, day, extension FROM registry.extension_read
    JOIN unnest($1::text[], $2::date[]) AS asked (bucket, day) USING (bucket, day)
"""
_ADD_EXTENSIONS = """
    INSERT INTO registry.extension_read AS known (bucket, day, extension, count)
    SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::bigint[])
    ON CONFLICT (bucket, day, extension) DO UPDATE SET count = known.count + excluded.count
"""
_PACKAGES = """
    SELECT asked.bucket, asked.top_hash, pointing.name
    FROM unnest($1::text[], $2::text[]) AS asked (bucket, top_hash), LATERAL (
        SELECT DISTINCT name FROM index.pointer
        WHERE pointer.bucket = asked.bucket AND pointer.top_hash = asked.top_hash ORDER BY name LIMIT $3
    ) AS pointing
"""
_ADD_MANIFESTS = """
    INSERT INTO registry.manifest_read AS known (bucket, package, day, top_hash, count)
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::bigint[])
    ON CONFLICT (bucket, package, day, top_hash) DO UPDATE SET count = known.count + excluded.count
"""
_DAY_OF_TOO_MANY = """
    SELECT max(day) FROM (
        SELECT day, sum(count(*)) OVER (ORDER BY day DESC) AS newer FROM registry.object_read GROUP BY day
    ) AS days WHERE newer > $1
"""

_FIRST_DAYS = """
    SELECT asked.bucket, (SELECT min(day) FROM registry.extension_read WHERE extension_read.bucket = asked.bucket)
    FROM unnest($1::text[]) AS asked (bucket)
"""
_OBJECT_DAYS = "SELECT day, count FROM registry.object_read WHERE bucket = $1 AND key = $2 AND day >= $3"
_EXTENSION_DAYS = "SELECT extension, day, count FROM registry.extension_read WHERE bucket = $1 AND day >= $2"
_MANIFEST_DAYS = """
    SELECT bucket, package, top_hash, day, count
    FROM registry.manifest_read JOIN unnest($1::text[], $2::text[]) AS asked (bucket, package) USING (bucket, package)
    WHERE day >= $3
"""


class FilesAlreadyCounted(Exception):
    """Another process has counted one of the files, because the claim of this one ended."""


class ObjectDay(NamedTuple):
    bucket: str
    key: str
    day: date


class ExtensionDay(NamedTuple):
    bucket: str
    day: date
    extension: str


class ManifestDay(NamedTuple):
    """`package` is empty for a manifest whose key does not name one."""

    bucket: str
    top_hash: str
    package: str
    day: date


@dataclass(slots=True)
class ReadCounts:
    """Numbers of reads."""

    objects: Counter[ObjectDay] = field(default_factory=Counter)
    extensions: Counter[ExtensionDay] = field(default_factory=Counter)
    manifests: Counter[ManifestDay] = field(default_factory=Counter)

    def __len__(self) -> int:
        """Number of different sums."""
        return len(self.objects) + len(self.extensions) + len(self.manifests)

    def add(self, other: "ReadCounts") -> None:
        self.objects.update(other.objects)
        self.extensions.update(other.extensions)
        self.manifests.update(other.manifests)


class AccessLogStore:
    """Writes counts. Whatever is added together is committed together with the files that it is from."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._statements = TransactionStatements(session)

    async def claim(self, location: str, seconds: float) -> str | None:
        """Claim the folder for a time. Returns the key after which files are to be read; None while another process has it."""
        found = await self._statements.fetch(_CLAIM, location, seconds)
        return str(found[0][0]) if found else None

    async def known_files(self, location: str, keys: Collection[str]) -> set[str]:
        return {key for (key,) in await self._statements.fetch(_KNOWN, location, list(keys))}

    async def add(self, location: str, files: Collection[str], counts: ReadCounts) -> None:
        """Raises FilesAlreadyCounted."""
        if len(await self._statements.fetch(_ADD_FILES, location, sorted(files))) < len(files):
            raise FilesAlreadyCounted
        if counts.objects:
            rows = sorted(counts.objects.items())
            buckets, keys, days = zip(*(key for key, _ in rows), strict=True)
            await self._run(_ADD_OBJECTS, buckets, keys, days, [count for _, count in rows])
        await self._add_extensions(counts.extensions)
        await self._add_manifests(counts.manifests)

    async def move(self, location: str, position: str, claim_seconds: float) -> None:
        """Note that all files up to this key are finished, and keep the claim."""
        moved = await self._statements.fetch(_MOVE, location, position, claim_seconds)
        if moved:
            await self._run(_FORGET_FILES, location, moved[0][0])

    async def finish(self, location: str, *, is_complete: bool) -> None:
        await self._run(_FINISH, location, is_complete)

    async def age_seconds(self, locations: Collection[str]) -> float:
        """Time since all of these folders were read to their end; infinite before the first time."""
        [(read, age)] = await self._statements.fetch(_AGE, list(locations))
        return math.inf if read < len(locations) else float(age)

    async def remove_before(self, objects: date, others: date) -> None:
        """Remove days before these, and those of objects of which there are too many."""
        await self._run("DELETE FROM registry.object_read WHERE day < $1", objects)
        [(too_many,)] = await self._statements.fetch(_DAY_OF_TOO_MANY, MAX_OBJECT_READS)
        if too_many:
            await self._run("DELETE FROM registry.object_read WHERE day <= $1", too_many)
        await self._run("DELETE FROM registry.extension_read WHERE day < $1", others)
        await self._run("DELETE FROM registry.manifest_read WHERE day < $1", others)

    async def _add_extensions(self, counts: Mapping[ExtensionDay, int]) -> None:
        if not counts:
            return
        known: dict[tuple[str, date], set[str]] = defaultdict(set)
        asked = sorted({(each.bucket, each.day) for each in counts})
        for bucket, day, extension in await self._statements.fetch(_EXTENSIONS, *map(list, zip(*asked, strict=True))):
            known[bucket, day] |= {extension} - {""}
        added: Counter[ExtensionDay] = Counter()
        weeks: Counter[BucketUseKey] = Counter()
        for (bucket, day, extension), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            names = known[bucket, day]
            kept = extension if extension in names or len(names) < MAX_EXTENSIONS else ""
            names |= {kept} - {""}
            added[ExtensionDay(bucket, day, kept)] += count
            weeks[BucketUseKey(bucket, "s3_read", monday(day))] += count
        rows = sorted(added.items())
        buckets, days, extensions = zip(*(key for key, _ in rows), strict=True)
        await self._run(_ADD_EXTENSIONS, buckets, days, extensions, [count for _, count in rows])
        await add_bucket_uses(self._session, weeks)

    async def _add_manifests(self, counts: Mapping[ManifestDay, int]) -> None:
        """A manifest whose key names no package counts for the packages that have it as a revision."""
        asked = sorted({(each.bucket, each.top_hash) for each in counts if not each.package})
        names: dict[tuple[str, str], list[str]] = defaultdict(list)
        if asked:
            buckets, hashes = map(list, zip(*asked, strict=True))
            for bucket, top_hash, name in await self._statements.fetch(
                _PACKAGES, buckets, hashes, MAX_PACKAGES_OF_MANIFEST
            ):
                names[bucket, top_hash].append(name)
        days: Counter[tuple[str, str, date, str]] = Counter()
        weeks: Counter[UseKey] = Counter()
        for (bucket, top_hash, package, day), count in counts.items():
            for name in [package] if package else names[bucket, top_hash]:
                days[bucket, name, day, top_hash] += count
                weeks[UseKey(bucket, name, "install", monday(day))] += count
        if days:
            rows = sorted(days.items())
            columns = zip(*(key for key, _ in rows), strict=True)
            await self._run(_ADD_MANIFESTS, *columns, [count for _, count in rows])
            await add_uses(self._session, weeks)

    async def _run(self, sql: str, *values: object) -> None:
        connection = await self._session.connection()
        given = tuple(list(each) if isinstance(each, tuple) else each for each in values)
        await connection.exec_driver_sql(sql, given)


class AccessCountReadStore:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def first_days(self, buckets: Collection[str]) -> dict[str, date]:
        """The first day with a read, by bucket. Buckets that no log tells of are left out."""
        found = await self._statements.fetch(_FIRST_DAYS, list(buckets))
        return {bucket: day for bucket, day in found if day}

    async def object_days(self, bucket: str, key: str, since: date) -> dict[date, int]:
        return {day: count for day, count in await self._statements.fetch(_OBJECT_DAYS, bucket, key, since)}  # noqa: C416 – rows are sequences

    async def extension_days(self, bucket: str, since: date) -> dict[str, dict[date, int]]:
        """Reads of the objects of the bucket, by extension."""
        found: dict[str, dict[date, int]] = defaultdict(dict)
        for extension, day, count in await self._statements.fetch(_EXTENSION_DAYS, bucket, since):
            found[extension][day] = count
        return found

    async def manifest_days(
        self, packages: Collection[tuple[str, str]], since: date
    ) -> dict[tuple[str, str], dict[str, dict[date, int]]]:
        """Reads of manifests, by bucket and package, and by top hash."""
        buckets, names = [bucket for bucket, _ in packages], [name for _, name in packages]
        found: dict[tuple[str, str], dict[str, dict[date, int]]] = {each: defaultdict(dict) for each in packages}
        for bucket, package, top_hash, day, count in await self._statements.fetch(
            _MANIFEST_DAYS, buckets, names, since
        ):
            found[bucket, package][top_hash][day] = count
        return found
