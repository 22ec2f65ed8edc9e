"""Keeps programs running: starts them, restarts them with growing pauses, reads their output, stops them."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localrun.child_processes import before_exec

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 10.0
"""A program that ran so long is forgiven its earlier crashes."""
GRACE_SECONDS = 10.0
LOG_BYTES = 20_000_000
"""A log larger than that is put aside at the next start."""
QUICK_FAILURES = 3
"""So many before it was ever ready, and starting is given up."""


class StartFailed(Exception):
    """A program never became ready; the message has its last words."""


async def _always() -> bool:
    return True


@dataclass(frozen=True)
class Program:
    name: str
    argv: list[str]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]] = _always
    prepare: Callable[[], None] = lambda: None
    """Runs before every start, in a thread."""
    before_exec: Callable[[], Callable[[], None]] = before_exec
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass
class Running:
    program: Program
    process: asyncio.subprocess.Process | None = None
    was_ready: bool = False
    restarts: int = 0
    last_words: list[str] = field(default_factory=list)
    failed: bool = False
    """It kept ending before it was ever ready."""
    wanted_down: bool = False
    """We end it ourselves, to start it anew."""


Tell = Callable[[str, str], None]
"""Called with the program's name and a line, its own or ours."""


class Supervisor:
    def __init__(self, logs: Path, tell: Tell, note: Callable[[], None] = lambda: None) -> None:
        """`note` is called whenever the set of processes has changed."""
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._tell = tell
        self._note = note
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
        """Wait until they all are; raises StartFailed."""
        await asyncio.gather(*(self._ready(self._running[name], seconds) for name in names))

    def restart(self, name: str) -> None:
        """End it; it starts again as after a crash, but at once."""
        running = self._running[name]
        if running.process and running.process.returncode is None:
            running.wanted_down = True
            running.process.terminate()

    async def stop(self, *groups: list[str]) -> None:
        """Group after group, each group's programs at once; then whatever is left."""
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
                said = "\n".join(f"  {line}" for line in running.last_words[-15:])
                why = "keeps ending" if running.failed else f"is not ready after {seconds:g} s"
                raise StartFailed(f"{name} {why}; see {self._logs / name}.log\n{said}")
            await asyncio.sleep(0.03)
            running.was_ready = bool(running.process) and await running.program.ready()

    async def _keep(self, running: Running) -> None:
        program, pause, failures = running.program, FIRST_PAUSE, 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await asyncio.to_thread(program.prepare)
                status = await self._run(running)
            except Exception as error:  # noqa: BLE001 – whatever keeps it from starting, it is tried again
                running.last_words.append(str(error))
                status = None
            if self._stopping.is_set():
                return
            running.restarts += 1
            if running.wanted_down:
                running.wanted_down = False
                continue
            failures = 0 if running.was_ready else failures + 1
            running.failed = failures >= QUICK_FAILURES
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            ended = f"ended with status {status}" if status is not None else f"did not start: {running.last_words[-1]}"
            self._tell(program.name, f"{ended}; starting again in {pause:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, LONGEST_PAUSE)

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
        self._note()
        await self._read(running, process)
        status = await process.wait()
        _signal(process, signal.SIGKILL)  # whatever it started and left
        self._note()
        return status

    async def _read(self, running: Running, process: asyncio.subprocess.Process) -> None:
        assert process.stdout  # noqa: S101 – asked for
        name = running.program.name
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab", buffering=0) as log:
            while True:
                try:
                    line = await process.stdout.readline()
                except ValueError:  # a line beyond the limit: dropped
                    continue
                if not line:
                    return
                log.write(line)
                text = line.decode(errors="replace").rstrip()
                running.last_words = [*running.last_words[-30:], text]
                self._tell(name, text)

    async def _end(self, running: Running) -> None:
        process = running.process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(running.program.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        except TimeoutError:
            self._tell(running.program.name, f"does not stop within {GRACE_SECONDS:g} s; killing it")
            _signal(process, signal.SIGKILL)
            await process.wait()


def _signal(process: asyncio.subprocess.Process | None, number: signal.Signals) -> None:
    """Send to the process's whole group, of which it is the leader."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
