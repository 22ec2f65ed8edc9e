"""Turns at packages of Quilt 2: who waits for one holds no connection to the database meanwhile.

What keeps replicas apart are Postgres's locks; this is so that those who would wait for them leave connections for others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

MAX_CONCURRENT_PUSHES = 4
"""Each holds a connection for as long as S3 takes; there are ten."""


class PackageLocks:
    def __init__(self) -> None:
        self._packages: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._pushes = asyncio.Semaphore(MAX_CONCURRENT_PUSHES)

    def lock_of(self, owner: str, name: str) -> asyncio.Lock:
        """To be entered with `async with`, one at a time."""
        return self._packages.setdefault(f"{owner}/{name}".lower(), asyncio.Lock())

    @asynccontextmanager
    async def push(self, owner: str, name: str) -> AsyncIterator[None]:
        """The same, and not too many of all packages."""
        async with self.lock_of(owner, name), self._pushes:
            yield
