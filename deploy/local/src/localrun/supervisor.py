"""The supervisor of programs: starts them, restarts them with growing pauses, logs their output, and stops them."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localrun.child_processes import before_exec

FIRST_PAUSE_SECONDS = 0.2
"""Pause before the first restart; each further one is twice as long."""
MAX_PAUSE_SECONDS = 5.0
STEADY_SECONDS = 10.0
"""A program that ran longer than this is restarted after the first pause again."""
GRACE_SECONDS = 10.0
"""Time that a program has to end before it is killed."""
MAX_LOG_BYTES = 20_000_000
"""A larger log is put aside at the next start of its program."""
MAX_FAILED_STARTS = 3
"""Failures in a row, before the program was ever ready, after which starting is given up."""


class StartFailed(Exception):
    """A program did not become ready; the message has the end of its output."""


async def _always() -> bool:
    return True


@dataclass(frozen=True)
class Program:
    name: str
    argv: list[str]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]] = _always
    prepare: Callable[[], None] = lambda: None
    """Called before every start, in a thread."""
    before_exec: Callable[[], Callable[[], None]] = before_exec
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass
class Running:
    program: Program
    process: asyncio.subprocess.Process | None = None
    was_ready: bool = False
    restarts: int = 0
    last_lines: list[str] = field(default_factory=list)
    failed: bool = False
    """It ended MAX_FAILED_STARTS times before it was ever ready."""
    is_restarting: bool = False
    """It was told to end, so that it starts again."""


OnLine = Callable[[str, str], None]
"""Called with the program's name and a line: of its output, or of the supervisor."""


class Supervisor:
    def __init__(
        self,
        logs: Path,
        on_line: OnLine,
        on_change: Callable[[], None] = lambda: None,
        *,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        """`on_change` is called whenever a process has started or ended."""
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._on_line = on_line
        self._on_change = on_change
        self._grace_seconds = grace_seconds
        self._running: dict[str, Running] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    @property
    def pids(self) -> dict[str, int]:
        alive = {name: each.process for name, each in self._running.items()}
        return {name: each.pid for name, each in alive.items() if each and each.returncode is None}

    def restarts(self, name: str) -> int:
        return self._running[name].restarts

    def start(self, program: Program) -> None:
        running = self._running[program.name] = Running(program)
        self._tasks[program.name] = asyncio.create_task(self._keep(running), name=program.name)

    async def ready(self, *names: str, seconds: float = 60) -> None:
        """Wait until the programs are ready; raises StartFailed."""
        await asyncio.gather(*(self._ready(self._running[name], seconds) for name in names))

    def restart(self, name: str) -> None:
        """End a program, which then starts again at once."""
        running = self._running[name]
        if running.process and running.process.returncode is None:
            running.is_restarting = True
            running.process.terminate()

    async def stop(self, *groups: list[str]) -> None:
        """Stop one group after the other, and then all other programs. Programs of a group stop at the same time."""
        self._stopping.set()
        for group in [*groups, list(self._running)]:
            await asyncio.gather(*(self._end(self._running[name]) for name in group if name in self._running))
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def kill(self) -> None:
        for running in self._running.values():
            _signal(running.process, signal.SIGKILL)

    async def _ready(self, running: Running, seconds: float) -> None:
        name, deadline = running.program.name, time.monotonic() + seconds
        while not running.was_ready:
            if running.failed or time.monotonic() > deadline:
                said = "\n".join(f"  {line}" for line in running.last_lines[-15:])
                why = "keeps ending" if running.failed else f"is not ready after {seconds:g} s"
                raise StartFailed(f"{name} {why}; see {self._logs / name}.log\n{said}")
            await asyncio.sleep(0.03)
            running.was_ready = bool(running.process) and await running.program.ready()

    async def _keep(self, running: Running) -> None:
        program, pause, failures = running.program, FIRST_PAUSE_SECONDS, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await asyncio.to_thread(program.prepare)
                status = await self._run(running)
            except Exception as error:  # noqa: BLE001 – any failure to start is retried
                running.last_lines.append(str(error))
                status = None
            if self._stopping.is_set():
                return
            running.restarts += 1
            if running.is_restarting:
                running.is_restarting = False
                continue
            failures = 0 if running.was_ready else failures + 1
            running.failed = failures >= MAX_FAILED_STARTS
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            ended = f"ended with status {status}" if status is not None else f"did not start: {running.last_lines[-1]}"
            self._on_line(program.name, f"{ended}; starting again in {pause:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    async def _run(self, running: Running) -> int:
        program = running.program
        process = running.process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(program.environment),
            preexec_fn=program.before_exec(),
            start_new_session=True,
            limit=1 << 20,
        )
        if self._stopping.is_set():
            _signal(process, program.stop_signal)
        self._on_change()
        await self._read(running, process)
        status = await process.wait()
        _signal(process, signal.SIGKILL)  # processes that it started and left
        self._on_change()
        return status

    async def _read(self, running: Running, process: asyncio.subprocess.Process) -> None:
        assert process.stdout  # noqa: S101 – requested above
        name = running.program.name
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab", buffering=0) as log:
            while True:
                try:
                    line = await process.stdout.readline()
                except ValueError:  # a line longer than the limit is dropped
                    continue
                if not line:
                    return
                log.write(line)
                text = line.decode(errors="replace").rstrip()
                running.last_lines = [*running.last_lines[-30:], text]
                self._on_line(name, text)

    async def _end(self, running: Running) -> None:
        process = running.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(running.program.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self._grace_seconds)
        except TimeoutError:
            self._on_line(running.program.name, f"does not stop within {self._grace_seconds:g} s; killing it")
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: asyncio.subprocess.Process | None, number: signal.Signals) -> None:
    """Send a signal to the process group that the process leads."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
