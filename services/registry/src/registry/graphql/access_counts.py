"""How often packages, objects and buckets were read in S3, where logs of S3 are counted; null elsewhere."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ariadne import ObjectType, QueryType

from registry.db.access_counts import MAX_EXTENSIONS, AccessCountReadStore
from registry.graphql.context import Context, Info
from registry.graphql.packages import GraphqlRevision
from shared.index.records import PackageRecord

MAX_WINDOW_DAYS = 366
DEFAULT_WINDOW_DAYS = 30
MAX_COUNT = (1 << 31) - 1
"""The largest `Int` of GraphQL: a larger count is shown as this one."""

query = QueryType()
package = ObjectType("Package")
package_revision = ObjectType("PackageRevision")
bucket_access_counts = ObjectType("BucketAccessCounts")

DayCounts = Mapping[date, int]


@dataclass(frozen=True, slots=True)
class BucketReads:
    """Reads of a bucket by extension, with its dot; empty for the others."""

    extensions: Mapping[str, DayCounts]
    window: int


@package.field("accessCounts")
async def resolve_package_counts(found: PackageRecord, info: Info, window: int | None) -> dict[str, Any] | None:
    return await _of_manifests(info.context, found, None, window)


@package_revision.field("accessCounts")
async def resolve_revision_counts(found: GraphqlRevision, info: Info, window: int | None) -> dict[str, Any] | None:
    return await _of_manifests(info.context, found.package, found.hash, window)


@query.field("objectAccessCounts")
async def resolve_object_counts(_: object, info: Info, bucket: str, key: str, window: int) -> dict[str, Any] | None:
    context = info.context
    if not await _reads(context, bucket) or await context.counted_since.load(bucket) is None:
        return None
    days = await AccessCountReadStore(context.reads).object_days(bucket, key, _first_day(window))
    return _access_counts(context, days, window)


@query.field("bucketAccessCounts")
async def resolve_bucket_counts(_: object, info: Info, bucket: str, window: int) -> BucketReads | None:
    context = info.context
    if not await _reads(context, bucket) or await context.counted_since.load(bucket) is None:
        return None
    return BucketReads(
        await AccessCountReadStore(context.reads).extension_days(bucket, _first_day(window)), _bounded(window)
    )


@bucket_access_counts.field("combined")
def resolve_combined(found: BucketReads, info: Info) -> dict[str, Any]:
    return _access_counts(info.context, _sum(found.extensions.values()), found.window)


@bucket_access_counts.field("byExt")
def resolve_by_extension(found: BucketReads, info: Info, groups: int | None = None) -> list[dict[str, Any]]:
    """The most frequent extensions first, without their dot. Those that are more than `groups` are one, with the keys without one."""
    most = max(1, min(MAX_EXTENSIONS if groups is None else groups, MAX_EXTENSIONS))
    rest = found.extensions.get("", {})
    named = sorted(
        ((extension, days) for extension, days in found.extensions.items() if extension),
        key=lambda each: (-sum(each[1].values()), each[0]),
    )
    if len(named) + bool(rest) > most:
        named, merged = named[: most - 1], named[most - 1 :]
        rest = _sum([rest, *(days for _, days in merged)])
    shown = [(extension.removeprefix("."), days) for extension, days in named] + ([("", rest)] if rest else [])
    counted = [
        {"ext": extension, "counts": _access_counts(info.context, days, found.window)} for extension, days in shown
    ]
    return sorted(counted, key=lambda each: -each["counts"]["total"])


async def _of_manifests(
    context: Context, package: PackageRecord, top_hash: str | None, window: int | None
) -> dict[str, Any] | None:
    """Reads of the manifests of a package, or of one of its revisions."""
    if await context.counted_since.load(package.bucket) is None:
        return None
    window = DEFAULT_WINDOW_DAYS if window is None else window
    by_hash = await context.manifest_reads(_first_day(window)).load((package.bucket, package.name)) or {}
    days = _sum(by_hash.values()) if top_hash is None else by_hash.get(top_hash, {})
    return _access_counts(context, days, window)


async def _reads(context: Context, bucket: str) -> bool:
    """The caller reads the whole bucket."""
    return (
        context.viewer is not None
        and context.visibility.reads_every_package(bucket)
        and bucket in await context.seen_buckets()
    )


def _access_counts(context: Context, days: DayCounts, window: int) -> dict[str, Any]:
    """Each day of the window, the present one last."""
    first, length = _first_day(window), _bounded(window)
    context.spend(length)
    shown = {day: days.get(day, 0) for day in (first + timedelta(days=number) for number in range(length))}
    counts = [
        {"date": datetime.combine(day, time(), UTC), "value": min(count, MAX_COUNT)} for day, count in shown.items()
    ]
    return {"total": min(sum(shown.values()), MAX_COUNT), "counts": counts}


def _bounded(window: int) -> int:
    return min(max(window, 1), MAX_WINDOW_DAYS)


def _first_day(window: int) -> date:
    return datetime.now(UTC).date() - timedelta(days=_bounded(window) - 1)


def _sum(parts: Iterable[DayCounts]) -> DayCounts:
    total: Counter[date] = Counter()
    for each in parts:
        total.update(each)
    return total


BINDABLES = [query, package, package_revision, bucket_access_counts]
