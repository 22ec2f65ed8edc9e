"""Reconciling: what events did not tell, a comparison of S3's listing with the index finds."""

import asyncio
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
from indexer.services.key_indexer import KeyIndexer
from shared.aws.objects import BucketMissing, ListedObject, ObjectStore
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.quilt.keys import LAYOUT_2, MANIFESTS, POINTERS, ObjectKey, classify

PAGE = 2000
LOOK_BATCH = 50
MAX_CONCURRENT_BATCHES = 2
"""Of one bucket."""

log = structlog.get_logger()

FetchPage = Callable[[AsyncSession, str], Awaitable[list[ListedObject]]]


class ReconcileService:
    def __init__(self, sessions: Sessions, objects: ObjectStore, key_indexer: KeyIndexer) -> None:
        self._sessions = sessions
        self._objects = objects
        self._key_indexer = key_indexer

    async def reconcile_bucket(self, bucket: str) -> bool:
        """Compare a bucket with its index and look at every difference; False when somebody else is at it.

        Pointers come first, and bring their manifests; then other manifests, then all else.
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
                    self._second_layout(bucket),
                    self._documents(bucket),
                ):
                    differences += await self._look_at(bucket, keys)
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
            lambda session, after: IndexedPackageStore(session).page_pointers(bucket, after=after, limit=PAGE),
        )

    def _manifests(self, bucket: str) -> AsyncGenerator[str, None]:
        return self._under(
            bucket, MANIFESTS, lambda session, after: ManifestStore(session).page(bucket, after=after, limit=PAGE)
        )

    def _second_layout(self, bucket: str) -> AsyncGenerator[str, None]:
        """Manifests and pushes are the same thing there, and come before the tags."""
        return self._under(
            bucket,
            LAYOUT_2,
            lambda session, after: IndexedPackageStore(session).page_second(bucket, after=after, limit=PAGE),
        )

    async def _under(self, bucket: str, prefix: str, fetch: FetchPage) -> AsyncGenerator[str, None]:
        """Keys below a prefix that S3 and the index see differently; sizes do not count there."""
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
        indexed = self._indexed(lambda session, after: DocumentStore(session).page(bucket, after=after, limit=PAGE))
        async for key in differences(listed, indexed):
            yield key

    async def _indexed(self, fetch: FetchPage) -> AsyncIterator[ListedObject]:
        after = ""
        while True:
            async with transaction(self._sessions) as session:
                page = await fetch(session, after)
            for item in page:
                yield item
            if len(page) < PAGE:
                return
            after = page[-1].key

    async def _look_at(self, bucket: str, keys: AsyncGenerator[str, None]) -> int:
        """Look at all keys, some at a time, and return how many there were."""
        count = 0
        slots = asyncio.Semaphore(MAX_CONCURRENT_BATCHES)

        async def look(batch: list[str]) -> None:
            try:
                await self._key_indexer.index_keys(bucket, batch)
            finally:
                slots.release()

        try:
            async with aclosing(keys), asyncio.TaskGroup() as group:
                batch: list[str] = []
                async for key in keys:
                    count += 1
                    batch.append(key)
                    if len(batch) == LOOK_BATCH:
                        await slots.acquire()
                        group.create_task(look(batch))
                        batch = []
                if batch:
                    await slots.acquire()
                    group.create_task(look(batch))
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return count


async def differences(
    listed: AsyncIterator[ListedObject], indexed: AsyncIterator[ListedObject]
) -> AsyncGenerator[str, None]:
    """Keys that are in one only, or not equal in both; both are sorted by key."""
    left, right = await anext(listed, None), await anext(indexed, None)
    while left or right:
        key = min(item.key for item in (left, right) if item)
        here, there = left and left.key == key, right and right.key == key
        if not (left and right and here and there and _stamp(left) == _stamp(right)):
            yield key
        left = await anext(listed, None) if here else left
        right = await anext(indexed, None) if there else right


def _stamp(item: ListedObject) -> tuple[int, str, int]:
    """Listings may know parts of seconds that heads do not."""
    return item.size, item.etag, int(item.modified.timestamp())
