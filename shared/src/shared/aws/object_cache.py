"""What is made of small objects, kept until they change."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, TypeVar

from shared.aws.objects import ObjectStore
from shared.quilt.physical_keys import PhysicalKey

T = TypeVar("T")

_KEPT = 64


class ObjectCache:
    """Looks at the object each time, with the rights of the store that is given, and reads it only when it is new."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, tuple[PhysicalKey, Any]] = OrderedDict()

    async def get(
        self, objects: ObjectStore, location: PhysicalKey, limit: int, make: Callable[[bytes, str], T]
    ) -> tuple[PhysicalKey, T] | None:
        """What `make` makes of the object's first `limit` bytes and its URL, and which version that was; None without one."""
        bucket, key = location.bucket, location.key
        head = await objects.head(bucket, key, location.version_id)
        if head is None:
            return None
        known = self._made.get((make, bucket, key, head.version_id or head.etag))
        if known:
            return known
        got = await objects.get(bucket, key, limit=limit, version_id=location.version_id)
        if got is None:
            return None
        info, body = got
        exact = replace(location, version_id=info.version_id or location.version_id)
        made = exact, await asyncio.to_thread(make, body, exact.url)
        self._made[make, bucket, key, info.version_id or info.etag] = made
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return made
