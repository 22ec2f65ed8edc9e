"""The buckets that the index covers, which are the registered ones."""

import asyncio
import time

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.locks import try_scan_lock
from indexer.errors import BucketUnknown
from shared.clients.registry import BucketSource
from shared.db.engine import Sessions, transaction
from shared.schemas.index import BucketStatus

ASK_AGAIN_SECONDS = 2.0
"""Shortest time between questions to the registry because of an unknown bucket."""

log = structlog.get_logger()


class IndexedBucketService:
    def __init__(self, sessions: Sessions, registry: BucketSource) -> None:
        self._sessions = sessions
        self._registry = registry
        self._registered: frozenset[str] = frozenset()
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def sync_registered(self) -> frozenset[str]:
        """Cover the buckets that are registered now, remove all others from the index, and return their names."""
        async with self._asking:
            # Read before the registry is asked, so that a bucket that another indexer adds in between is not removed.
            async with transaction(self._sessions) as session:
                covered = await IndexedBucketStore(session).names()
            registered = frozenset(bucket.name for bucket in await self._registry.buckets())
            async with transaction(self._sessions) as session:
                await IndexedBucketStore(session).add(registered - covered)
            for name in sorted(covered - registered):
                async with transaction(self._sessions) as session:
                    await IndexedBucketStore(session).remove(name)
                log.info("bucket_forgotten", bucket=name)
            self._registered = registered
            self._asked = time.monotonic()
            return registered

    async def is_registered(self, name: str) -> bool:
        """Asks the registry about a name that was not registered before; raises Unavailable."""
        if name not in self._registered and time.monotonic() - self._asked > ASK_AGAIN_SECONDS:
            await self.sync_registered()
        return name in self._registered

    async def require_registered(self, name: str) -> None:
        if not await self.is_registered(name):
            raise BucketUnknown(name)

    async def status(self, name: str) -> BucketStatus:
        async with transaction(self._sessions) as session:
            scanning = not await try_scan_lock(session, name)
            found = await IndexedBucketStore(session).find_status(name, scanning=scanning)
        if found is None:
            raise BucketUnknown(name)
        return found
