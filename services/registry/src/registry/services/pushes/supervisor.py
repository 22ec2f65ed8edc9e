"""The registry's worker processes: pushes and queries run in them, so that large ones neither delay requests nor make the service grow.

A worker looks for jobs when it reads a line from standard input, and ends at the end of input: none outlives the service.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from uuid import uuid4

import structlog

from registry.db.archive_selections import ArchiveSelectionStore
from registry.db.jobs import JobStore
from registry.services.attempts import STALE_SECONDS
from registry.settings import JobSettings
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import AppError
from shared.runtime import supervised

POLL_SECONDS = 1.0
STOP_SECONDS = 4.0
"""Time for workers to release their jobs when the service ends."""
CLEAN_SECONDS = 3600.0
ARGV = (sys.executable, "-m", "registry.worker")
QUERY_ARGV = (*ARGV, "--queries")

log = structlog.get_logger()

Process = asyncio.subprocess.Process


class WorkerSettings(Protocol):
    @property
    def enabled(self) -> bool:
        """This replica runs workers."""
        ...

    @property
    def at_once(self) -> int:
        """Workers that this replica runs concurrently."""
        ...


class ClaimQueue(Protocol):
    """Jobs of one kind."""

    async def count_waiting(self, stale_seconds: float) -> int: ...

    async def count_claimed(self, workers: Collection[str]) -> int: ...

    async def release_jobs_of(self, workers: Collection[str]) -> None: ...


class WorkerSupervisor:
    """`poll_seconds` is the time between looks for jobs, `stop_seconds` the time after which a worker is killed.

    `clean` removes what is old; it is called every hour.
    """

    def __init__(
        self,
        sessions: Sessions,
        settings: WorkerSettings,
        name: str,
        argv: Sequence[str] = ARGV,
        *,
        queue: Callable[[AsyncSession], ClaimQueue] = JobStore,
        clean: Callable[[], Awaitable[None]] | None = None,
        poll_seconds: float = POLL_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._name = name
        """Name of this replica, with which its workers' names begin."""
        self._argv = argv
        self._queue = queue
        self._clean = clean
        self._poll_seconds = poll_seconds
        self._stop_seconds = stop_seconds
        self._awake = asyncio.Event()
        self._workers: dict[str, Process] = {}
        self.polls = 0
        """Number of looks for jobs that have been finished."""

    def wake(self) -> None:
        """Look for jobs now."""
        self._awake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start workers for jobs as long as the context is open, unless the settings leave jobs to other replicas."""
        if not self._settings.enabled:
            yield
            return
        try:
            async with supervised(self._keep_polling, self._keep_cleaning):
                yield
        finally:
            await self._end_workers()

    async def _keep_polling(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._awake.wait()
            self._awake.clear()
            try:
                await self._poll()
            except AppError as error:
                log.warning("jobs_not_seen", reason=str(error))
            self.polls += 1

    async def _poll(self) -> None:
        """Queue the jobs of workers that have ended, and wake or start workers for waiting jobs."""
        ended = [name for name, worker in self._workers.items() if worker.returncode is not None]
        async with transaction(self._sessions) as session:
            jobs = self._queue(session)
            if ended:
                await jobs.release_jobs_of(ended)
            for name in ended:
                del self._workers[name]
            waiting = await jobs.count_waiting(STALE_SECONDS)
            if not waiting:
                return
            idle = len(self._workers) - await jobs.count_claimed(self._workers.keys())
        for worker in self._workers.values():
            if worker.stdin and not worker.stdin.is_closing():
                worker.stdin.write(b"\n")
        while waiting > idle and len(self._workers) < self._settings.at_once:
            await self._start_worker()
            idle += 1

    async def _start_worker(self) -> None:
        name = f"{self._name}/{uuid4().hex}"
        worker = await asyncio.create_subprocess_exec(*self._argv, name, stdin=asyncio.subprocess.PIPE)
        self._workers[name] = worker
        log.info("worker_started", pid=worker.pid)

    async def _end_workers(self) -> None:
        workers = self._workers.values()
        for worker in workers:
            if worker.stdin:
                worker.stdin.close()
        ending = [asyncio.ensure_future(worker.wait()) for worker in workers]
        if ending:
            await asyncio.wait(ending, timeout=self._stop_seconds)
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
        await asyncio.gather(*ending)

    async def _keep_cleaning(self) -> None:
        while self._clean:
            try:
                await self._clean()
            except AppError as error:
                log.warning("old_jobs_not_removed", reason=str(error))
            await asyncio.sleep(CLEAN_SECONDS)


async def remove_old_jobs(sessions: Sessions, settings: JobSettings) -> None:
    """Remove jobs that finished long ago, and selections for archives that have expired."""
    async with transaction(sessions) as session:
        removed = await JobStore(session).remove_finished(settings.days)
        await ArchiveSelectionStore(session).remove_expired()
    if removed:
        log.info("old_jobs_removed", removed=removed)
