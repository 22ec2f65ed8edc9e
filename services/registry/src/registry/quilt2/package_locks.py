"""Locks of packages within one process.

Writers of one package take turns, so that those of one process seldom begin again. Replicas are kept apart by the version
of the package's row (`Quilt2PackageStore.lock_unchanged`). A lock is taken before any database connection.
"""

import asyncio

from shared.concurrency import KeyedLocks


class PackageLocks:
    def __init__(self) -> None:
        self._locks = KeyedLocks()

    def lock_of(self, owner: str, name: str) -> asyncio.Lock:
        """The lock of the package and its namesakes; use it with `async with`."""
        return self._locks.lock_of(f"{owner}/{name}".lower())
