"""Workers in processes of their own, so that big jobs neither hold up requests nor make the service grow.

A worker looks for jobs when it reads a line, and ends when its standard input does: so none outlives the service.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import structlog

from registry.db.jobs import JobStore
from registry.services.pushes.attempt import STALE_SECONDS
from registry.settings import JobSettings
from shared.db.engine import Sessions, transaction
from shared.errors import AppError

LOOK_SECONDS = 1.0
STOP_SECONDS = 4.0
"""For workers to give their jobs back when the service ends."""
CLEAN_SECONDS = 3600.0
ARGV = (sys.executable, "-m", "registry.worker")

log = structlog.get_logger()

Process = asyncio.subprocess.Process


class WorkerSupervisor:
    def __init__(
        self,
        sessions: Sessions,
        settings: JobSettings,
        name: str,
        argv: Sequence[str] = ARGV,
        *,
        patience: float = STOP_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._name = name
        """Of this replica: the beginning of its workers' names."""
        self._argv = argv
        self._patience = patience
        self._awake = asyncio.Event()
        self._workers: dict[str, Process] = {}

    def wake(self) -> None:
        """There may be a job."""
        self._awake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self._settings.enabled:
            yield
            return
        chores = [asyncio.create_task(self._look_for_ever()), asyncio.create_task(self._clean_for_ever())]
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await self._end_workers()

    async def _look_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._awake.wait()
            self._awake.clear()
            try:
                await self._look()
            except AppError as error:
                log.warning("jobs_not_seen", reason=str(error))
            except Exception:
                log.exception("job_runner_failed")

    async def _look(self) -> None:
        ended = [name for name, worker in self._workers.items() if worker.returncode is not None]
        async with transaction(self._sessions) as session:
            jobs = JobStore(session)
            if ended:
                await jobs.abandon(ended)
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
            await self._start()
            idle += 1

    async def _start(self) -> None:
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
            await asyncio.wait(ending, timeout=self._patience)
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
        await asyncio.gather(*ending)

    async def _clean_for_ever(self) -> None:
        while True:
            try:
                async with transaction(self._sessions) as session:
                    removed = await JobStore(session).remove_finished(self._settings.days)
                if removed:
                    log.info("old_jobs_removed", removed=removed)
            except AppError as error:
                log.warning("old_jobs_not_removed", reason=str(error))
            await asyncio.sleep(CLEAN_SECONDS)
