"""The supervisor keeps programs running, and stops them without leftovers."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from localrun.supervisor import Program, StartFailed, Supervisor

Lines = list[tuple[str, str]]


@pytest.fixture
def lines() -> Lines:
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, lines: Lines) -> AsyncIterator[Supervisor]:
    made = Supervisor(tmp_path / "logs", lambda name, line: lines.append((name, line)))
    yield made
    await made.stop()


def program(code: str, name: str = "toy") -> Program:
    return Program(name, [sys.executable, "-u", "-c", code], {**os.environ})


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_killed_program_is_started_again(supervisor: Supervisor, lines: Lines) -> None:
    supervisor.start(program("import time; print('up'); time.sleep(60)"))
    await supervisor.ready("toy")
    await until(lambda: ("toy", "up") in lines)
    first = supervisor.pids["toy"]
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pids.get("toy", first) != first)
    assert ("toy", "ended with status -9; starting again in 0.2 s") in lines
    assert supervisor.restarts("toy") == 1


async def test_pauses_grow_and_a_failed_start_shows_the_end_of_the_output(supervisor: Supervisor, lines: Lines) -> None:
    async def never() -> bool:
        return False

    failing = program("print('no such table'); raise SystemExit(3)")
    supervisor.start(Program(failing.name, failing.argv, failing.environment, never))
    with pytest.raises(StartFailed, match=r"(?s)toy keeps ending.*toy.log.*no such table"):
        await supervisor.ready("toy")
    pauses = [line for _, line in lines if line.startswith("ended")]
    assert [line.rpartition("in ")[2] for line in pauses[:3]] == ["0.2 s", "0.4 s", "0.8 s"]


async def test_programs_that_ignore_the_stop_signal_are_killed_with_their_children(
    tmp_path: Path, lines: Lines
) -> None:
    supervisor = Supervisor(tmp_path / "logs", lambda name, line: lines.append((name, line)), grace_seconds=0.5)
    child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    stubborn = (
        f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {child}; print('up'); time.sleep(60)"
    )
    supervisor.start(program("import time; print('up'); time.sleep(60)", "polite"))
    supervisor.start(program(stubborn, "stubborn"))
    await until(lambda: [line for _, line in lines].count("up") == 2)
    family = [psutil.Process(pid) for pid in supervisor.pids.values()]
    family += [child for each in family for child in each.children()]
    assert len(family) == 3
    await supervisor.stop(["polite"], ["stubborn"])
    assert not psutil.wait_procs(family, timeout=3)[1]
    assert ("stubborn", "does not stop within 0.5 s; killing it") in lines


async def test_the_output_of_a_program_is_written_to_its_log(
    supervisor: Supervisor, tmp_path: Path, lines: Lines
) -> None:
    supervisor.start(program("print('x' * 3_000_000); print('short'); import time; time.sleep(60)"))
    await until(lambda: ("toy", "short") in lines)
    assert (tmp_path / "logs" / "toy.log").read_text().endswith("short\n")


async def test_preparing_a_start_is_retried(tmp_path: Path, lines: Lines) -> None:
    attempts: list[int] = []

    def prepare() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("disk asleep")

    supervisor = Supervisor(tmp_path, lambda name, line: lines.append((name, line)))
    toy = program("import time; print('up'); time.sleep(60)")
    supervisor.start(Program(toy.name, toy.argv, toy.environment, prepare=prepare))
    await until(lambda: ("toy", "up") in lines)
    assert ("toy", "did not start: disk asleep; starting again in 0.2 s") in lines
    await supervisor.stop()
