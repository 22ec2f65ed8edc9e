"""Which buckets the index covers: those registered."""

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

log = structlog.get_logger()


class IndexedBucketService:
    def __init__(self, sessions: Sessions, registry: BucketSource) -> None:
        self._sessions = sessions
        self._registry = registry
        self._known: frozenset[str] = frozenset()
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def follow(self) -> frozenset[str]:
        """Cover the buckets that are registered now, and forget all others."""
        async with self._asking:
            # Before asking: what another indexer adds meanwhile is no reason to forget it.
            async with transaction(self._sessions) as session:
                covered = await IndexedBucketStore(session).names()
            registered = frozenset(bucket.name for bucket in await self._registry.buckets())
            async with transaction(self._sessions) as session:
                await IndexedBucketStore(session).add(registered - covered)
            for name in sorted(covered - registered):
                async with transaction(self._sessions) as session:
                    await IndexedBucketStore(session).remove(name)
                log.info("bucket_forgotten", bucket=name)
            self._known = registered
            self._asked = time.monotonic()
            return registered

    async def is_known(self, name: str) -> bool:
        """Asks the registry when in doubt; raises Unavailable."""
        if name not in self._known and time.monotonic() - self._asked > ASK_AGAIN_SECONDS:
            await self.follow()
        return name in self._known

    async def require_known(self, name: str) -> None:
        if not await self.is_known(name):
            raise BucketUnknown(name)

    async def status(self, name: str) -> BucketStatus:
        async with transaction(self._sessions) as session:
            scanning = not await try_scan_lock(session, name)
            found = await IndexedBucketStore(session).find_status(name, scanning=scanning)
        if found is None:
            raise BucketUnknown(name)
        return found
