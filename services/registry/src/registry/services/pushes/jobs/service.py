"""Submitting, resuming and awaiting jobs."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog

from registry.db.jobs import JobStore, NewJob
from shared.db.engine import Sessions, transaction
from shared.schemas.job import FINISHED, Job
from shared.schemas.principal import Principal

POLL_SECONDS = 0.1

log = structlog.get_logger()


class JobService:
    """`wake` makes this process's workers look for jobs."""

    def __init__(self, sessions: Sessions, wake: Callable[[], None]) -> None:
        self._sessions = sessions
        self._wake = wake

    async def submit(self, viewer: Principal, new: NewJob) -> Job:
        """Raises KeyReused or TooManyJobs."""
        async with transaction(self._sessions) as session:
            job = await JobStore(session).add(viewer, new)
        log.info("job_submitted", job=str(job.id), kind=job.kind, bucket=job.bucket, package=job.name, by=viewer.name)
        self._wake()
        return job

    async def find_repeated(self, viewer: Principal, new: NewJob) -> Job | None:
        """The job of an earlier request with this idempotency key that asked for the same."""
        if new.idempotency_key is None:
            return None
        async with transaction(self._sessions) as session:
            return await JobStore(session).find_repeated(viewer, new)

    async def resume(self, viewer: Principal, job_id: UUID) -> Job:
        """Raises JobNotFound or JobUnfinished."""
        async with transaction(self._sessions) as session:
            job = await JobStore(session).resume(viewer, job_id)
        log.info("job_resumed", job=str(job.id), by=viewer.name)
        self._wake()
        return job

    async def wait(self, viewer: Principal, job_id: UUID, seconds: float) -> Job:
        """The job once it has ended, or as it is after `seconds`. Raises JobNotFound."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        while True:
            async with transaction(self._sessions) as session:
                job = await JobStore(session).get(viewer, job_id)
            if job.state in FINISHED or clock() > deadline:
                return job
            await asyncio.sleep(POLL_SECONDS)
