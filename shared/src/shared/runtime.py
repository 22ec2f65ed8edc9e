"""The life of a service's process: work in the background, and the heap."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from shared.concurrency import cancelled

RESTART_SECONDS = 5.0
"""Pause before work that failed is begun again."""

log = structlog.get_logger()


@asynccontextmanager
async def supervised(
    *works: Callable[[], Awaitable[None]], restart_seconds: float = RESTART_SECONDS
) -> AsyncIterator[None]:
    """Do work in the background as long as the context is open; on leaving it is cancelled and waited for.

    Work that fails is logged and begun again; work that returns is done.
    """
    tasks = [asyncio.create_task(_keep_running(work, restart_seconds)) for work in works]
    try:
        yield
    finally:
        await cancelled(*tasks)


async def _keep_running(work: Callable[[], Awaitable[None]], restart_seconds: float) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("background_work_failed", work=getattr(work, "__qualname__", repr(work)))
        else:
            return
        await asyncio.sleep(restart_seconds)


def settle_heap() -> None:
    """Keep the garbage collector from what was made to start: a look through it holds up requests for a tenth of a second.

    What requests leave behind has hardly any cycles, so it is collected less often.
    """
    gc.freeze()
    gc.set_threshold(10_000)
