"""Background work of a process, and its garbage collector."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from shared.concurrency import cancelled

RESTART_SECONDS = 5.0
"""Pause before work that failed is started again."""

log = structlog.get_logger()


@asynccontextmanager
async def supervised(
    *works: Callable[[], Awaitable[None]], restart_seconds: float = RESTART_SECONDS
) -> AsyncIterator[None]:
    """Run work in the background while the context is open. Leaving it cancels the work and waits for its end.

    Work that fails is logged and started again; work that returns has ended.
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
    """Exempt the objects of start-up from garbage collection: scanning them delays requests by a tenth of a second.

    Requests leave few cycles behind, so the collector may also run less often.
    """
    gc.freeze()
    gc.set_threshold(10_000)
