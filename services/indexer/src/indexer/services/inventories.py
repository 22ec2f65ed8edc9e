"""Comparison of the index with reports of S3 Inventory, which costs no listing.

The rows of a report come in no order. Digests are sums, so one pass over them gives that of each slice. A slice that differs is
listed, because the report is hours or days old. The first report on a bucket is written to the index before it is compared.
"""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from zlib import crc32

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.content_rules import ContentRulesStore
from indexer.db.delete_markers import DeleteMarkerStore
from indexer.db.documents import DocumentStore
from indexer.db.inventories import LEASE_SECONDS, ClaimedInventory, InventoryStore
from indexer.db.locks import lock_keys
from indexer.db.slices import SliceStore
from indexer.db.unindexed_keys import UnindexedKeyStore
from indexer.digests import SliceDigests
from indexer.services.inventory_reports import InventoryReader, InventoryReport, InventoryUnreadable, ReportedObjects
from indexer.services.key_indexer import KeyIndexer
from indexer.services.reconcile import BATCH_KEYS, BATCH_LISTED, SLICE_KEYS, SortedObjects, batches, tally_index
from indexer.text_extraction import storable
from shared.aws.delete_markers import DeleteMarker
from shared.aws.objects import ListedObject
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.quilt.keys import ObjectKey, classify
from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.runtime import supervised
from shared.sandbox.errors import SandboxFailed

LOOK_SECONDS = 600.0
"""Time between looks for a newer report."""
_MAX_REPORT_AGE = timedelta(days=30)

log = structlog.get_logger()


class InventoryService:
    def __init__(
        self, sessions: Sessions, reader: InventoryReader, key_indexer: KeyIndexer, *, slice_keys: int = SLICE_KEYS
    ) -> None:
        self._sessions = sessions
        self._reader = reader
        self._key_indexer = key_indexer
        self._slice_keys = slice_keys

    async def compare_due(self) -> int:
        """Compare buckets with reports that are new, and return how many folders were looked at. Raises Unavailable."""
        looked = 0
        while claimed := await self._claim():
            await self._compare_claimed(claimed)
            looked += 1
        return looked

    async def _claim(self) -> ClaimedInventory | None:
        async with transaction(self._sessions) as session:
            return await InventoryStore(session).claim(LOOK_SECONDS)

    async def _compare_claimed(self, claimed: ClaimedInventory) -> None:
        async def extend_lease() -> None:
            while True:
                await asyncio.sleep(LEASE_SECONDS / 5)
                async with transaction(self._sessions) as session:
                    await InventoryStore(session).extend(claimed.bucket)

        try:
            async with supervised(extend_lease):
                report = await self._reader.find_newest(claimed.url, claimed.bucket, claimed.report)
                if report:
                    await self._compare(claimed, report)
        except Unavailable:
            await self._release(claimed)
            raise
        except (InventoryUnreadable, UnreadableFile, NoSuchReader, SandboxFailed, AppError) as error:
            log.warning("inventory_not_read", bucket=claimed.bucket, reason=str(error))
            async with transaction(self._sessions) as session:
                await InventoryStore(session).fail(claimed, str(error))
            return
        except BaseException:
            with suppress(Unavailable):  # the lease ends by itself
                await self._release(claimed)
            raise
        async with transaction(self._sessions) as session:
            key, began = (report.key, report.began) if report else (None, None)
            await InventoryStore(session).finish(claimed, key, began)

    async def _release(self, claimed: ClaimedInventory) -> None:
        async with transaction(self._sessions) as session:
            await InventoryStore(session).release(claimed.bucket)

    async def _compare(self, claimed: ClaimedInventory, report: InventoryReport) -> None:
        bucket = claimed.bucket
        if claimed.is_awaited:
            edges = await self._write(bucket, report)
            async with transaction(self._sessions) as session:
                await SliceStore(session).add_first(bucket)
                await SliceStore(session).divide(bucket, edges)
        async with transaction(self._sessions) as session:
            slices = await SliceStore(session).bounds(bucket)
        found = await self._tally(report, [lower for lower, _ in slices])
        equal = 0
        for (lower, upper), listed in zip(slices, found, strict=True):
            async with transaction(self._sessions) as session:
                store = SliceStore(session)
                is_equal = listed == await tally_index(session, bucket, lower, upper)
                if is_equal and not await UnindexedKeyStore(session).range(bucket, lower, upper):
                    bounds = lower, upper
                    await store.note_reported(bucket, bounds, listed, report.began, is_first=claimed.is_awaited)
                    equal += 1
                elif not claimed.is_awaited:
                    await store.suspect_slice(bucket, lower)
        async with transaction(self._sessions) as session:
            await SliceStore(session).note_progress(bucket)
        log.info("inventory_compared", bucket=bucket, report=report.key, slices=len(slices), equal=equal)

    async def _tally(self, report: InventoryReport, lowers: Sequence[str]) -> list[SliceDigests]:
        """Counts and digests of the report's objects by slice. A slice begins after its lower key."""

        def add(rows: ReportedObjects) -> None:
            parts: dict[int, list[ListedObject]] = defaultdict(list)
            for each in rows.objects:
                parts[bisect_left(lowers, each.key) - 1].append(each)
            for at, some in parts.items():
                found[at] += SortedObjects.of(some).tally()

        found = [SliceDigests() for _ in lowers]
        async with aclosing(self._reader.read(report)) as read:
            async for rows in read:
                await asyncio.to_thread(add, rows)
        return found

    async def _write(self, bucket: str, report: InventoryReport) -> list[str]:
        """Write what a report has and the index lacks. Returns keys at which the bucket can be divided into slices."""
        edges: list[str] = []
        async with aclosing(self._reader.read(report)) as read:
            async for rows in read:
                listed = await asyncio.to_thread(SortedObjects.of, rows.objects)
                for batch in batches(listed.objects, BATCH_LISTED):
                    await self._write_objects(bucket, batch, report)
                markers = [each for each in rows.markers if isinstance(classify(each.key), ObjectKey)]
                for some in batches(markers, BATCH_LISTED):
                    await self._write_delete_markers(bucket, some, report)
                state = [each.key for each in (*listed.manifests, *listed.pointers)]
                for keys in batches(state, BATCH_KEYS):
                    await self._key_indexer.index_keys(bucket, keys)
                # Keys with a certain checksum are about as far from each other as slices are long, whatever their order.
                edges += await asyncio.to_thread(self._find_edges, rows.objects)
        return edges

    def _find_edges(self, objects: Sequence[ListedObject]) -> list[str]:
        return [each.key for each in objects if self._is_edge(each.key)]

    def _is_edge(self, key: str) -> bool:
        encoded = key.encode("utf-8", "surrogatepass")
        return crc32(encoded) % self._slice_keys == 0 and storable(key) == key

    async def _write_objects(self, bucket: str, batch: list[ListedObject], report: InventoryReport) -> None:
        async with transaction(self._sessions) as session:
            await lock_keys(session, bucket, [each.key for each in batch])
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return
            rules = await ContentRulesStore(session).find(bucket)
            await DocumentStore(session).put_listed(bucket, batch, rules, report.began, max_age=_MAX_REPORT_AGE)

    async def _write_delete_markers(self, bucket: str, batch: list[DeleteMarker], report: InventoryReport) -> None:
        async with transaction(self._sessions) as session:
            await lock_keys(session, bucket, [each.key for each in batch])
            if await IndexedBucketStore(session).lock_if_indexed(bucket):
                markers = DeleteMarkerStore(session)
                await markers.put_listed(bucket, batch, report.began, max_age=_MAX_REPORT_AGE)
