"""Workers that are started when they are needed, shared fairly, and thrown away when in doubt.

A worker that a file has taken over could see the files that it reads afterwards, and falsify their answers. It therefore serves one
scope only: those files that the same people may read, the files of a bucket.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

import msgspec
import structlog

from shared.concurrency import FairSemaphore, cancelled
from shared.readers.errors import WrongFamily
from shared.sandbox.errors import SandboxBusy, SandboxFailed, SandboxUnavailable
from shared.sandbox.families import FAMILIES, WorkerFamily
from shared.sandbox.worker_process import AsyncRangeSource, CallLimits, SandboxAnswer, WorkerProcess, start_worker
from shared.settings import SandboxSettings

MAX_WORKER_CALLS = 500
"""Calls after which a worker is replaced."""
MAX_WORKER_GROWTH_BYTES = 128 << 20
"""Memory that a worker may hold after a call, beyond that with which it started."""

log = structlog.get_logger()


class SandboxPool:
    """Use it as a context, which ends all workers."""

    def __init__(self, settings: SandboxSettings, families: Mapping[str, WorkerFamily] = FAMILIES) -> None:
        self.settings = settings
        self._families = families
        self._slots = FairSemaphore(settings.workers)
        self._idle: list[tuple[str, WorkerProcess, asyncio.TimerHandle]] = []
        """Family, worker, and the timer that ends it; the longest idle first."""
        self._busy: set[WorkerProcess] = set()
        self._starts: set[asyncio.Task[WorkerProcess]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self.results: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        await cancelled(*self._starts)
        for _, worker, timer in self._idle:
            timer.cancel()
            self._end(worker)
        self._idle.clear()
        for worker in self._busy:
            self._end(worker)
        while self._ends:
            await asyncio.gather(*self._ends)

    async def run(
        self,
        operation: str,
        family: str,
        name: str,
        arguments: msgspec.Struct,
        source: AsyncRangeSource,
        *,
        caller: str = "",
        scope: str = "",
        max_read_bytes: int | None = None,
    ) -> SandboxAnswer:
        """Let a worker of the family do an operation on a file.

        Callers take turns. `scope` names the files that the same people may read, such as a bucket: workers never serve two of them.

        Raises UnreadableFile, NoSuchReader, SandboxBusy, SandboxFailed, SandboxUnavailable, and what the source raised.
        """
        settings = self.settings
        if self._is_closed:
            raise SandboxUnavailable
        if self._slots.is_locked and (
            self._slots.count_waiting(caller) >= settings.max_waiting_per_caller
            or self._slots.count_all_waiting() >= settings.max_waiting
        ):
            self.results["busy"] += 1
            raise SandboxBusy
        limits = CallLimits(
            settings.seconds,
            settings.cpu_seconds,
            settings.memory_bytes,
            settings.max_read_bytes if max_read_bytes is None else max_read_bytes,
            settings.max_answer_bytes,
        )
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(settings.wait_seconds):
                    await stack.enter_async_context(self._slots.held(caller))
            except TimeoutError:
                self.results["busy"] += 1
                raise SandboxBusy from None
            families = [family]
            while True:
                async with self._held_worker(families[-1], scope) as worker:
                    try:
                        return await worker.call(operation, name, arguments, source, limits)
                    except WrongFamily as error:
                        if error.family not in self._families or error.family in families:
                            worker.is_reusable = False
                            raise SandboxFailed("crashed") from None
                        families.append(error.family)

    @asynccontextmanager
    async def _held_worker(self, family: str, scope: str) -> AsyncIterator[WorkerProcess]:
        worker = await self._take(family, scope)
        self._busy.add(worker)
        try:
            yield worker
        finally:
            self._busy.discard(worker)
            if worker.is_reusable:
                self._keep(family, worker)
            else:
                self._end(worker)

    async def _take(self, family: str, scope: str) -> WorkerProcess:
        for index, (of, worker, timer) in enumerate(self._idle):
            if of == family and worker.scope == scope and worker.is_running:
                del self._idle[index]
                timer.cancel()
                return worker
        start = asyncio.create_task(
            start_worker(family, self._families[family], self.settings.memory_bytes, required=self.settings.required)
        )
        self._starts.add(start)
        try:
            worker = await start
        except asyncio.CancelledError:
            if start.done() and not start.cancelled() and not start.exception():
                self._end(start.result())
            if self._is_closed:
                raise SandboxUnavailable from None
            raise
        finally:
            self._starts.discard(start)
        worker.scope = scope
        return worker

    def _keep(self, family: str, worker: WorkerProcess) -> None:
        grown = worker.memory_bytes() - worker.start_memory_bytes
        if worker.calls >= MAX_WORKER_CALLS or grown > MAX_WORKER_GROWTH_BYTES:
            self._end(worker)
            return
        timer = asyncio.get_running_loop().call_later(self.settings.idle_seconds, self._end_idle, worker)
        self._idle.append((family, worker, timer))
        while len(self._idle) > self.settings.idle_workers:
            _, longest_idle, its_timer = self._idle.pop(0)
            its_timer.cancel()
            self._end(longest_idle)

    def _end_idle(self, worker: WorkerProcess) -> None:
        self._idle = [entry for entry in self._idle if entry[1] is not worker]
        self._end(worker)

    def _end(self, worker: WorkerProcess) -> None:
        """End a worker in the background."""
        task = asyncio.create_task(worker.end())
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
