"""One worker as the pool sees it. The worker may have been taken over by the file that it reads, so nothing that it says is trusted."""

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

import msgspec
import psutil
import structlog

from shared.concurrency import cancelled
from shared.readers.errors import NoSuchReader, UnreadableFile, WrongFamily
from shared.readers.source import SourceError
from shared.sandbox.errors import FailureReason, SandboxFailed, SandboxUnavailable
from shared.sandbox.families import MEDIA_TYPES, WorkerFamily
from shared.sandbox.frames import (
    LENGTHS,
    MAX_CONCURRENT_READ_BYTES,
    MAX_CONCURRENT_READS,
    MAX_READ_BYTES,
    AnswerPart,
    BodyTooLarge,
    FrameError,
    FromWorker,
    RangeBytes,
    RangeRefusal,
    RangeRequest,
    WorkerAnswer,
    WorkerCall,
    WorkerFailure,
    WorkerReady,
    decode_from_worker,
    decode_lengths,
    frame_start,
)

START_SECONDS = 60.0
WATCH_SECONDS = 0.02
MAX_READS = 5_000
"""Reads of one call. Each is a request to the store."""
MAX_THREADS = 128
"""Threads of a worker. Readers start as many as the machine has cores."""
_MAX_STDERR_BYTES = 1 << 14
_MAX_LOGGED = 2_000
_COMMAND = (sys.executable, "-I", "-B", "-X", "utf8", "-m", "shared.sandbox.worker")
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""The worker's whole environment. Idle threads of numerical libraries cost memory."""

TakePart = Callable[[bytes], Awaitable[None]]
"""Takes the parts of an answer that come before its end, one after the other."""

log = structlog.get_logger()


