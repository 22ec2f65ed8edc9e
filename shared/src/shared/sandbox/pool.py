"""Workers that are started when they are needed, shared fairly, and thrown away when in doubt.

A worker that a file has taken over could see the files that it reads afterwards, and falsify their answers. It therefore serves one
scope only: those files that the same people may read, the files of a bucket. Since a start takes about a second, a spare worker is
started behind each one that gets a scope; the next scope need not wait.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import NamedTuple, Self, get_args

import msgspec

from shared.concurrency import FairSemaphore, cancelled
from shared.metrics import Metrics, Read
from shared.readers.errors import NoSuchReader, UnreadableFile, WrongFamily
from shared.sandbox.errors import FailureReason, SandboxBusy, SandboxFailed, SandboxUnavailable
from shared.sandbox.families import FAMILIES, WorkerFamily
from shared.sandbox.requirements import (
    MAX_IDLE_WORKER_BYTES,
    available_memory_bytes,
    require_memory,
    require_support,
)
from shared.sandbox.worker_process import (
    MAX_READS,
    AsyncRangeSource,
    CallLimits,
    SandboxAnswer,
    TakePart,
    WorkerProcess,
    start_worker,
)
from shared.settings import SandboxSettings

MAX_WORKER_CALLS = 500
"""Calls after which a worker is replaced."""
START_PAUSE_SECONDS = 5.0
"""Seconds for which a family is not started again after its start has failed."""

_RESULTS = (
    "answered",
    "unreadable",
    "no_reader",
    "busy",
    "unavailable",
    "source_failed",
    "cancelled",
    *(reason.replace(" ", "_") for reason in get_args(FailureReason)),
)
"""Ends of calls, as the metrics name them."""


@dataclass(frozen=True, slots=True)
class CallBudget:
    """Limits of one call. None: as the settings of the pool say."""

    seconds: float | None = None
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    max_read_bytes: int | None = None


class _IdleWorker(NamedTuple):
    family: str
    worker: WorkerProcess
    memory_bytes: int
    timer: asyncio.TimerHandle

    @property
    def is_spare(self) -> bool:
        """It waits for the first file of any scope."""
        return self.worker.scope is None


class SandboxPool:
    """Use it as a context, which ends all workers."""

    def __init__(self, settings: SandboxSettings, families: Mapping[str, WorkerFamily] = FAMILIES) -> None:
        self.settings = settings
        self._families = families
        self._slots = FairSemaphore(settings.workers)
        self._idle: list[_IdleWorker] = []
        """The longest idle first. Spare ones have no scope yet."""
        self._busy: set[WorkerProcess] = set()
        self._starts: set[asyncio.Task[WorkerProcess]] = set()
        self._spare_starts: list[tuple[str, asyncio.Task[WorkerProcess]]] = []
        """Starts that no call waits for, by family."""
        self._ends: set[asyncio.Task[None]] = set()
        self._paused_until: dict[str, float] = {}
        """When a family whose start failed may be started again, by the loop's clock."""
        self._is_closed = False
        self._results: Counter[str] = Counter()
        self._started = 0

    async def __aenter__(self) -> Self:
        """Raises SandboxTooLarge and SandboxNotSupported."""
        require_memory(self.settings, available_memory_bytes())
        require_support(required=self.settings.required)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        await cancelled(*self._starts)
        for idle in self._idle:
            idle.timer.cancel()
            self._end(idle.worker)
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
        budget: CallBudget = CallBudget(),
        max_reads: int = MAX_READS,
        take_part: TakePart | None = None,
        ends_worker: bool = False,
    ) -> SandboxAnswer:
        """Let a worker of the family do an operation on a file.

        Callers take turns. `scope` names the files that the same people may read, such as a bucket: workers never serve two of them.
        `budget` replaces those of the settings. `ends_worker`: nothing else will be asked within this scope.

        Raises UnreadableFile, NoSuchReader, SandboxBusy, SandboxFailed, SandboxUnavailable, and what the source raised.
        """
        settings = self.settings
        limits = CallLimits(
            settings.seconds if budget.seconds is None else budget.seconds,
            settings.cpu_seconds if budget.cpu_seconds is None else budget.cpu_seconds,
            settings.memory_bytes if budget.memory_bytes is None else budget.memory_bytes,
            settings.max_read_bytes if budget.max_read_bytes is None else budget.max_read_bytes,
            settings.max_answer_bytes,
            max_reads,
        )
        with self._counted():
            async with self._slot(caller):
                families = [family]
                while True:
                    held = self._held_worker(families[-1], scope, limits.memory_bytes, ends_worker=ends_worker)
                    async with held as worker:
                        try:
                            return await worker.call(operation, name, arguments, source, limits, take_part=take_part)
                        except WrongFamily as error:  # known only when a compressed file or an archive is opened
                            if error.family not in self._families or error.family in families:
                                worker.is_reusable = False
                                raise SandboxFailed("crashed") from None
                            families.append(error.family)

    def watch(self, metrics: Metrics) -> None:
        """Add metrics of the pool."""
        results: dict[tuple[str, str], Read] = {
            ("result", result): partial(self._results.__getitem__, result) for result in _RESULTS
        }
        states: dict[tuple[str, str], Read] = {
            ("state", "busy"): lambda: len(self._busy),
            ("state", "idle"): lambda: len(self._idle),
            ("state", "starting"): lambda: len(self._starts),
        }
        waiting, memory = self._slots.count_all_waiting, self._memory_bytes
        metrics.reads("counter", "patchwork_sandbox_calls", "Files that readers were asked to read.", results)
        metrics.reads("gauge", "patchwork_sandbox_workers", "Processes that read files.", states)
        metrics.reads("counter", "patchwork_sandbox_starts", "Starts of such processes.", lambda: self._started)
        metrics.reads("gauge", "patchwork_sandbox_waiting", "Files that wait for a process.", waiting)
        metrics.reads("gauge", "patchwork_sandbox_memory_bytes", "Memory of the processes that read files.", memory)

    def _memory_bytes(self) -> int:
        return sum(worker.memory_bytes() for worker in [*self._busy, *(idle.worker for idle in self._idle)])

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self._results[_result_of(error)] += 1
            raise
        self._results["answered"] += 1

    @asynccontextmanager
    async def _slot(self, caller: str) -> AsyncIterator[None]:
        if self._is_closed:
            raise SandboxUnavailable
        waiting, all_waiting = self._slots.count_waiting(caller), self._slots.count_all_waiting()
        if self._slots.is_locked and (
            waiting >= self.settings.max_waiting_per_caller or all_waiting >= self.settings.max_waiting
        ):
            raise SandboxBusy
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self.settings.wait_seconds):
                    await stack.enter_async_context(self._slots.held(caller))
            except TimeoutError:
                raise SandboxBusy from None
            yield

    @asynccontextmanager
    async def _held_worker(
        self, family: str, scope: str, memory_bytes: int, *, ends_worker: bool
    ) -> AsyncIterator[WorkerProcess]:
        worker = self._take_idle(family, scope, memory_bytes) or self._take_idle(family, None, memory_bytes)
        worker = worker or await self._start(family, memory_bytes)
        is_new = worker.scope is None
        worker.scope = scope
        self._busy.add(worker)
        try:
            yield worker
        finally:
            self._busy.discard(worker)
            if worker.is_reusable and not ends_worker and not self._is_closed:
                self._keep(family, worker, self.settings.idle_seconds)
            else:
                self._end(worker)
            if is_new and not self._is_closed:
                self._start_spares(family, worker.start_memory_bytes)

    def _take_idle(self, family: str, scope: str | None, memory_bytes: int) -> WorkerProcess | None:
        for index, idle in enumerate(self._idle):
            worker = idle.worker
            is_fit = idle.family == family and worker.scope == scope and worker.max_memory_bytes >= memory_bytes
            if is_fit and worker.is_running:
                del self._idle[index]
                idle.timer.cancel()
                return idle.worker
        return None

    async def _start(self, family: str, memory_bytes: int) -> WorkerProcess:
        """A worker without a scope: the spare one that is being started, or another."""
        if asyncio.get_running_loop().time() < self._paused_until.get(family, 0):
            raise SandboxUnavailable
        is_usual = memory_bytes <= self.settings.memory_bytes
        start = (is_usual and self._take_spare_start(family)) or self._begin_start(family, memory_bytes)
        try:
            return await start
        except SandboxUnavailable:
            self._pause(family)
            raise
        except asyncio.CancelledError:
            if start.done() and not start.cancelled() and not start.exception():
                self._end(start.result())
            if self._is_closed:
                raise SandboxUnavailable from None
            raise

    def _begin_start(self, family: str, memory_bytes: int = 0) -> asyncio.Task[WorkerProcess]:
        """`memory_bytes`: of its first call, if it may take more than others."""
        self._started += 1
        most = max(memory_bytes, self.settings.memory_bytes)
        start = asyncio.create_task(start_worker(family, self._families[family], most, required=self.settings.required))
        self._starts.add(start)
        start.add_done_callback(self._starts.discard)
        return start

    def _pause(self, family: str) -> None:
        self._paused_until[family] = asyncio.get_running_loop().time() + START_PAUSE_SECONDS

    def _start_spares(self, family: str, memory_bytes: int) -> None:
        """Start workers for scopes that have none. Each takes about `memory_bytes`."""
        spares = sum(each == family for each, _ in self._spare_starts)
        spares += sum(idle.family == family for idle in self._idle if idle.is_spare)
        wanted = min(self.settings.spare_workers, self._max_spare_bytes // max(memory_bytes, 1))
        for _ in range(wanted - spares):
            start = self._begin_start(family)
            self._spare_starts.append((family, start))
            start.add_done_callback(partial(self._keep_spare, family))

    @property
    def _max_spare_bytes(self) -> int:
        return self.settings.idle_memory_bytes // 2

    def _take_spare_start(self, family: str) -> asyncio.Task[WorkerProcess] | None:
        for index, (each, start) in enumerate(self._spare_starts):
            if each == family:
                del self._spare_starts[index]
                return start
        return None

    def _keep_spare(self, family: str, start: asyncio.Task[WorkerProcess]) -> None:
        """Keep a worker that has started, unless a call has taken its start."""
        if (family, start) not in self._spare_starts:
            return
        self._spare_starts.remove((family, start))
        if start.cancelled():
            return
        if start.exception():
            self._pause(family)
        elif self._is_closed:
            self._end(start.result())
        else:
            self._keep(family, start.result(), self.settings.spare_seconds)

    def _keep(self, family: str, worker: WorkerProcess, seconds: float) -> None:
        memory_bytes = worker.memory_bytes()
        if worker.calls >= MAX_WORKER_CALLS or memory_bytes > MAX_IDLE_WORKER_BYTES:
            self._end(worker)
            return
        timer = asyncio.get_running_loop().call_later(seconds, self._end_idle, worker)
        self._idle.append(_IdleWorker(family, worker, memory_bytes, timer))
        spares = [idle for idle in self._idle if idle.is_spare]
        others = [idle for idle in self._idle if not idle.is_spare]
        spare_bytes = self._end_longest_idle(spares, self._max_spare_bytes)
        self._end_longest_idle(others, self.settings.idle_memory_bytes - spare_bytes)

    def _end_longest_idle(self, kept: list[_IdleWorker], max_bytes: int) -> int:
        """End workers until the rest has `max_bytes` at most. Returns the memory of the rest."""
        left = sum(idle.memory_bytes for idle in kept)
        for idle in kept:
            if left <= max_bytes:
                break
            left -= idle.memory_bytes
            self._end_idle(idle.worker)
        return left

    def _end_idle(self, worker: WorkerProcess) -> None:
        for idle in self._idle:
            if idle.worker is worker:
                idle.timer.cancel()
        self._idle = [idle for idle in self._idle if idle.worker is not worker]
        self._end(worker)

    def _end(self, worker: WorkerProcess) -> None:
        """End a worker in the background."""
        task = asyncio.create_task(worker.end())
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)


def _result_of(error: BaseException) -> str:
    if isinstance(error, SandboxFailed):
        return error.reason.replace(" ", "_")
    known = {
        UnreadableFile: "unreadable",
        NoSuchReader: "no_reader",
        SandboxBusy: "busy",
        SandboxUnavailable: "unavailable",
        asyncio.CancelledError: "cancelled",
    }
    return known.get(type(error), "source_failed")
