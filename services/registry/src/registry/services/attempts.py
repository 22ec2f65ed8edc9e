"""Attempts at jobs that a worker has claimed: heartbeats, cancellation, and the ways in which an attempt ends. See `registry.services.pushes`."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog

from registry.db.jobs import ClaimLost
from shared.audit import AuditQueue
from shared.concurrency import cancelled
from shared.errors import AppError, Unavailable
from shared.schemas.audit import Outcome
from shared.schemas.problem import Problem

BEAT_SECONDS = 1.0
STALE_SECONDS = 30.0
"""Time without a heartbeat after which another worker may claim a job."""

log = structlog.get_logger()

Result = TypeVar("Result")
Claim = TypeVar("Claim")
Fault = TypeVar("Fault", bound=Problem)
Result_contra = TypeVar("Result_contra", contravariant=True)
Claim_contra = TypeVar("Claim_contra", contravariant=True)
Fault_contra = TypeVar("Fault_contra", contravariant=True)


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


class ClaimStore(Protocol[Claim_contra, Result_contra, Fault_contra]):
    """Writes of an attempt's end. All raise ClaimLost."""

    async def finish(self, claim: Claim_contra, result: Result_contra) -> None: ...
    async def fail(self, claim: Claim_contra, problem: Fault_contra) -> None: ...
    async def mark_cancelled(self, claim: Claim_contra) -> None: ...
    async def release(self, claim: Claim_contra) -> None: ...


@dataclass(frozen=True, slots=True)
class AttemptEvents:
    """Events of the log for the ways in which an attempt ends."""

    done: str
    failed: str
    cancelled: str
    released: str
    lost: str


class Attempt(ABC, Generic[Claim, Result, Fault]):
    """An attempt at claimed work, whose end is written, logged and audited."""

    events: ClassVar[AttemptEvents]

    def __init__(self, claim: Claim, watch: AttemptWatch, trail: AuditQueue | None) -> None:
        self._claim = claim
        self._watch = watch
        self._trail = trail

    async def settle(self, going: "asyncio.Future[Result]") -> None:
        """Wait for the end of the work, and record it. When another worker has the claim, that one does."""
        match await self._watch.hold(going):
            case AttemptEnd.DONE:
                result = going.result()
                if await self._write(lambda store: store.finish(self._claim, result)):
                    log.info(self.events.done, **self._logged(result))
                    self._audit(Outcome.DONE, **self._audited(result))
            case AttemptEnd.FAILED:
                problem = self._problem_of(going.exception())
                if await self._write(lambda store: store.fail(self._claim, problem)):
                    self._note_failure(problem)
            case AttemptEnd.CANCELLED:
                if await self._write(lambda store: store.mark_cancelled(self._claim)):
                    log.info(self.events.cancelled)
                    self._audit(Outcome.FAILED, reason="cancelled")
            case AttemptEnd.RELEASED:
                if await self._write(lambda store: store.release(self._claim)):
                    log.info(self.events.released)
            case AttemptEnd.LOST:
                log.warning(self.events.lost)

    def _note_failure(self, problem: Fault) -> None:
        log.info(self.events.failed, problem=problem.type, **self._logged_of_failure(problem))
        outcome = Outcome.REFUSED if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else Outcome.FAILED
        self._audit(outcome, reason=problem.type.rpartition("/")[2])

    def _audit(self, outcome: Outcome, *, reason: str = "", **details: Any) -> None:
        if self._trail:
            action, target = self._audited_as
            self._trail.put(action, target, outcome=outcome, reason=reason, **details)

    @property
    @abstractmethod
    def _audited_as(self) -> tuple[str, str]:
        """Action and target in the audit trail."""

    @abstractmethod
    async def _write(self, change: Callable[[ClaimStore[Claim, Result, Fault]], Awaitable[None]]) -> bool:
        """Change the row of the work; False if the claim is lost."""

    @abstractmethod
    def _problem_of(self, error: BaseException | None) -> Fault: ...
    @abstractmethod
    def _logged(self, result: Result) -> Mapping[str, Any]: ...
    @abstractmethod
    def _audited(self, result: Result) -> Mapping[str, Any]: ...
    @abstractmethod
    def _logged_of_failure(self, problem: Fault) -> Mapping[str, Any]: ...


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
