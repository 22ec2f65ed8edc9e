"""Reconciliation: compares S3's listing of a bucket with the index, and indexes what differs. It makes up for lost events.

A bucket is compared by slices, ranges of about SLICE_KEYS keys. Tasks claim them for a while, so several work on one bucket. S3 is
listed outside of transactions. A slice whose count and digest are those of the index is done. A few keys that differ are read, as
events are; many are written from the listing at once, and read later (`unread_objects`).
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf
from operator import attrgetter
from typing import TypeVar

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.content_rules import ContentRulesStore
from indexer.db.delete_markers import DeleteMarkerStore
from indexer.db.documents import DocumentStore
from indexer.db.locks import lock_keys
from indexer.db.manifests import ManifestStore
from indexer.db.packages import IndexedPackageStore
from indexer.db.removed_keys import RemovedKeyStore
from indexer.db.request_budgets import RequestBudget, RequestBudgetStore
from indexer.db.slices import LEASE_SECONDS, ClaimedSlice, SliceStore
from indexer.db.unindexed_keys import UnindexedKeyStore
from indexer.digests import SliceDigests, tally_objects, tally_state
from indexer.services.key_indexer import KeyIndexer
from indexer.text_extraction import storable
from shared.aws.delete_markers import DeleteMarker, DeleteMarkerPage, DeleteMarkers
from shared.aws.objects import BucketMissing, ListedObject, ObjectStore, Throttled
from shared.concurrency import bounded_gather, ordered_map
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.quilt.keys import POINTERS, ManifestKey, ObjectKey, classify
from shared.runtime import supervised

SLICE_KEYS = 10_000
"""Keys of a new slice. One with more than half as many again is split; two neighbours with three quarters together become one."""
MAX_CONCURRENT_SLICES = 2
"""Slices that are compared at once."""
MAX_SLICES_TOGETHER = 20
"""Slices that are compared before the worker looks for new buckets and requests again."""
MAX_KEYS_TO_READ = 200
"""Differing objects of a slice that are read at once; more are written from the listing first."""
BATCH_KEYS = 50
"""Keys that are read and indexed together."""
BATCH_LISTED = 250
"""Objects of a listing that are written together. Each has a lock in Postgres until then, and its memory for locks is bounded."""
MAX_CONCURRENT_BATCHES = 2
"""Batches of one slice under way."""
PUT_OFF_SECONDS = 300
"""Time until a slice that could not be compared is tried again."""
_STATE = POINTERS.partition("/")[0] + "/"
"""Prefix of all pointers and manifests."""
_STATE_END = _STATE.removesuffix("/") + "0"
"""The first key after all of them: `0` follows `/`."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SortedObjects:
    """Objects of a slice by kind, in order of key."""

    objects: list[ListedObject] = field(default_factory=list)
    pointers: list[ListedObject] = field(default_factory=list)
    manifests: list[ListedObject] = field(default_factory=list)

    @classmethod
    def of(cls, listed: Iterable[ListedObject]) -> "SortedObjects":
        found = cls()
        for each in listed:
            match classify(each.key):
                case None:
                    continue
                case ObjectKey(_):
                    found.objects.append(each)
                case ManifestKey():
                    found.manifests.append(each)
                case _:
                    found.pointers.append(each)
        return found

    def tally(self) -> SliceDigests:
        return SliceDigests(tally_objects(self.objects), tally_state(self.pointers), tally_state(self.manifests))


