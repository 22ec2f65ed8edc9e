"""The list of registered buckets, refreshed in the background, and at once when a request names an unknown bucket."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from s3proxy.errors import BucketsUnknown, UnregisteredBucket
from shared.clients.registry import BucketSource
from shared.errors import AppError, Unavailable

Found = TypeVar("Found")

log = structlog.get_logger()


class BucketList:
    """The last list that the registry gave, which is kept through an outage of the registry."""

    def __init__(
        self, source: BucketSource, *, refresh_seconds: float, miss_seconds: float, service_bucket: str = ""
    ) -> None:
        self._source = source
        self._own = frozenset({service_bucket} - {""})
        self._refresh_seconds = refresh_seconds
        self._miss_seconds = miss_seconds
        self._names = self._own
        self._asked = float("-inf")
        self._asking = asyncio.Lock()
        self.known = False
        """True once the registry has answered."""

    @property
    def names(self) -> frozenset[str]:
        """Names of the registered buckets, and of the service bucket."""
        return self._names

    async def resolve(self, parse: Callable[[frozenset[str]], Found]) -> Found:
        """The result of `parse` on the names. When it raises UnregisteredBucket, it is called again with a fresh list."""
        try:
            return parse(self._names)
        except UnregisteredBucket:
            if await self._refresh_after_miss():
                return parse(self._names)
            if not self.known:
                raise BucketsUnknown from None
            raise

    async def refresh(self) -> None:
        """Ask the registry. When that fails, the last list is kept."""
        asked_before = self._asked
        async with self._asking:
            if self._asked != asked_before:
                return  # another task did so in the meantime
            self._asked = time.monotonic()
            try:
                self._names = self._own | {bucket.name for bucket in await self._source.buckets()}
                self.known = True
            except AppError as error:
                log.warning("bucket_list_unavailable", error=str(error))

    async def _refresh_after_miss(self) -> bool:
        """Refresh unless that was done within `miss_seconds`; returns whether the list has changed."""
        if time.monotonic() - self._asked < self._miss_seconds and not self._asking.locked():
            return False
        before = self._names
        await self.refresh()
        return self._names != before

    async def follow(self) -> None:
        """Refresh the list for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._refresh_seconds if self.known else self._miss_seconds)

    async def require_known(self) -> None:
        """Raise Unavailable before the first list has come."""
        if not self.known:
            raise Unavailable("The list of registered buckets is not known yet")
