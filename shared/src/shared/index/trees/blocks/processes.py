"""Processes that read and write blocks of large manifests: started when they are needed, and ended when they are idle.

The work is done in this process when there is only one processor, and when a process fails.
"""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from shared.index.trees.blocks.drafts import write_block
from shared.index.trees.blocks.frames import (
    BlockSummary,
    BlockTask,
    DraftBlock,
    DraftTask,
    decode_draft_block,
    decode_summary,
    receive,
    send,
)
from shared.index.trees.blocks.lines import LineReader
from shared.index.trees.blocks.summaries import summarize_block
from shared.index.trees.entry_writer import EntryWriter

MIN_MANIFEST_BYTES = 24 << 20
"""Bytes of a manifest from which on processes read it: a start takes as long as reading that much."""
MAX_CONCURRENT_BLOCKS = 3
"""Processes. More than three would wait for the one that puts their results together."""
MAX_PROCESS_FAILURES_IN_A_ROW = 10
"""Failures after which no process is started any more."""
IDLE_SECONDS = 30.0
_COMMAND = (sys.executable, "-I", "-B", "-X", "utf8", "-m", "shared.index.trees.blocks.worker")
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}
"""The whole environment of a process."""

_QUOTA = Path("/sys/fs/cgroup/cpu.max")

log = structlog.get_logger()

Result = TypeVar("Result")


class BlockProcesses:
    """Close it with `aclose`."""

    def __init__(self, count: int) -> None:
        self.count = count
        """Number of processes, at most. 0: this process does the work."""
        self._slots = asyncio.Semaphore(max(self.count, 1))
        self._idle: list[_BlockProcess] = []
        self._timer: asyncio.TimerHandle | None = None
        self._ends: set[asyncio.Task[int]] = set()
        self._failures_in_a_row = 0
        self._is_closed = False

    async def aclose(self) -> None:
        self._is_closed = True
        self._end_idle()
        while self._ends:
            await asyncio.gather(*self._ends)

    async def read(self, task: BlockTask) -> BlockSummary:
        return await self._do(task, decode_summary, lambda: summarize_block(task, LineReader()))

    async def write(self, task: DraftTask) -> DraftBlock:
        return await self._do(task, decode_draft_block, lambda: write_block(task, EntryWriter()))

    async def _do(
        self, task: BlockTask | DraftTask, decode: Callable[[bytearray], Result], do_here: Callable[[], Result]
    ) -> Result:
        async with self._slots:
            if self.count and self._failures_in_a_row < MAX_PROCESS_FAILURES_IN_A_ROW:
                try:
                    result = await self._do_elsewhere(task, decode)
                except (OSError, EOFError, msgspec.MsgspecError) as error:
                    self._failures_in_a_row += 1
                    log.warning("block_process_failed", reason=str(error) or type(error).__name__)
                else:
                    self._failures_in_a_row = 0
                    return result
            return await asyncio.to_thread(do_here)

    async def _do_elsewhere(self, task: BlockTask | DraftTask, decode: Callable[[bytearray], Result]) -> Result:
        """Raises OSError, EOFError and MsgspecError."""
        if self._timer:
            self._timer.cancel()
        process = self._idle.pop() if self._idle else await _start_process()
        try:
            result = await asyncio.to_thread(lambda: decode(process.do(task)))
        except BaseException:
            self._end(process)
            raise
        if self._is_closed:
            self._end(process)
        else:
            self._idle.append(process)
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_idle)
        return result

    def _end_idle(self) -> None:
        if self._timer:
            self._timer.cancel()
        while self._idle:
            self._end(self._idle.pop())

    def _end(self, process: "_BlockProcess") -> None:
        ending = asyncio.create_task(process.end())
        self._ends.add(ending)
        ending.add_done_callback(self._ends.discard)


@asynccontextmanager
async def open_block_processes(count: int) -> AsyncIterator[BlockProcesses]:
    processes = BlockProcesses(count)
    try:
        yield processes
    finally:
        await processes.aclose()


class _BlockProcess:
    def __init__(self, process: Process, peer: socket.socket) -> None:
        self._process = process
        self._peer = peer

    def do(self, task: BlockTask | DraftTask) -> bytearray:
        """The answer, encoded. Blocks the thread. Raises OSError and EOFError."""
        send(self._peer, task)
        answer = receive(self._peer)
        if answer is None:
            raise EOFError("the process has ended")
        return answer

    async def end(self) -> int:
        """The exit code. A thread that waits for an answer gets an error."""
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)
        self._peer.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()


async def _start_process() -> _BlockProcess:
    """Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            argv = (*_COMMAND, str(theirs.fileno()))
            process = await asyncio.create_subprocess_exec(
                *argv, stdin=DEVNULL, stdout=DEVNULL, env=_ENVIRONMENT, pass_fds=[theirs.fileno()]
            )
    except BaseException:
        ours.close()
        raise
    return _BlockProcess(process, ours)


def block_processes_of(workers: int = 1) -> int:
    """Number of processes for each of some workers of a machine. With one processor there are none: they would only cost time."""
    processors = _processors()
    return min(-(-processors // workers), MAX_CONCURRENT_BLOCKS) if processors > 1 else 0


def _processors() -> int:
    """Processors that this process may use, as far as its affinity and the quota of its container say."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = _QUOTA.read_text().split()
        return usable if quota == "max" else max(1, min(usable, int(quota) // int(period)))
    except (OSError, ValueError):
        return usable