class ReconcileService:
    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        key_indexer: KeyIndexer,
        *,
        interval_seconds: float,
        max_list_requests_a_day: int,
        markers: DeleteMarkers | None = None,
        slice_keys: int = SLICE_KEYS,
    ) -> None:
        """`interval_seconds`: how long after its last comparison a slice is compared again, if the requests suffice."""
        self._sessions = sessions
        self._objects = objects
        self._key_indexer = key_indexer
        self._markers = markers
        self._interval_seconds = interval_seconds
        self._slice_keys = slice_keys
        self._budget = RequestBudget("list", max_list_requests_a_day)
        self.requests = 0
        """Listing requests that this process has made."""

    async def reconcile_bucket(self, bucket: str) -> bool:
        """Compare all of a bucket now; False when another task still compares a part of it."""
        await self.request(bucket)
        await self._compare_until_done(bucket)
        async with transaction(self._sessions) as session:
            return (await SliceStore(session).progress(bucket)).comparing == 0

    async def cover(self, *buckets: str) -> None:
        """Begin to compare buckets that were never compared."""
        for bucket in sorted(buckets):
            async with transaction(self._sessions) as session:
                await SliceStore(session).add_first(bucket)

    async def request(self, *buckets: str) -> None:
        """Ask for a comparison of whole buckets, which any task may do."""
        await self.cover(*buckets)
        for bucket in sorted(buckets):
            async with transaction(self._sessions) as session:
                await SliceStore(session).request(bucket)

    async def suspect(self) -> None:
        """Events may have been lost until now: compare soon what was compared earlier."""
        async with transaction(self._sessions) as session:
            await SliceStore(session).suspect()

    async def reconcile_due(self) -> int:
        """Compare slices that are due, at most MAX_SLICES_TOGETHER, and return how many. Raises Unavailable."""
        return await self._compare_until_done(None, MAX_SLICES_TOGETHER)

    async def forget_removals(self) -> None:
        """Forget removals that no listing under way can contradict any more."""
        async with transaction(self._sessions) as session:
            await RemovedKeyStore(session).forget()

    async def note_changes(self, changes: Mapping[str, Sequence[str]]) -> None:
        """Count changes by events, keys by bucket, for the slices that they are in."""
        for bucket, keys in sorted(changes.items()):
            async with transaction(self._sessions) as session:
                await SliceStore(session).add_changes(bucket, keys)

    async def _compare_until_done(self, bucket: str | None, limit: float = inf) -> int:
        async def work(number: int) -> int:
            # A bucket that is indexed for the first time must not keep the others from being compared.
            wanted_first = number % 2 == 0
            done = 0
            while done < limit / MAX_CONCURRENT_SLICES and (
                claimed := await self._claim(bucket, wanted_first=wanted_first)
            ):
                await self._compare_claimed(claimed)
                done += 1
            return done

        return sum(await bounded_gather(MAX_CONCURRENT_SLICES, work, range(MAX_CONCURRENT_SLICES)))

    async def _claim(self, bucket: str | None, *, wanted_first: bool) -> ClaimedSlice | None:
        async with transaction(self._sessions) as session:
            within_budget = bucket is None and await RequestBudgetStore(session).available(self._budget) > 0
            return await SliceStore(session).claim(
                bucket=bucket,
                older_than_seconds=self._interval_seconds,
                within_budget=within_budget,
                wanted_first=wanted_first,
            )

    async def _compare_claimed(self, claimed: ClaimedSlice) -> None:
        """Compare a slice. Raises Unavailable in an outage; after any other error the slice is tried again later."""

        async def extend_lease() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 5)
                async with transaction(self._sessions) as session:
                    await SliceStore(session).extend(claimed)

        try:
            async with supervised(extend_lease):
                await self._compare(claimed)
        except Throttled:
            await self._put_off(claimed, 0)
            raise
        except Unavailable as error:
            try:
                await self._objects.ping()
            except Unavailable:
                await self._put_off(claimed, 0)
                raise
            # One bucket that does not answer must not keep the others from being compared.
            log.warning("slice_not_compared", bucket=claimed.bucket, lower=claimed.lower, reason=str(error))
            await self._put_off(claimed, PUT_OFF_SECONDS)
        except asyncio.CancelledError:
            with suppress(Unavailable):  # the lease ends by itself
                await self._put_off(claimed, 0)
            raise
        except BucketMissing:
            log.warning("bucket_missing", bucket=claimed.bucket)
            await self._put_off(claimed, PUT_OFF_SECONDS)
        except AppError as error:
            log.warning("slice_not_compared", bucket=claimed.bucket, lower=claimed.lower, reason=str(error))
            await self._put_off(claimed, PUT_OFF_SECONDS)
        except Exception:
            log.exception("slice_not_compared", bucket=claimed.bucket, lower=claimed.lower)
            await self._put_off(claimed, PUT_OFF_SECONDS)

    async def _put_off(self, claimed: ClaimedSlice, seconds: float) -> None:
        async with transaction(self._sessions) as session:
            await SliceStore(session).put_off(claimed, seconds)

    async def _compare(self, claimed: ClaimedSlice) -> None:
        listed, upper = await self._list(claimed)
        async with transaction(self._sessions) as session:
            indexed = await tally_index(session, claimed.bucket, claimed.lower, upper)
            unindexed = await UnindexedKeyStore(session).range(claimed.bucket, claimed.lower, upper)
        found = await asyncio.to_thread(listed.tally)
        differing = unsettled = 0
        are_many_gone = indexed.objects.count - found.objects.count > MAX_KEYS_TO_READ
        if found != indexed or unindexed:
            differing, unsettled = await self._index_differences(claimed, upper, listed, unindexed)
            async with transaction(self._sessions) as session:
                indexed = await tally_index(session, claimed.bucket, claimed.lower, upper)
        if claimed.is_new or claimed.is_requested or are_many_gone:
            await self._compare_delete_markers(claimed, upper)
        async with transaction(self._sessions) as session:
            slices = SliceStore(session)
            lost = 0 if claimed.is_new else differing  # what a first comparison finds was not lost
            if not await slices.finish(claimed, found, indexed, differences=lost, unsettled=unsettled):
                return
            room = self._slice_keys * 3 // 4 - _size(listed)
            if upper is not None and room >= 0:
                await slices.merge_following(claimed, upper, room)
            await slices.note_progress(claimed.bucket)
        seconds = round((datetime.now(UTC) - claimed.began).total_seconds(), 2)
        log.info(
            "slice_compared",
            bucket=claimed.bucket,
            lower=claimed.lower,
            keys=_size(listed),
            differences=differing,
            seconds=seconds,
        )

    async def _list(self, claimed: ClaimedSlice) -> tuple[SortedObjects, str | None]:
        """S3's listing of a slice, and the end of it. A slice with too many keys is split: the rest is for the next comparison."""
        listed: list[ListedObject] = []
        limit = self._slice_keys if claimed.upper is None else self._slice_keys * 3 // 2
        requests = 0
        try:
            async for page in self._objects.list(claimed.bucket, after=claimed.lower):
                requests += 1
                listed += page
                if len(listed) > limit or (claimed.upper is not None and page and page[-1].key >= claimed.upper):
                    break
        finally:
            await self._charge(max(requests, 1))
        upper = claimed.upper
        if upper is not None:
            listed = [each for each in listed if each.key <= upper]
        if len(listed) > limit:
            at = next(
                (each.key for each in reversed(listed[: self._slice_keys]) if storable(each.key) == each.key), None
            )
            if at is not None:
                async with transaction(self._sessions) as session:
                    await SliceStore(session).split(claimed, at)
                listed, upper = [each for each in listed if each.key <= at], at
        return await asyncio.to_thread(SortedObjects.of, listed), upper

    async def _compare_delete_markers(self, claimed: ClaimedSlice, upper: str | None) -> None:
        """Write the delete markers of a slice, page by page. Only events and this find objects that were deleted."""
        bucket, markers = claimed.bucket, self._markers
        if markers is None or not await markers.keeps_versions(bucket):
            return
        lower, requests = claimed.lower, 0
        try:
            async with aclosing(_pages(markers, bucket, lower)) as pages:
                async for page in pages:
                    requests += 1
                    end = page.upper if upper is None else min(page.upper, upper)
                    found = {each.key: each for each in page.markers if each.key <= end and _is_document(each.key)}
                    await self._write_delete_markers(claimed, lower, end, found)
                    lower = end
                    if end == upper:
                        return
            # A page with nothing after it: what the index has from here on is no longer there.
            await self._write_delete_markers(claimed, lower, upper, {})
        finally:
            await self._charge(max(requests, 1))

    async def _write_delete_markers(
        self, claimed: ClaimedSlice, lower: str, upper: str | None, found: Mapping[str, DeleteMarker]
    ) -> None:
        bucket = claimed.bucket
        async with transaction(self._sessions) as session:
            known = await DeleteMarkerStore(session).range(bucket, lower, upper)
        new = [each for each in found.values() if known.get(each.key) != each.version_id]
        for batch in batches([*(each.key for each in new), *(known.keys() - found.keys())], BATCH_LISTED):
            async with transaction(self._sessions) as session:
                await lock_keys(session, bucket, batch)
                if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                    return
                store = DeleteMarkerStore(session)
                await store.put_listed(bucket, [found[key] for key in batch if key in found], claimed.began)
                await store.remove_unlisted(bucket, [key for key in batch if key not in found], claimed.began)

    async def _charge(self, requests: int) -> None:
        self.requests += requests
        async with transaction(self._sessions) as session:
            await RequestBudgetStore(session).charge(self._budget, requests)

    async def _indexed(self, session: AsyncSession, bucket: str, lower: str, upper: str | None) -> SortedObjects:
        """Objects, pointers and manifests of a slice in the index."""
        objects = await DocumentStore(session).range(bucket, lower, upper)
        if not _has_state(lower, upper):
            return SortedObjects(objects)
        return SortedObjects(
            objects,
            await IndexedPackageStore(session).range(bucket, lower, upper),
            await ManifestStore(session).range(bucket, lower, upper),
        )

    async def _index_differences(
        self, claimed: ClaimedSlice, upper: str | None, listed: SortedObjects, unindexed: Sequence[str]
    ) -> tuple[int, int]:
        """Index the keys that differ, and return how many there were, and how many of them could not be indexed.

        Pointers come first and bring their manifests. Other manifests follow, then all other objects, and with them the keys that
        could not be indexed before: what was wrong with them may have been put right, or deleted.
        """
        bucket, lower = claimed.bucket, claimed.lower
        async with transaction(self._sessions) as session:
            there = await self._indexed(session, bucket, lower, upper)
        objects, state = await asyncio.to_thread(_differences_of, listed, there)
        again = set(unindexed)
        to_read = [each.key for each in state]
        to_read += sorted(again.difference(to_read))
        if len(objects) <= MAX_KEYS_TO_READ:
            to_read += [each.key for each in objects if each.key not in again]
        else:
            present = {each.key for each in listed.objects}
            await self._write(
                claimed,
                [each for each in objects if each.key in present and each.key not in again],
                [each.key for each in objects if each.key not in present and each.key not in again],
            )
        return len(objects) + len(state), await self._read(bucket, to_read)

    async def _read(self, bucket: str, keys: Sequence[str]) -> int:
        """Index keys, batch by batch, and return how many could not be indexed."""

        async def index_batch(batch: list[str]) -> int:
            return len(await self._key_indexer.index_keys(bucket, batch))

        async with aclosing(ordered_map(MAX_CONCURRENT_BATCHES, index_batch, batches(keys, BATCH_KEYS))) as failures:
            return sum([count async for count in failures])

    async def _write(self, claimed: ClaimedSlice, listed: Sequence[ListedObject], gone: Sequence[str]) -> None:
        """Write documents from the listing, and remove those that it lacks."""
        bucket = claimed.bucket

        async def write(batch: list[ListedObject]) -> None:
            async with transaction(self._sessions) as session:
                await lock_keys(session, bucket, [each.key for each in batch])
                if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                    return
                rules = await ContentRulesStore(session).find(bucket)
                await DocumentStore(session).put_listed(bucket, batch, rules, claimed.began)
                await DeleteMarkerStore(session).remove_unlisted(bucket, [each.key for each in batch], claimed.began)

        async def remove(batch: list[str]) -> None:
            async with transaction(self._sessions) as session:
                await lock_keys(session, bucket, batch)
                await DocumentStore(session).remove_unlisted(bucket, batch, claimed.began)

        await bounded_gather(MAX_CONCURRENT_BATCHES, write, batches(listed, BATCH_LISTED))
        await bounded_gather(MAX_CONCURRENT_BATCHES, remove, batches(gone, BATCH_LISTED))


