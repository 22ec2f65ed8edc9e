"""Attempts at jobs that a worker has claimed: heartbeats, cancellation, and the ways in which an attempt ends. See `registry.services.pushes`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Protocol, TypeVar

import structlog

from registry.db.jobs import ClaimLost
from shared.concurrency import cancelled
from shared.errors import AppError, Unavailable
from shared.schemas.problem import Problem

BEAT_SECONDS = 1.0
STALE_SECONDS = 30.0
"""Time without a heartbeat after which another worker may claim a job."""

log = structlog.get_logger()

Result = TypeVar("Result")


class AttemptEnd(Enum):
    """The ways in which an attempt ends."""

    DONE = auto()
    FAILED = auto()
    CANCELLED = auto()
    """The owner wanted it cancelled."""
    RELEASED = auto()
    """The worker must stop: the job is queued again."""
    LOST = auto()
    """Another worker has the claim, or may take it."""


class ClaimedWork(Protocol):
    """A claim, as the watch over an attempt sees it."""

    @property
    def is_final(self) -> bool:
        """The work can no longer be cancelled."""
        ...

    async def beat(self) -> bool:
        """Write a heartbeat; True if the owner wants the job cancelled. Raises ClaimLost or Unavailable."""
        ...


class AttemptWatch:
    """Writes heartbeats while the work goes on, and interrupts it."""

    def __init__(self, work: ClaimedWork, stopping: asyncio.Event, beat_seconds: float = BEAT_SECONDS) -> None:
        self._work = work
        self._stopping = stopping
        self._beat_seconds = beat_seconds
        self.interruption: AttemptEnd | None = None
        """Why the work was cancelled before it ended by itself."""

    async def hold(self, going: "asyncio.Future[Result]") -> AttemptEnd:
        """Wait for the end of the work. What it returned or raised is in the future."""
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            self.interruption = await self._watch(going, stopped)
        finally:
            await cancelled(going, stopped)
        return self._end_of(going)

    async def _watch(self, going: "asyncio.Future[Any]", stopped: "asyncio.Future[Any]") -> AttemptEnd | None:
        """Write heartbeats until the work has ended; returns early with the reason why it must be interrupted."""
        clock = asyncio.get_running_loop().time
        last_beat = clock()
        waited_for: set[asyncio.Future[Any]] = {going, stopped}
        while True:
            await asyncio.wait(waited_for, timeout=self._beat_seconds, return_when="FIRST_COMPLETED")
            if going.done():
                return None
            if stopped.done():
                if not self._work.is_final:
                    return AttemptEnd.RELEASED
                waited_for.discard(stopped)
            try:
                is_cancel_wanted = await self._work.beat()
                last_beat = clock()
            except ClaimLost:
                return AttemptEnd.LOST
            except Unavailable as error:
                log.warning("job_not_heard", reason=str(error))
                if clock() - last_beat > STALE_SECONDS:
                    return AttemptEnd.LOST
                continue
            if is_cancel_wanted and not self._work.is_final:
                return AttemptEnd.CANCELLED

    def _end_of(self, going: "asyncio.Future[Any]") -> AttemptEnd:
        """How the attempt ended. Work that succeeded before its interruption reached it is done."""
        if self.interruption is AttemptEnd.LOST:
            return AttemptEnd.LOST
        if going.cancelled():
            return self.interruption or AttemptEnd.RELEASED
        error = going.exception()
        if error is None:
            return AttemptEnd.DONE
        if self.interruption is AttemptEnd.CANCELLED:
            return AttemptEnd.CANCELLED
        return AttemptEnd.LOST if isinstance(error, ClaimLost) else AttemptEnd.FAILED


async def keep_working(
    work_once: Callable[[asyncio.Event], Awaitable[bool]], stopping: asyncio.Event, is_worn: Callable[[], bool]
) -> None:
    """Do jobs until there are none, the worker is worn, or `stopping` is set, which interrupts the present job."""
    while not stopping.is_set() and not is_worn():
        try:
            if not await work_once(stopping):
                return
        except Unavailable as error:  # the job could not be settled: another worker claims it once it is silent
            log.warning("worker_waits", reason=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(STALE_SECONDS):
                    await stopping.wait()


def problem_of(error: BaseException | None) -> Problem:
    """The problem that the job's row keeps. What is no expected failure is logged."""
    if isinstance(error, AppError):
        # Postgres takes no NUL, which names of objects may hold.
        text = error.problem().model_dump_json().replace("\\u0000", "\\ufffd")
        return Problem.model_validate_json(text)
    log.error("job_crashed", exc_info=error)
    detail = "Something went wrong on our side; it has been logged."
    return Problem(type="/problems/internal", title="Our fault.", status=500, detail=detail, message=detail)
