"""How S3's bad moments are sat out."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from shared.errors import Unavailable

Result = TypeVar("Result")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
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