class AsyncRangeSource(Protocol):
    """Bytes of a file that are fetched with the caller's rights."""

    @property
    def size(self) -> int: ...

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset` on, which lie within the file. What it raises is raised to the pool's caller."""
        ...


@dataclass(frozen=True, slots=True)
class SandboxAnswer:
    media_type: str
    body: bytes
    read_bytes: int
    """Bytes that were fetched for this answer."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    seconds: float
    cpu_seconds: float
    memory_bytes: int
    max_read_bytes: int
    max_answer_bytes: int
    """Bytes of an answer, or of each of its parts."""
    max_reads: int = MAX_READS


class WorkerProcess:
    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls = 0
        self.protections: list[str] = []
        self.start_memory_bytes = 0
        self.max_memory_bytes = 0
        """The most memory of a call for which it has address space."""
        self.scope: str | None = None
        """The scope of the files that it has read; None before the first."""
        self.is_reusable = True
        """It has answered its last call, and in good order."""
        self.exit_code: int | None = None
        self._process = process
        self._watched = psutil.Process(process.pid)
        self._reader = reader
        self._writer = writer
        self._overrun: FailureReason | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        if self._process.returncode is not None or self._reader.at_eof():
            return False
        try:
            return self._watched.is_running() and self._watched.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def memory_bytes(self) -> int:
        try:
            return int(self._watched.memory_info().rss)
        except psutil.Error:
            return 0

    async def call(
        self,
        operation: str,
        name: str,
        arguments: msgspec.Struct,
        source: AsyncRangeSource,
        limits: CallLimits,
        *,
        take_part: TakePart | None = None,
    ) -> SandboxAnswer:
        """Raises UnreadableFile, NoSuchReader, WrongFamily, SandboxFailed, and what the source or `take_part` raised. After any other end the worker must be killed."""
        self.calls += 1
        self.is_reusable = False
        conversation = _Conversation(source, limits, take_part)
        call, body = WorkerCall(operation, name, source.size), msgspec.msgpack.encode(arguments)
        watch = asyncio.create_task(self._watch(limits))
        try:
            async with asyncio.timeout(limits.seconds):
                self._send(frame_start(call, body), body)
                result = await conversation.hold(self)
        except _PartNotTaken as failure:
            raise failure.error from None
        except TimeoutError:
            raise SandboxFailed("took too long") from None
        except (EOFError, OSError, FrameError) as error:
            reason = self._overrun or ("answered too much" if isinstance(error, BodyTooLarge) else "crashed")
            await self.end()
            log.warning("sandbox_worker_crashed", reason=reason, error=repr(error)[:200], exit_code=self.exit_code)
            raise SandboxFailed(reason) from None
        finally:
            await conversation.close()
            await cancelled(watch)
        if isinstance(result, SandboxFailed):
            raise result
        self.is_reusable = True
        if conversation.error:
            raise conversation.error
        if isinstance(result, Exception):
            raise result
        return result

    async def receive(self, max_body_bytes: int) -> tuple[FromWorker, bytes]:
        head, body = decode_lengths(await self._reader.readexactly(LENGTHS.size), max_body_bytes)
        encoded = await self._reader.readexactly(head)
        try:
            message = decode_from_worker(encoded)
        except (msgspec.DecodeError, RecursionError) as error:
            raise FrameError(str(error)) from None
        if body and not isinstance(message, WorkerAnswer | AnswerPart):
            raise FrameError("A body where there is none")
        return message, await self._reader.readexactly(body)

    async def send(self, *parts: bytes) -> None:
        self._send(*parts)
        await self._writer.drain()

    def _send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)

    def kill(self) -> None:
        _kill(self._process)

    async def end(self) -> None:
        """Kill the process and wait for its end."""
        self.kill()
        self._writer.transport.abort()
        self.exit_code = await self._process.wait()

    async def _watch(self, limits: CallLimits) -> None:
        """Kill the process when it exceeds a limit."""
        started = None
        while True:
            try:
                with self._watched.oneshot():
                    times = self._watched.cpu_times()
                    memory, threads = self._watched.memory_info().rss, self._watched.num_threads()
            except psutil.Error:  # it has ended
                return
            spent = times.user + times.system
            started = spent if started is None else started
            if memory > limits.memory_bytes:
                self._overrun = "took too much memory"
            elif spent - started > limits.cpu_seconds:
                self._overrun = "took too long"
            elif threads > MAX_THREADS:
                self._overrun = "started too many threads"
            if self._overrun:
                self.kill()
                return
            await asyncio.sleep(WATCH_SECONDS)


class _PartNotTaken(Exception):
    """The caller has not taken a part of an answer. Its error is no error of the worker, whatever its type."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Conversation:
    """One call: reads are served until the answer comes."""

    def __init__(self, source: AsyncRangeSource, limits: CallLimits, take_part: TakePart | None) -> None:
        self._take_part = take_part
        self._source = source
        self._limits = limits
        self._reads: set[asyncio.Task[None]] = set()
        self._reading_bytes = 0
        self.error: Exception | None = None
        self._asked = 0
        self._asked_bytes = 0
        self._read_bytes = 0

    async def hold(self, worker: WorkerProcess) -> SandboxAnswer | Exception:
        while True:
            message, body = await worker.receive(self._limits.max_answer_bytes)
            match message:
                case RangeRequest():
                    await self._start_read(worker, message)
                case AnswerPart():
                    if self._take_part is None:
                        raise FrameError("A part of an answer that is wanted whole")
                    await self._give_part(self._take_part, body)
                case WorkerAnswer(media_type):
                    if media_type not in MEDIA_TYPES:
                        raise FrameError("An unknown media type")
                    return SandboxAnswer(media_type, body, self._read_bytes)
                case WorkerFailure():
                    return _error_of(message)
                case WorkerReady():
                    raise FrameError("Ready during a call")

    async def close(self) -> None:
        await cancelled(*self._reads)

    async def _give_part(self, take_part: TakePart, body: bytes) -> None:
        try:
            await take_part(body)
        except Exception as error:
            raise _PartNotTaken(error) from error

    async def _start_read(self, worker: WorkerProcess, request: RangeRequest) -> None:
        if not (0 <= request.offset < self._source.size and 0 < request.length <= MAX_READ_BYTES):
            raise FrameError("A read outside of the limits")
        if request.offset + request.length > self._source.size:
            raise FrameError("A read beyond the end")
        self._asked += 1
        self._asked_bytes += request.length
        if self._asked > self._limits.max_reads or self._asked_bytes > self._limits.max_read_bytes:
            raise SandboxFailed("read too much")
        while self._reads and (
            len(self._reads) >= MAX_CONCURRENT_READS or self._reading_bytes + request.length > MAX_CONCURRENT_READ_BYTES
        ):
            await asyncio.wait(self._reads, return_when=asyncio.FIRST_COMPLETED)
        self._reading_bytes += request.length
        read = asyncio.create_task(self._serve(worker, request))
        self._reads.add(read)
        read.add_done_callback(self._reads.discard)

    async def _serve(self, worker: WorkerProcess, request: RangeRequest) -> None:
        try:
            content = await self._source.read(request.offset, request.length)
            if len(content) != request.length:
                raise SourceError("The file has changed")  # noqa: TRY301 – kept like what the source raises
        except Exception as error:  # noqa: BLE001 – raised when the worker has answered
            self.error = self.error or error
            await worker.send(frame_start(RangeRefusal(request.number)))
        else:
            self._read_bytes += len(content)
            await worker.send(frame_start(RangeBytes(request.number), content), content)
        finally:
            self._reading_bytes -= request.length


def _error_of(failure: WorkerFailure) -> Exception:
    match failure.reason:
        case "unreadable":
            return UnreadableFile(failure.text)
        case "no_such_reader":
            return NoSuchReader(failure.text)
        case "wrong_family":
            return WrongFamily(failure.text)
        case "source":
            return SourceError(failure.text)
        case "memory":
            return SandboxFailed("took too much memory")
        case "error":
            log.warning("sandbox_reader_failed", places=failure.text)
            return SandboxFailed("failed")


async def start_worker(name: str, family: WorkerFamily, memory_bytes: int, *, required: bool) -> WorkerProcess:
    """Raises SandboxUnavailable. When it is cancelled, the process ends."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    numbers = (theirs.fileno(), os.getpid(), memory_bytes, int(required), family.nice)
    arguments = (*numbers, family.module, name, *family.folders)
    async with AsyncExitStack() as undo:
        undo.callback(ours.close)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                *map(str, arguments),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=PIPE,
                pass_fds=(theirs.fileno(),),
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        undo.push_async_callback(process.wait)
        undo.callback(_kill, process)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        undo.callback(writer.transport.abort)
        try:
            async with asyncio.timeout(START_SECONDS):
                worker = WorkerProcess(process, reader, writer)
                ready, _ = await worker.receive(0)
            if not isinstance(ready, WorkerReady):
                raise FrameError(ready.text if isinstance(ready, WorkerFailure) else "Not ready")  # noqa: TRY301
        except (OSError, EOFError, FrameError, psutil.Error) as error:
            _kill(process)
            written = await process.stderr.read(_MAX_STDERR_BYTES) if process.stderr else b""
            stderr = written.decode(errors="replace")[-_MAX_LOGGED:]
            log.warning("sandbox_worker_not_started", family=name, error=str(error), stderr=stderr)
            raise SandboxUnavailable from error
        undo.pop_all()
    worker.protections = ready.protections
    worker.max_memory_bytes = memory_bytes
    worker.start_memory_bytes = worker.memory_bytes()
    return worker


def _kill(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
