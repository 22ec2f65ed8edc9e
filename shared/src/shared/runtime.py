"""Background work of a process, and its garbage collector."""

import asyncio
import gc
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

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


@contextmanager
def on_stop(action: Callable[[], None]) -> Iterator[None]:
    """Run `action` in the event loop as soon as the process is asked to stop, while the context is open.

    The server ends the lifespan only after the requests under way, so those that wait must be ended earlier.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(action)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in numbers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in numbers:
            if signal.getsignal(number) is handle:
                signal.signal(number, before[number])


def settle_heap() -> None:
    """Exempt the objects of start-up from garbage collection: scanning them delays requests by a tenth of a second.

    Requests leave few cycles behind, so the collector may also run less often.
    """
    gc.freeze()
    gc.set_threshold(10_000)
