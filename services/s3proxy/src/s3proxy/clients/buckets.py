"""Which buckets are registered: asked for in the background, and at once when an unknown one is named."""

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
    """The last list that the registry gave; an outage of the registry does not shorten it."""

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
        """Whether the registry has answered at all."""

    @property
    def names(self) -> frozenset[str]:
        """Registered ones, and the service bucket."""
        return self._names

    async def resolve(self, parse: Callable[[frozenset[str]], Found]) -> Found:
        """What `parse` makes of the names; again with new ones when it raises UnregisteredBucket."""
        try:
            return parse(self._names)
        except UnregisteredBucket:
            if await self.after_miss():
                return parse(self._names)
            if not self.known:
                raise BucketsUnknown from None
            raise

    async def refresh(self) -> None:
        """Ask the registry; on failure the last list stays."""
        asked_before = self._asked
        async with self._asking:
            if self._asked != asked_before:
                return  # somebody else just did
            self._asked = time.monotonic()
            try:
                self._names = self._own | {bucket.name for bucket in await self._source.buckets()}
                self.known = True
            except AppError as error:
                log.warning("bucket_list_unavailable", error=str(error))

    async def after_miss(self) -> bool:
        """Ask again because an unknown bucket was named, unless that was done just now; whether it was worth it."""
        if time.monotonic() - self._asked < self._miss_seconds and not self._asking.locked():
            return False
        before = self._names
        await self.refresh()
        return self._names != before

    async def follow(self) -> None:
        """Keep the list fresh for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._refresh_seconds if self.known else self._miss_seconds)

    async def require_known(self) -> None:
        """Raise unless there is a list to go by."""
        if not self.known:
            raise Unavailable("The registry has not said yet which buckets there are")
