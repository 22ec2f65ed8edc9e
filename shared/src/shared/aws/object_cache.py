"""Values that are made from small objects, cached until the objects change."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from cachetools import LRUCache

from shared.aws.objects import ObjectStore
from shared.quilt.physical_keys import PhysicalKey

T = TypeVar("T")


class Run(Protocol):
    """Calls a function in a thread."""

    async def __call__(self, make: Callable[[bytes, str], T], body: bytes, url: str, /) -> T: ...


_MAX_CACHED_VALUES = 64


class ObjectCache:
    """Asks S3 for the current version each time, with the rights of the given store, and reads only versions that are new."""

    def __init__(self) -> None:
        self._values: LRUCache[Hashable, tuple[PhysicalKey, Any]] = LRUCache(_MAX_CACHED_VALUES)

    async def get(
        self,
        objects: ObjectStore,
        location: PhysicalKey,
        limit: int,
        make: Callable[[bytes, str], T],
        run: Run = asyncio.to_thread,
    ) -> tuple[PhysicalKey, T] | None:
        """The object's exact version, and what `make` returns for its first `limit` bytes and its URL.

        None when there is no such object. `make` runs in a thread, of which `run` has the choice.
        """
        bucket, key = location.bucket, location.key
        head = await objects.head(bucket, key, location.version_id)
        if head is None:
            return None
        known: tuple[PhysicalKey, T] | None = self._values.get((make, bucket, key, head.version_id or head.etag))
        if known:
            return known
        got = await objects.get(bucket, key, limit=limit, version_id=location.version_id)
        if got is None:
            return None
        info, body = got
        exact = replace(location, version_id=info.version_id or location.version_id)
        made = exact, await run(make, body, exact.url)
        self._values[make, bucket, key, info.version_id or info.etag] = made
        return made