def _differences_of(listed: SortedObjects, there: SortedObjects) -> tuple[list[ListedObject], list[ListedObject]]:
    """Objects that differ, and pointers and manifests that differ."""
    return differences(listed.objects, there.objects), [
        *differences([replace(each, size=0) for each in listed.pointers], there.pointers),
        *differences([replace(each, size=0) for each in listed.manifests], there.manifests),
    ]


async def tally_index(session: AsyncSession, bucket: str, lower: str, upper: str | None) -> SliceDigests:
    """Counts and digests of a slice in the index."""
    objects = await DocumentStore(session).tally(bucket, lower, upper)
    if not _has_state(lower, upper):
        return SliceDigests(objects)
    pointers = await IndexedPackageStore(session).range(bucket, lower, upper)
    manifests = await ManifestStore(session).range(bucket, lower, upper)
    return SliceDigests(
        objects, await asyncio.to_thread(tally_state, pointers), await asyncio.to_thread(tally_state, manifests)
    )


def differences(listed: Sequence[ListedObject], indexed: Sequence[ListedObject]) -> list[ListedObject]:
    """Objects that only one side has, or that are not equal in both, in order of key; as they are in the listing, if they are there."""
    there = {each.key: each for each in indexed}
    changed = [each for each in listed if not _are_equal(each, there.pop(each.key, None))]
    return sorted([*changed, *there.values()], key=attrgetter("key"))


def _are_equal(listed: ListedObject, indexed: ListedObject | None) -> bool:
    """Times are compared in whole seconds: listings may give fractions that HEAD requests do not."""
    return indexed is not None and (listed.size, listed.etag, int(listed.modified.timestamp())) == (
        indexed.size,
        indexed.etag,
        int(indexed.modified.timestamp()),
    )


async def _pages(markers: DeleteMarkers, bucket: str, after: str) -> AsyncGenerator[DeleteMarkerPage, None]:
    async for page in markers.list_delete_markers(bucket, after=after):
        yield page


def _is_document(key: str) -> bool:
    return isinstance(classify(key), ObjectKey)


def _size(found: SortedObjects) -> int:
    return len(found.objects) + len(found.pointers) + len(found.manifests)


def _has_state(lower: str, upper: str | None) -> bool:
    """The range may contain pointers or manifests."""
    return (not lower or lower < _STATE_END) and (upper is None or upper > _STATE)


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    return (list(items[start : start + size]) for start in range(0, len(items), size))
