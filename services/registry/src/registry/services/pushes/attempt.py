"""A worker's attempts at jobs. See `registry.services.pushes` for the protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import stamina
import structlog
from typing_extensions import override

from registry.db.jobs import ClaimLost, JobClaim, JobStore
from registry.services.attempts import (
    BEAT_SECONDS,
    STALE_SECONDS,
    Attempt,
    AttemptEnd,
    AttemptEvents,
    AttemptWatch,
    keep_working,
    problem_of,
)
from registry.services.pushes.copy_log import CopyLog
from registry.services.pushes.jobs import memory_limit
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.manifest_builder import MIN_ENTRIES_BY_PROCESSES, ManifestBuilder
from registry.services.pushes.publishing import Publisher
from registry.services.pushes.sources import read_source
from registry.services.transfers.caller_s3 import CallerS3, CallerS3Opener
from shared import permissions
from shared.audit import AuditQueue
from shared.aws.assembly import MIN_PART_BYTES
from shared.caller import bound
from shared.clients.indexer import Indexer
from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.index.trees.blocks.processes import MIN_MANIFEST_BYTES, BlockProcesses
from shared.schemas.audit import Caller
from shared.schemas.job import JobResult
from shared.schemas.problem import Problem
from shared.tracing import span, trace_fields

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
    announced_bytes: int = MIN_MANIFEST_BYTES
    min_part_bytes: int = MIN_PART_BYTES
    min_entries_by_processes: int = MIN_ENTRIES_BY_PROCESSES
    processes: BlockProcesses | None = None
    """They write entries of large manifests. None: the worker does."""
    trail: AuditQueue | None = None

    async def work(self, stopping: asyncio.Event) -> None:
        """Do jobs until there are none, the worker is worn, or `stopping` is set, which interrupts the present job."""
        await keep_working(self.work_once, stopping, lambda: self.is_worn)

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
        with (
            span(f"job {claim.kind}", "consumer", {"patchwork.job": str(claim.id)}, parent=claim.trace_parent),
            structlog.contextvars.bound_contextvars(job=str(claim.id), kind=claim.kind, **request, **trace_fields()),
            bound(caller),
        ):
            await JobAttempt(self, claim, stopping or asyncio.Event()).run()
        return True


class JobAttempt(Attempt[JobClaim, JobResult, Problem]):
    events = AttemptEvents("job_done", "job_failed", "job_cancelled", "job_given_back", "job_lost")

    def __init__(self, worker: JobWorker, claim: JobClaim, stopping: asyncio.Event) -> None:
        self._worker = worker
        self._job = JobContext(worker.sessions, claim)
        super().__init__(claim, AttemptWatch(self._job, stopping, worker.beat_seconds), worker.trail)

    async def run(self) -> None:
        log.info("job_begun", bucket=self._claim.bucket, package=self._claim.name, by=self._claim.caller.name)
        await self.settle(asyncio.ensure_future(self._worker.retries(self._push_as_caller)))

    @property
    @override
    def _audited_as(self) -> tuple[str, str]:
        return f"Packages.{self._claim.kind.capitalize()}", f"package:{self._claim.bucket}/{self._claim.name}"

    @override
    async def _write(self, change: Callable[[JobStore], Awaitable[None]]) -> bool:
        try:
            async with transaction(self._worker.sessions) as session:
                if self._job.progress:  # the last progress stays visible after the end
                    await JobStore(session).beat(self._claim, self._job.progress)
                await change(JobStore(session))
        except ClaimLost:
            return False
        return True

    @override
    def _problem_of(self, error: BaseException | None) -> Problem:
        return problem_of(error)

    @override
    def _logged(self, result: JobResult) -> Mapping[str, Any]:
        return {"top_hash": result.top_hash}

    @override
    def _audited(self, result: JobResult) -> Mapping[str, Any]:
        return {"job": str(self._claim.id), "top_hash": result.top_hash}

    @override
    def _logged_of_failure(self, problem: Problem) -> Mapping[str, Any]:
        return {"reason": problem.detail}

    async def _push_as_caller(self) -> JobResult:
        async with self._worker.open_caller_s3(self._claim.caller) as caller_s3:
            permissions.require_writer(await caller_s3.rights.principal(), self._claim.bucket)
            try:
                return await self._push(caller_s3)
            except asyncio.CancelledError:
                if self._watch.interruption is AttemptEnd.CANCELLED:
                    await CopyLog(self._job).abandon_all(caller_s3.transfers)
                raise

    async def _push(self, caller_s3: CallerS3) -> JobResult:
        source = await read_source(self._job, caller_s3)
        worker = self._worker
        builder = ManifestBuilder(self._job, caller_s3, worker.processes, worker.min_entries_by_processes)
        draft = await builder.write(source)
        try:
            publisher = Publisher(
                self._job,
                caller_s3.objects,
                worker.indexer,
                announced_bytes=worker.announced_bytes,
                min_part_bytes=worker.min_part_bytes,
            )
            return await publisher.publish(draft, source.push.expected)
        finally:
            draft.close()
