"""Slices of buckets: which one is to be compared next, and what their comparisons found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from indexer.digests import SliceDigests
from indexer.text_extraction import storable
from shared.db.engine import AsyncSession

LEASE_SECONDS = 300
"""How long a comparison has its slice after each heartbeat."""
REPORTED_SECONDS = 3 * 86_400
"""Time between listings of slices without changes, in buckets that are compared with reports of S3 Inventory."""
_BUSY_WEIGHT = 4
"""Slices with changes or differences are compared this many times as often as the others."""

_ADD_FIRST = text("""
    INSERT INTO index.slice (bucket, lower, changes, differences, unsettled)
    SELECT name, '', 0, 0, 0 FROM index.bucket
    WHERE name = :bucket AND NOT EXISTS (SELECT FROM index.slice WHERE slice.bucket = bucket.name)
    ON CONFLICT DO NOTHING
""")

# One row at a time, so that tasks do not wait for one another. Of slices that are wanted whatever the budget is, the first of each bucket
# come first, so that small buckets never wait for large ones, and large ones take turns.
_CLAIM = text(f"""
    UPDATE index.slice SET lease = :lease, leased_until = now() + make_interval(secs => {LEASE_SECONDS})
    WHERE (bucket, lower) = (
        SELECT bucket, lower
        FROM (
            SELECT *, extract(epoch FROM now() - compared_at)
                * CASE WHEN changes > 0 OR differences > 0 THEN {_BUSY_WEIGHT} ELSE 1 END AS age,
                compared_at IS NULL OR requested_at > compared_at AS is_wanted
            FROM index.slice
        ) AS slice
        WHERE (leased_until IS NULL OR leased_until < now())
            AND bucket <> ALL (ARRAY(SELECT bucket FROM index.inventory WHERE is_awaited))
            AND (CAST(:bucket AS text) IS NULL OR bucket = :bucket)
            AND (is_wanted OR (:within_budget AND (suspected_at > compared_at OR age >= CASE
                WHEN changes = 0 AND differences = 0 AND bucket = ANY (ARRAY(
                    SELECT bucket FROM index.inventory WHERE reported_at > now() - make_interval(secs => {REPORTED_SECONDS})
                )) THEN {REPORTED_SECONDS} ELSE :seconds END
            )))
        ORDER BY is_wanted = :wanted_first DESC, is_wanted AND lower = '' DESC, CASE WHEN is_wanted THEN random() END,
            suspected_at > compared_at DESC NULLS LAST, age DESC, bucket, lower
        LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING bucket, lower, upper, clock_timestamp() AS began, compared_at, requested_at
""")  # noqa: S608 – made of constants

_EXTEND = text(f"""
    UPDATE index.slice SET leased_until = now() + make_interval(secs => {LEASE_SECONDS})
    WHERE bucket = :bucket AND lower = :lower AND lease = :lease
""")  # noqa: S608 – made of constants

_PUT_OFF = text("""
    UPDATE index.slice SET lease = NULL, leased_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE bucket = :bucket AND lower = :lower AND lease = :lease
""")

_SPLIT = text("""
    WITH part AS (
        UPDATE index.slice SET upper = :at WHERE bucket = :bucket AND lower = :lower AND lease = :lease
        RETURNING bucket, compared_at, suspected_at
    )
    INSERT INTO index.slice (bucket, lower, upper, compared_at, suspected_at, requested_at)
    SELECT bucket, :at, :upper, compared_at, suspected_at, now() FROM part
""")

_FINISH = text("""
    UPDATE index.slice SET
        compared_at = :began, lease = NULL, leased_until = NULL, changes = 0, differences = :differences, unsettled = :unsettled,
        listed_objects = :listed_objects, listed_objects_digest = :listed_objects_digest,
        listed_pointers = :listed_pointers, listed_pointers_digest = :listed_pointers_digest,
        listed_manifests = :listed_manifests, listed_manifests_digest = :listed_manifests_digest,
        indexed_objects = :indexed_objects, indexed_objects_digest = :indexed_objects_digest,
        indexed_pointers = :indexed_pointers, indexed_pointers_digest = :indexed_pointers_digest,
        indexed_manifests = :indexed_manifests, indexed_manifests_digest = :indexed_manifests_digest
    WHERE bucket = :bucket AND lower = :lower AND lease = :lease
    RETURNING bucket
""")

# Both are smaller than the limit together, and nobody is comparing the other one.
_SUMMED = [
    "changes",
    "differences",
    "unsettled",
    *(f"{side}_{kind}" for side in ("listed", "indexed") for kind in ("objects", "pointers", "manifests")),
]
_DIGESTS = [f"{side}_{kind}_digest" for side in ("listed", "indexed") for kind in ("objects", "pointers", "manifests")]


def _sum_of_digests(name: str) -> str:
    """The sum as a signed number of 64 bits, as `indexer.digests.signed` has it."""
    total = f"slice.{name}::numeric + following.{name} + {(1 << 64) + (1 << 63)}"
    return f"{name} = CAST(mod({total}, {1 << 64}) - {1 << 63} AS bigint)"


_MERGE = text(f"""
    WITH following AS (
        DELETE FROM index.slice WHERE bucket = :bucket AND lower = :upper
            AND (leased_until IS NULL OR leased_until < now())
            AND compared_at IS NOT NULL
            AND listed_objects + listed_pointers + listed_manifests <= :most
        RETURNING *
    )
    UPDATE index.slice SET
        upper = following.upper, compared_at = least(slice.compared_at, following.compared_at),
        suspected_at = greatest(slice.suspected_at, following.suspected_at),
        requested_at = greatest(slice.requested_at, following.requested_at),
        {", ".join(f"{name} = slice.{name} + following.{name}" for name in _SUMMED)},
        {", ".join(map(_sum_of_digests, _DIGESTS))}
    FROM following
    WHERE slice.bucket = :bucket AND slice.lower = :lower AND slice.upper = following.lower
""")  # noqa: S608 – made of constants

# The parts of a slice that is not compared may be wanted at once.
_DIVIDE = text("""
    WITH whole AS (
        DELETE FROM index.slice WHERE bucket = :bucket AND lower = '' AND upper IS NULL AND compared_at IS NULL AND lease IS NULL
        RETURNING bucket
    ), edges AS (
        SELECT DISTINCT key COLLATE "C" AS key FROM unnest(CAST(:keys AS text[]) || ARRAY['']) AS key
    )
    INSERT INTO index.slice (bucket, lower, upper, changes, differences, unsettled)
    SELECT bucket, key, lead(key) OVER (ORDER BY key), 0, 0, 0 FROM whole CROSS JOIN edges
""")

_NOTE_REPORTED = text("""
    UPDATE index.slice SET
        compared_at = :at, differences = 0, unsettled = 0,
        suspected_at = CASE WHEN :is_first THEN clock_timestamp() ELSE suspected_at END,
        listed_objects = :objects, listed_objects_digest = :objects_digest,
        listed_pointers = :pointers, listed_pointers_digest = :pointers_digest,
        listed_manifests = :manifests, listed_manifests_digest = :manifests_digest,
        indexed_objects = :objects, indexed_objects_digest = :objects_digest,
        indexed_pointers = :pointers, indexed_pointers_digest = :pointers_digest,
        indexed_manifests = :manifests, indexed_manifests_digest = :manifests_digest
    WHERE bucket = :bucket AND lower = :lower AND upper IS NOT DISTINCT FROM CAST(:upper AS text)
        AND (leased_until IS NULL OR leased_until < now()) AND (compared_at IS NULL OR compared_at < :at)
""")

_NOTE_PROGRESS = text("""
    UPDATE index.bucket SET scanned_at = slices.compared_up_to
    FROM (
        SELECT min(compared_at) AS compared_up_to, bool_and(compared_at IS NOT NULL) AS are_compared
        FROM index.slice WHERE bucket = :bucket
    ) AS slices
    WHERE name = :bucket AND are_compared AND scanned_at IS DISTINCT FROM compared_up_to
""")

_ADD_CHANGES = text("""
    UPDATE index.slice SET changes = changes + counted.number
    FROM (
        SELECT found.lower, count(*) AS number
        FROM unnest(CAST(:keys AS text[])) AS changed (key)
        CROSS JOIN LATERAL (
            SELECT lower FROM index.slice
            WHERE bucket = :bucket AND lower < changed.key COLLATE "C" ORDER BY lower DESC LIMIT 1
        ) AS found
        GROUP BY found.lower
    ) AS counted
    WHERE slice.bucket = :bucket AND slice.lower = counted.lower
""")


@dataclass(frozen=True, slots=True)
class ClaimedSlice:
    """A range of keys whose comparison has begun: those after `lower`, up to `upper` or the end."""

    bucket: str
    lower: str
    upper: str | None
    began: datetime
    """Time of the database before S3 is listed."""
    is_new: bool
    """It was never compared before."""
    is_requested: bool
    """Somebody asked for the comparison."""
    lease: str


@dataclass(frozen=True, slots=True)
class SliceProgress:
    slices: int
    comparing: int
    """Slices that are being compared because they never were, or because it was asked for."""


class SliceStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_first(self, bucket: str) -> None:
        """Give a bucket without slices one for all keys."""
        await self._session.execute(_ADD_FIRST, {"bucket": bucket})

    async def claim(
        self, *, bucket: str | None, older_than_seconds: float, within_budget: bool, wanted_first: bool
    ) -> ClaimedSlice | None:
        """Claim the slice that is to be compared next, of one bucket or of any; None when no slice is due and free.

        Slices that were never compared, or for which a comparison was asked, are due whatever the budget is.
        """
        lease = uuid4().hex
        values = {
            "lease": lease,
            "bucket": bucket,
            "seconds": older_than_seconds,
            "within_budget": within_budget,
            "wanted_first": wanted_first,
        }
        row = (await self._session.execute(_CLAIM, values)).one_or_none()
        if row is None:
            return None
        is_new = row.compared_at is None
        is_requested = not is_new and row.requested_at is not None and row.requested_at > row.compared_at
        return ClaimedSlice(row.bucket, row.lower, row.upper, row.began, is_new, is_requested, lease)

    async def extend(self, claimed: ClaimedSlice) -> None:
        await self._session.execute(_EXTEND, _of(claimed))

    async def put_off(self, claimed: ClaimedSlice, seconds: float) -> None:
        """Give the slice back. It is not claimed again before the time has passed."""
        await self._session.execute(_PUT_OFF, {**_of(claimed), "seconds": seconds})

    async def split(self, claimed: ClaimedSlice, at: str) -> None:
        """End the slice after the key `at`. The rest is a slice of its own, which is compared next."""
        await self._session.execute(_SPLIT, {**_of(claimed), "at": at, "upper": claimed.upper})

    async def finish(
        self, claimed: ClaimedSlice, listed: SliceDigests, indexed: SliceDigests, *, differences: int, unsettled: int
    ) -> bool:
        """Record what a comparison found; False if the lease was lost, and somebody else compares the slice."""
        values: dict[str, Any] = {"began": claimed.began, "differences": differences, "unsettled": unsettled}
        for side, tallies in (("listed", listed), ("indexed", indexed)):
            for kind in ("objects", "pointers", "manifests"):
                tally = getattr(tallies, kind)
                values |= {f"{side}_{kind}": tally.count, f"{side}_{kind}_digest": tally.digest}
        finished = await self._session.scalar(_FINISH, {**_of(claimed), **values})
        return finished is not None

    async def bounds(self, bucket: str) -> list[tuple[str, str | None]]:
        """The ranges of all slices, in S3's order."""
        query = text("SELECT lower, upper FROM index.slice WHERE bucket = :bucket ORDER BY lower")
        return [(row.lower, row.upper) for row in await self._session.execute(query, {"bucket": bucket})]

    async def divide(self, bucket: str, keys: Sequence[str]) -> None:
        """Divide a bucket of which nothing was compared at these keys."""
        await self._session.execute(_DIVIDE, {"bucket": bucket, "keys": list(keys)})

    async def note_reported(
        self, bucket: str, bounds: tuple[str, str | None], found: SliceDigests, reported_at: datetime, *, is_first: bool
    ) -> None:
        """Record that the index has of a slice what a report of S3 has. After a first one, S3 is listed soon as well."""
        lower, upper = bounds
        values: dict[str, Any] = {"bucket": bucket, "lower": lower, "upper": upper, "at": reported_at}
        for kind in ("objects", "pointers", "manifests"):
            tally = getattr(found, kind)
            values |= {kind: tally.count, f"{kind}_digest": tally.digest}
        await self._session.execute(_NOTE_REPORTED, {**values, "is_first": is_first})

    async def suspect_slice(self, bucket: str, lower: str) -> None:
        """Compare a slice with S3 soon, because a report differs from the index."""
        query = "UPDATE index.slice SET suspected_at = clock_timestamp() WHERE bucket = :bucket AND lower = :lower"
        await self._session.execute(text(query), {"bucket": bucket, "lower": lower})

    async def merge_following(self, claimed: ClaimedSlice, upper: str, most: int) -> None:
        """Join the slice with the one after it, if that has at most `most` keys and nobody compares it."""
        await self._session.execute(
            _MERGE, {"bucket": claimed.bucket, "lower": claimed.lower, "upper": upper, "most": most}
        )

    async def note_progress(self, bucket: str) -> None:
        """Note up to when the whole bucket has been compared."""
        await self._session.execute(_NOTE_PROGRESS, {"bucket": bucket})

    async def suspect(self) -> None:
        """Events may have been lost until now: compare soon what was compared earlier."""
        await self._session.execute(text("UPDATE index.slice SET suspected_at = clock_timestamp()"))

    async def request(self, bucket: str) -> None:
        """Compare all of a bucket now."""
        await self._session.execute(
            text("UPDATE index.slice SET requested_at = clock_timestamp() WHERE bucket = :bucket"), {"bucket": bucket}
        )

    async def progress(self, bucket: str) -> SliceProgress:
        query = """
            SELECT count(*) AS slices, count(*) FILTER (
                WHERE (compared_at IS NULL OR requested_at > compared_at) AND lease IS NOT NULL AND leased_until > now()
            ) AS comparing
            FROM index.slice WHERE bucket = :bucket
        """
        row = (await self._session.execute(text(query), {"bucket": bucket})).one()
        return SliceProgress(row.slices, row.comparing)

    async def add_changes(self, bucket: str, keys: Collection[str]) -> None:
        """Count changes of keys for their slices."""
        storable_keys = [key for key in keys if storable(key) == key]
        await self._session.execute(_ADD_CHANGES, {"bucket": bucket, "keys": storable_keys})

    async def oldest_comparison_seconds(self) -> float:
        """Seconds since the oldest comparison of a slice that was compared; 0 without one."""
        query = "SELECT extract(epoch FROM now() - min(compared_at)) FROM index.slice"
        return float(await self._session.scalar(text(query)) or 0)

    async def counts(self) -> tuple[int, int]:
        """Slices that were compared, and slices that never were."""
        query = "SELECT count(*) FILTER (WHERE compared_at IS NOT NULL) AS old, count(*) AS every FROM index.slice"
        row = (await self._session.execute(text(query))).one()
        return row.old, row.every - row.old


def _of(claimed: ClaimedSlice) -> dict[str, str]:
    return {"bucket": claimed.bucket, "lower": claimed.lower, "lease": claimed.lease}
