"""How much memory request bodies, and what they are parsed into, take in the process at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import Unavailable

MAX_BYTES_IN_WORK = 576 << 20
"""The largest push fits: 75 MiB and four million values."""
BUDGET_SECONDS = 10
"""How long a body waits for others to be done."""


class BodyBudget:
    def __init__(self, max_bytes: int = MAX_BYTES_IN_WORK, seconds: float = BUDGET_SECONDS) -> None:
        self._free = max_bytes
        self._seconds = seconds
        self._released = asyncio.Event()

    @property
    def free(self) -> int:
        return self._free

    @asynccontextmanager
    async def claim(self) -> AsyncIterator["BudgetClaim"]:
        """A claim of nothing, to be changed; what it holds in the end is released."""
        claim = BudgetClaim(self)
        try:
            yield claim
        finally:
            self.release(claim.held)

    async def take(self, size: int) -> None:
        """Raises Unavailable when there is no room for `size` bytes in time."""
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
        """Hold `size` bytes instead of what was held; raises Unavailable."""
        if size > self.held:
            await self._budget.take(size - self.held)
        else:
            self._budget.release(self.held - size)
        self.held = size
