"""argon2id, off the event loop and a few at a time."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import TooManyRequests

THREADS = 2
TURNS = 4
"""Logins at work at once: each holds a database connection while its password is hashed."""
MAX_QUEUE = 200


class Hasher:
    """Hashes and verifies passwords; also verifies for users that do not exist, so that nobody can tell by the time."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19 * 1024) -> None:
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._turns = asyncio.Semaphore(TURNS)
        self._waiting = 0
        self._nobody = self._argon2.hash("the password of nobody")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A login's turn; to be taken before it takes a database connection."""
        if self._waiting >= MAX_QUEUE:
            raise TooManyRequests("Too many logins at once")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """`hashed` is None for users without a password, or that do not exist: the same work, then no."""
        matches = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, hashed or self._nobody, password
        )
        return matches and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Made with other parameters than today's."""
        return self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._argon2.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
