"""Doing jobs, one after the other: claimed, kept alive, carried out, and whatever comes of it written down."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from registry.db.jobs import ClaimLost, JobClaim, JobStore
from registry.services.pushes.copy_log import CopyLog
from registry.services.pushes.jobs import memory_limit
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.manifest_builder import ManifestBuilder
from registry.services.pushes.publishing import Publisher
from registry.services.transfers.caller_s3 import CallerS3, CallerS3Opener
from shared import permissions
from shared.caller import bound
from shared.clients.indexer import Indexer
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.schemas.audit import Caller
from shared.schemas.job import JobResult
from shared.schemas.problem import Problem

BEAT_SECONDS = 1.0
STALE_SECONDS = 30.0
"""Of silence, after which others may take a job."""
MAX_MEMORY_KIB = 240 << 10
"""Kilobytes, after which a worker ends with its job."""
_PAUSES = (1.0, 3.0, 10.0)
"""Before what was unavailable is tried again."""

log = structlog.get_logger()


@dataclass
class JobWorker:
    name: str
    sessions: Sessions
    indexer: Indexer
    open_caller_s3: CallerS3Opener
    beat_seconds: float = BEAT_SECONDS
    pauses: tuple[float, ...] = _PAUSES
    max_memory_kib: int = MAX_MEMORY_KIB

    async def work(self, stopping: asyncio.Event) -> None:
        """Until there is nothing to do, or it is worn, or `stopping` is set: then what is in hand is given back."""
        while not stopping.is_set() and not self.is_worn:
            try:
                if not await self.work_once(stopping):
                    return
            except Unavailable as error:  # others take over what this one could not even settle
                log.warning("worker_waits", reason=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(STALE_SECONDS):
                        await stopping.wait()

    @property
    def is_worn(self) -> bool:
        """It has needed much memory, of which Python gives little back: a new one should take its place."""
        return memory_limit.peak() > self.max_memory_kib

    async def work_once(self, stopping: asyncio.Event | None = None) -> bool:
        """Returns whether there was a job."""
        async with transaction(self.sessions) as session:
            claim = await JobStore(session).claim(self.name, STALE_SECONDS)
        if claim is None:
            return False
        # The request's own id, so that its story is found in the logs of all services.
        asked = {"request_id": claim.request_id} if claim.request_id else {}
        caller = Caller(user_id=claim.caller.user_id, user=claim.caller.name, **asked)
        with structlog.contextvars.bound_contextvars(job=str(claim.id), kind=claim.kind, **asked), bound(caller):
            await JobAttempt(self, claim, stopping or asyncio.Event()).run()
        return True


class JobAttempt:
    def __init__(self, worker: JobWorker, claim: JobClaim, stopping: asyncio.Event) -> None:
        self._worker = worker
        self._claim = claim
        self._stopping = stopping
        self._work = JobContext(worker.sessions, claim)
        self._cancelled = False

    async def run(self) -> None:
        log.info("job_begun", bucket=self._claim.bucket, package=self._claim.name, by=self._claim.caller.name)
        doing = asyncio.ensure_future(self._do_patiently())
        try:
            await self._keep(doing)
        except ClaimLost:
            log.warning("job_lost")
            return
        finally:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
        await self._settle(doing)

    async def _keep(self, doing: "asyncio.Future[JobResult]") -> None:
        """Tell that it is alive until it is done, or must not go on. Raises ClaimLost."""
        clock = asyncio.get_running_loop().time
        heard = clock()
        stopped = asyncio.ensure_future(self._stopping.wait())
        both: list[asyncio.Future[Any]] = [doing, stopped]
        try:
            while not doing.done():
                await asyncio.wait(both, timeout=self._worker.beat_seconds, return_when="FIRST_COMPLETED")
                if doing.done() or (stopped.done() and not self._work.is_final):
                    return
                try:
                    async with transaction(self._worker.sessions) as session:
                        wanted_off = await JobStore(session).beat(self._claim, self._work.progress)
                    heard = clock()
                except Unavailable as error:
                    log.warning("job_not_heard", reason=str(error))
                    if clock() - heard > STALE_SECONDS:
                        raise ClaimLost from error
                    continue
                if wanted_off and not self._work.is_final:
                    self._cancelled = True
                    return
                if stopped.done():
                    await asyncio.wait({doing}, timeout=self._worker.beat_seconds)
        finally:
            stopped.cancel()

    async def _settle(self, doing: "asyncio.Future[JobResult]") -> None:
        outcome = None if doing.cancelled() else doing.exception()
        if outcome is None and not doing.cancelled():
            await self._write(lambda jobs: jobs.finish(self._claim, doing.result()))
            log.info("job_done", top_hash=doing.result().top_hash)
        elif self._cancelled:
            await self._write(lambda jobs: jobs.stop(self._claim))
            log.info("job_cancelled")
        elif doing.cancelled():
            await self._write(lambda jobs: jobs.release(self._claim))
            log.info("job_given_back")
        elif isinstance(outcome, ClaimLost):
            log.warning("job_lost")
        else:
            problem = _problem(outcome)
            await self._write(lambda jobs: jobs.fail(self._claim, problem))
            log.info("job_failed", problem=problem.type, reason=problem.detail)

    async def _write(self, change: Callable[[JobStore], Awaitable[None]]) -> None:
        with suppress(ClaimLost):
            async with transaction(self._worker.sessions) as session:
                # How far it got is shown even of what is over.
                if self._work.progress:
                    await JobStore(session).beat(self._claim, self._work.progress)
                await change(JobStore(session))

    async def _do_patiently(self) -> JobResult:
        for pause in self._worker.pauses:
            try:
                return await self._do()
            except Unavailable as error:
                log.warning("job_waits", reason=str(error), seconds=pause)
                await asyncio.sleep(pause)
        return await self._do()

    async def _do(self) -> JobResult:
        async with self._worker.open_caller_s3(self._claim.caller) as caller_s3:
            await _require_rights(caller_s3, self._claim.bucket)
            try:
                return await self._push(caller_s3)
            except asyncio.CancelledError:
                if self._cancelled:
                    await CopyLog(self._work).abandon(caller_s3.transfers)
                raise

    async def _push(self, caller_s3: CallerS3) -> JobResult:
        builder = ManifestBuilder(self._work, caller_s3)
        source = await builder.source()
        draft = await builder.write(source)
        try:
            publisher = Publisher(self._work, caller_s3.objects, self._worker.indexer)
            return await publisher.publish(draft, source.push.expected)
        finally:
            draft.close()


async def _require_rights(caller_s3: CallerS3, bucket: str) -> None:
    permissions.require_writer(await caller_s3.rights.principal(), bucket)


def _problem(error: BaseException | None) -> Problem:
    if isinstance(error, AppError):
        # Postgres takes no NUL, which names of objects may hold.
        told = error.problem().model_dump_json().replace("\\u0000", "\\ufffd")
        return Problem.model_validate_json(told)
    log.error("job_crashed", exc_info=error)
    said = "Something went wrong on our side; it has been logged."
    return Problem(type="/problems/internal", title="Our fault.", status=500, detail=said, message=said)
