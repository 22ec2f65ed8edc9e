"""A worker's attempts at jobs. See `registry.services.pushes` for the protocol."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

import stamina
import structlog

from registry.db.jobs import ClaimLost, JobClaim, JobStore
from registry.services.pushes.copy_log import CopyLog
from registry.services.pushes.jobs import memory_limit
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.manifest_builder import ManifestBuilder
from registry.services.pushes.publishing import Publisher
from registry.services.pushes.sources import read_source
from registry.services.transfers.caller_s3 import CallerS3, CallerS3Opener
from shared import permissions
from shared.audit import AuditQueue
from shared.caller import bound
from shared.clients.indexer import Indexer
from shared.concurrency import cancelled
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.schemas.audit import Caller, Outcome
from shared.schemas.job import JobResult
from shared.schemas.problem import Problem

BEAT_SECONDS = 1.0
STALE_SECONDS = 30.0
"""Time without a heartbeat after which another worker may claim a job."""
MAX_MEMORY_KIB = 240 << 10
"""Peak memory in KiB above which a worker ends after its job."""
RETRIES = stamina.AsyncRetryingCaller(
    attempts=4, timeout=None, wait_initial=1.0, wait_exp_base=3, wait_max=10.0, wait_jitter=1.0
).on(Unavailable)

log = structlog.get_logger()


@dataclass
class JobWorker:
    name: str
    sessions: Sessions
    indexer: Indexer
    open_caller_s3: CallerS3Opener
    beat_seconds: float = BEAT_SECONDS
    retries: stamina.BoundAsyncRetryingCaller = RETRIES
    max_memory_kib: int = MAX_MEMORY_KIB
    trail: AuditQueue | None = None

    async def work(self, stopping: asyncio.Event) -> None:
        """Do jobs until there are none, the worker is worn, or `stopping` is set, which interrupts the present job."""
        while not stopping.is_set() and not self.is_worn:
            try:
                if not await self.work_once(stopping):
                    return
            except Unavailable as error:  # the job could not be settled: another worker claims it once it is silent
                log.warning("worker_waits", reason=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(STALE_SECONDS):
                        await stopping.wait()

    @property
    def is_worn(self) -> bool:
        """True if the process has needed much memory: Python gives little of it back, so a new process must follow."""
        return memory_limit.peak() > self.max_memory_kib

    async def work_once(self, stopping: asyncio.Event | None = None) -> bool:
        """Do one job; False if there was none."""
        async with transaction(self.sessions) as session:
            claim = await JobStore(session).claim(self.name, STALE_SECONDS)
        if claim is None:
            return False
        # Logs of all services name the request that submitted the job.
        request = {"request_id": claim.request_id} if claim.request_id else {}
        caller = Caller(user_id=claim.caller.user_id, user=claim.caller.name, **request)
        with structlog.contextvars.bound_contextvars(job=str(claim.id), kind=claim.kind, **request), bound(caller):
            await JobAttempt(self, claim, stopping or asyncio.Event()).run()
        return True


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


class JobAttempt:
    def __init__(self, worker: JobWorker, claim: JobClaim, stopping: asyncio.Event) -> None:
        self._worker = worker
        self._claim = claim
        self._stopping = stopping
        self._job = JobContext(worker.sessions, claim)
        self._interruption: AttemptEnd | None = None
        """Why the push was cancelled before it ended by itself."""

    async def run(self) -> None:
        log.info("job_begun", bucket=self._claim.bucket, package=self._claim.name, by=self._claim.caller.name)
        push = asyncio.ensure_future(self._worker.retries(self._push_as_caller))
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            self._interruption = await self._watch(push, stopped)
        finally:
            await cancelled(push, stopped)
        await self._settle(push)

    async def _watch(self, push: "asyncio.Future[JobResult]", stopped: "asyncio.Future[Any]") -> AttemptEnd | None:
        """Write heartbeats until the push has ended; returns early with the reason why it must be interrupted."""
        clock = asyncio.get_running_loop().time
        last_beat = clock()
        waited_for: set[asyncio.Future[Any]] = {push, stopped}
        while True:
            await asyncio.wait(waited_for, timeout=self._worker.beat_seconds, return_when="FIRST_COMPLETED")
            if push.done():
                return None
            if stopped.done():
                if not self._job.is_final:
                    return AttemptEnd.RELEASED
                waited_for.discard(stopped)
            try:
                is_cancel_wanted = await self._beat()
                last_beat = clock()
            except ClaimLost:
                return AttemptEnd.LOST
            except Unavailable as error:
                log.warning("job_not_heard", reason=str(error))
                if clock() - last_beat > STALE_SECONDS:
                    return AttemptEnd.LOST
                continue
            if is_cancel_wanted and not self._job.is_final:
                return AttemptEnd.CANCELLED

    async def _beat(self) -> bool:
        """Write a heartbeat; True if the owner wants the job cancelled. Raises ClaimLost."""
        async with transaction(self._worker.sessions) as session:
            return await JobStore(session).beat(self._claim, self._job.progress)

    def _end_of(self, push: "asyncio.Future[JobResult]") -> AttemptEnd:
        """How the attempt ended. A push that succeeded before its interruption reached it is done."""
        if self._interruption is AttemptEnd.LOST:
            return AttemptEnd.LOST
        if push.cancelled():
            return self._interruption or AttemptEnd.RELEASED
        error = push.exception()
        if error is None:
            return AttemptEnd.DONE
        if self._interruption is AttemptEnd.CANCELLED:
            return AttemptEnd.CANCELLED
        return AttemptEnd.LOST if isinstance(error, ClaimLost) else AttemptEnd.FAILED

    async def _settle(self, push: "asyncio.Future[JobResult]") -> None:
        match self._end_of(push):
            case AttemptEnd.DONE:
                result = push.result()
                await self._write(lambda jobs: jobs.finish(self._claim, result))
                log.info("job_done", top_hash=result.top_hash)
                self._audit(Outcome.DONE, job=str(self._claim.id), top_hash=result.top_hash)
            case AttemptEnd.FAILED:
                problem = _problem_of(push.exception())
                await self._write(lambda jobs: jobs.fail(self._claim, problem))
                log.info("job_failed", problem=problem.type, reason=problem.detail)
                outcome = Outcome.REFUSED if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else Outcome.FAILED
                self._audit(outcome, reason=problem.type.rpartition("/")[2])
            case AttemptEnd.CANCELLED:
                await self._write(lambda jobs: jobs.mark_cancelled(self._claim))
                log.info("job_cancelled")
                self._audit(Outcome.FAILED, reason="cancelled")
            case AttemptEnd.RELEASED:
                await self._write(lambda jobs: jobs.release(self._claim))
                log.info("job_given_back")
            case AttemptEnd.LOST:
                log.warning("job_lost")

    def _audit(self, outcome: Outcome, *, reason: str = "", **details: str) -> None:
        if self._worker.trail:
            target = f"package:{self._claim.bucket}/{self._claim.name}"
            action = f"Packages.{self._claim.kind.capitalize()}"
            self._worker.trail.put(action, target, outcome=outcome, reason=reason, **details)

    async def _write(self, change: Callable[[JobStore], Awaitable[None]]) -> None:
        with suppress(ClaimLost):
            async with transaction(self._worker.sessions) as session:
                if self._job.progress:  # the last progress stays visible after the end
                    await JobStore(session).beat(self._claim, self._job.progress)
                await change(JobStore(session))

    async def _push_as_caller(self) -> JobResult:
        async with self._worker.open_caller_s3(self._claim.caller) as caller_s3:
            permissions.require_writer(await caller_s3.rights.principal(), self._claim.bucket)
            try:
                return await self._push(caller_s3)
            except asyncio.CancelledError:
                if self._interruption is AttemptEnd.CANCELLED:
                    await CopyLog(self._job).abandon_all(caller_s3.transfers)
                raise

    async def _push(self, caller_s3: CallerS3) -> JobResult:
        source = await read_source(self._job, caller_s3)
        draft = await ManifestBuilder(self._job, caller_s3).write(source)
        try:
            publisher = Publisher(self._job, caller_s3.objects, self._worker.indexer)
            return await publisher.publish(draft, source.push.expected)
        finally:
            draft.close()


def _problem_of(error: BaseException | None) -> Problem:
    if isinstance(error, AppError):
        # Postgres takes no NUL, which names of objects may hold.
        text = error.problem().model_dump_json().replace("\\u0000", "\\ufffd")
        return Problem.model_validate_json(text)
    log.error("job_crashed", exc_info=error)
    detail = "Something went wrong on our side; it has been logged."
    return Problem(type="/problems/internal", title="Our fault.", status=500, detail=detail, message=detail)
