"""Reconciliation: compares S3's listing of a bucket with the index, and indexes what differs. It makes up for lost events."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.documents import DocumentStore
from indexer.db.locks import try_scan_lock
from indexer.db.manifests import ManifestStore
from indexer.db.packages import IndexedPackageStore
from indexer.db.unindexed_keys import UnindexedKeyStore
from indexer.services.key_indexer import KeyIndexer
from shared.aws.objects import BucketMissing, ListedObject, ObjectStore
from shared.concurrency import ordered_map
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.quilt.keys import LAYOUT_2, MANIFESTS, POINTERS, ObjectKey, classify

PAGE_SIZE = 2000
"""Rows of one page of the index."""
BATCH_KEYS = 50
"""Keys that are indexed together."""
MAX_CONCURRENT_BATCHES = 2
"""Batches of one bucket under way."""

log = structlog.get_logger()

FetchPage = Callable[[AsyncSession, str], Awaitable[list[ListedObject]]]


class ReconcileService:
    def __init__(self, sessions: Sessions, objects: ObjectStore, key_indexer: KeyIndexer) -> None:
        self._sessions = sessions
        self._objects = objects
        self._key_indexer = key_indexer

    async def reconcile_bucket(self, bucket: str) -> bool:
        """Compare a bucket with its index and index every difference; False when another process is doing so.

        Pointers come first and bring their manifests. Other manifests follow, then all other objects, and at last the keys that
        could not be indexed before: what was wrong with them may have been put right, or deleted.
        """
        async with transaction(self._sessions) as lock:
            if not await try_scan_lock(lock, bucket):
                return False
            began = datetime.now(UTC)
            differences = 0
            try:
                for keys in (
                    self._pointers(bucket),
                    self._manifests(bucket),
                    self._layout_2(bucket),
                    self._documents(bucket),
                    self._unindexed(bucket, began),
                ):
                    differences += await self._index(bucket, keys)
            except BucketMissing:
                log.warning("bucket_missing", bucket=bucket)
                return True
            async with transaction(self._sessions) as session:
                await IndexedBucketStore(session).mark_scanned(bucket, datetime.now(UTC))
            seconds = round((datetime.now(UTC) - began).total_seconds(), 2)
            log.info("bucket_reconciled", bucket=bucket, differences=differences, seconds=seconds)
            return True

    def _pointers(self, bucket: str) -> AsyncGenerator[str, None]:
        return self._under(
            bucket,
            POINTERS,
            lambda session, after: IndexedPackageStore(session).page_pointers(bucket, after=after, limit=PAGE_SIZE),
        )

    def _manifests(self, bucket: str) -> AsyncGenerator[str, None]:
        return self._under(
            bucket, MANIFESTS, lambda session, after: ManifestStore(session).page(bucket, after=after, limit=PAGE_SIZE)
        )

    def _layout_2(self, bucket: str) -> AsyncGenerator[str, None]:
        """In this layout a manifest is also the push. Manifests sort before tags."""
        return self._under(
            bucket,
            LAYOUT_2,
            lambda session, after: IndexedPackageStore(session).page_layout_2(bucket, after=after, limit=PAGE_SIZE),
        )

    async def _under(self, bucket: str, prefix: str, fetch: FetchPage) -> AsyncGenerator[str, None]:
        """Keys below a prefix that differ between S3 and the index. The index keeps no sizes there, so they are not compared."""
        listed = (
            replace(item, key=item.key.removeprefix(prefix), size=0)
            async for page in self._objects.list(bucket, prefix=prefix)
            for item in page
            if classify(item.key)
        )
        async for key in differences(listed, self._indexed(fetch)):
            yield prefix + key

    async def _documents(self, bucket: str) -> AsyncGenerator[str, None]:
        listed = (
            item
            async for page in self._objects.list(bucket)
            for item in page
            if isinstance(classify(item.key), ObjectKey)
        )
        indexed = self._indexed(
            lambda session, after: DocumentStore(session).page(bucket, after=after, limit=PAGE_SIZE)
        )
        async for key in differences(listed, indexed):
            yield key

    async def _unindexed(self, bucket: str, began: datetime) -> AsyncGenerator[str, None]:
        """Keys that could not be indexed, and that this scan has not tried."""
        after = ""
        while True:
            async with transaction(self._sessions) as session:
                page = await UnindexedKeyStore(session).page(bucket, after=after, tried_before=began, limit=PAGE_SIZE)
            for key in page:
                yield key
            if len(page) < PAGE_SIZE:
                return
            after = page[-1]

    async def _indexed(self, fetch: FetchPage) -> AsyncIterator[ListedObject]:
        after = ""
        while True:
            async with transaction(self._sessions) as session:
                page = await fetch(session, after)
            for item in page:
                yield item
            if len(page) < PAGE_SIZE:
                return
            after = page[-1].key

    async def _index(self, bucket: str, keys: AsyncGenerator[str, None]) -> int:
        """Index all keys, batch by batch, and return how many there were."""

        async def index_batch(batch: list[str]) -> int:
            await self._key_indexer.index_keys(bucket, batch)
            return len(batch)

        batches = ordered_map(MAX_CONCURRENT_BATCHES, index_batch, _batched(keys))
        async with aclosing(keys), aclosing(batches) as counts:
            return sum([count async for count in counts])


async def differences(
    listed: AsyncIterator[ListedObject], indexed: AsyncIterator[ListedObject]
) -> AsyncGenerator[str, None]:
    """Keys that only one side has, or that are not equal in both; both are sorted by key."""
    async for key, left, right in merge_sorted(listed, indexed):
        if left is None or right is None or _fingerprint(left) != _fingerprint(right):
            yield key


async def merge_sorted(
    left: AsyncIterator[ListedObject], right: AsyncIterator[ListedObject]
) -> AsyncGenerator[tuple[str, ListedObject | None, ListedObject | None], None]:
    """Each key of two sorted streams once and in order, with the object that either side has there."""
    first, second = await anext(left, None), await anext(right, None)
    while first or second:
        if first and (second is None or first.key < second.key):
            yield first.key, first, None
            first = await anext(left, None)
        elif second and (first is None or second.key < first.key):
            yield second.key, None, second
            second = await anext(right, None)
        elif first:
            yield first.key, first, second
            first, second = await anext(left, None), await anext(right, None)


async def _batched(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for key in keys:
        batch.append(key)
        if len(batch) == BATCH_KEYS:
            yield batch
            batch = []
    if batch:
        yield batch


def _fingerprint(item: ListedObject) -> tuple[int, str, int]:
    """Size, ETag, and the time in whole seconds: listings may give fractions that HEAD requests do not."""
    return item.size, item.etag, int(item.modified.timestamp())
