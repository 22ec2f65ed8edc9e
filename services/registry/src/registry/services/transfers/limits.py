"""How much of S3 is used at once, and how its outages are waited out."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from shared.errors import Unavailable

LARGEST = 5 << 40
"""S3's largest object: 5 TiB."""


Result = TypeVar("Result")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Retries on top of boto's own few: altogether they outlive an outage of two minutes."""

    attempts: int = 10
    first: float = 0.5
    longest: float = 30.0

    async def __call__(self, call: Callable[[], Awaitable[Result]]) -> Result:
        for attempt in range(1, self.attempts):
            try:
                return await call()
            except Unavailable as error:
                pause = random.uniform(0.5, 1) * min(self.longest, self.first * 2**attempt)  # noqa: S311 – jitter
                log.info("s3_tried_again", attempt=attempt, pause=round(pause, 2), error=str(error))
            await asyncio.sleep(pause)
        return await call()


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """Of one process. Reading holds at most `reads` × `block` bytes in memory."""

    reads: int = 12
    block: int = 4 << 20
    copies: int = 16
    """Copies of objects or parts under way."""
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    """That hash."""
    retries: RetryPolicy = field(default_factory=RetryPolicy)
