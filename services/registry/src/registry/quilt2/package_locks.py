"""Locks of packages within one process.

Writers of one package take turns, so that those of one process seldom begin again. Replicas are kept apart by the version
of the package's row (`Quilt2PackageStore.lock_unchanged`). A lock is taken before any database connection.
"""

import asyncio
from weakref import WeakValueDictionary


class PackageLocks:
    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock_of(self, owner: str, name: str) -> asyncio.Lock:
        """The lock of the package and its namesakes; use it with `async with`."""
        return self._locks.setdefault(f"{owner}/{name}".lower(), asyncio.Lock())
