"""A budget for the memory of request bodies and of what they are parsed into, over all requests of the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import Unavailable

MAX_BODIES_BYTES = 576 << 20
"""Bytes that the largest push needs: 75 MiB and four million values."""
BUDGET_SECONDS = 10
"""Seconds that a body waits for others to be done."""


class BodyBudget:
    def __init__(self, max_bytes: int = MAX_BODIES_BYTES, seconds: float = BUDGET_SECONDS) -> None:
        self._free = max_bytes
        self._seconds = seconds
        self._released = asyncio.Event()

    @property
    def free(self) -> int:
        return self._free

    @asynccontextmanager
    async def claim(self) -> AsyncIterator["BudgetClaim"]:
        """A claim of no bytes, which the request changes. What it holds at the end is released."""
        claim = BudgetClaim(self)
        try:
            yield claim
        finally:
            self.release(claim.held)

    async def take(self, size: int) -> None:
        """Take `size` bytes. Raises Unavailable when they are not free in time."""
        try:
            async with asyncio.timeout(self._seconds):
                while self._free < size:
                    self._released.clear()
                    await self._released.wait()
        except TimeoutError as error:
            raise Unavailable("Too many large bodies are being worked on; try again") from error
        self._free -= size

    def release(self, size: int) -> None:
        self._free += size
        self._released.set()


class BudgetClaim:
    """Bytes of the budget that one request holds."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self.held = 0

    async def hold(self, size: int) -> None:
        """Hold `size` bytes in total. Raises Unavailable."""
        if size > self.held:
            await self._budget.take(size - self.held)
        else:
            self._budget.release(self.held - size)
        self.held = size
