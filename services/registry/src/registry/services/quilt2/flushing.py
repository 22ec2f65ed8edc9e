"""Events that wait are written every second, and at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from registry.events import EventQueue
from registry.services.quilt2.statistics import StatisticsService
from shared.db.engine import Sessions
from shared.errors import AppError

SECONDS = 1.0

log = structlog.get_logger()


@asynccontextmanager
async def flushing(sessions: Sessions, events: EventQueue) -> AsyncIterator[None]:
    statistics = StatisticsService(sessions, events)
    task = asyncio.create_task(_repeatedly(statistics))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        with suppress(AppError):
            await statistics.flush()


async def _repeatedly(statistics: StatisticsService) -> None:
    while True:
        await asyncio.sleep(SECONDS)
        try:
            await statistics.flush()
        except AppError as error:
            log.warning("events_not_written", reason=str(error))
        except Exception:
            log.exception("events_not_written")
