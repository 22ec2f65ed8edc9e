"""Programs are kept running, and stopped without leftovers."""

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

Said = list[tuple[str, str]]


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, said: Said) -> AsyncIterator[Supervisor]:
    made = Supervisor(tmp_path / "logs", lambda name, line: said.append((name, line)))
    yield made
    await made.stop()


def program(code: str, name: str = "toy") -> Program:
    return Program(name, [sys.executable, "-u", "-c", code], {**os.environ})


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_killed_program_starts_again(supervisor: Supervisor, said: Said) -> None:
    supervisor.start(program("import time; print('up'); time.sleep(60)"))
    await supervisor.ready("toy")
    await until(lambda: ("toy", "up") in said)
    first = supervisor.pids["toy"]
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pids.get("toy", first) != first)
    assert ("toy", "ended with status -9; starting again in 0.2 s") in said
    assert supervisor.restarts("toy") == 1


async def test_pauses_grow_and_failing_to_start_is_told_with_the_last_words(supervisor: Supervisor, said: Said) -> None:
    async def never() -> bool:
        return False

    failing = program("print('no such table'); raise SystemExit(3)")
    supervisor.start(Program(failing.name, failing.argv, failing.environment, never))
    with pytest.raises(StartFailed, match=r"(?s)toy keeps ending.*toy.log.*no such table"):
        await supervisor.ready("toy")
    pauses = [line for _, line in said if line.startswith("ended")]
    assert [line.rpartition("in ")[2] for line in pauses[:3]] == ["0.2 s", "0.4 s", "0.8 s"]


async def test_everything_is_stopped_even_what_will_not(
    tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localrun.supervisor.GRACE_SECONDS", 0.5)
    supervisor = Supervisor(tmp_path / "logs", lambda name, line: said.append((name, line)))
    child = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    stubborn = (
        f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {child}; print('up'); time.sleep(60)"
    )
    supervisor.start(program("import time; print('up'); time.sleep(60)", "polite"))
    supervisor.start(program(stubborn, "stubborn"))
    await until(lambda: [line for _, line in said].count("up") == 2)
    family = [psutil.Process(pid) for pid in supervisor.pids.values()]
    family += [child for each in family for child in each.children()]
    assert len(family) == 3
    await supervisor.stop(["polite"], ["stubborn"])
    assert not psutil.wait_procs(family, timeout=3)[1]
    assert ("stubborn", "does not stop within 0.5 s; killing it") in said


async def test_output_is_kept_in_a_file(supervisor: Supervisor, tmp_path: Path, said: Said) -> None:
    supervisor.start(program("print('x' * 3_000_000); print('short'); import time; time.sleep(60)"))
    await until(lambda: ("toy", "short") in said)
    assert (tmp_path / "logs" / "toy.log").read_text().endswith("short\n")


async def test_what_must_be_done_before_a_start_is_retried(tmp_path: Path, said: Said) -> None:
    attempts: list[int] = []

    def prepare() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise OSError("disk asleep")

    supervisor = Supervisor(tmp_path, lambda name, line: said.append((name, line)))
    toy = program("import time; print('up'); time.sleep(60)")
    supervisor.start(Program(toy.name, toy.argv, toy.environment, prepare=prepare))
    await until(lambda: ("toy", "up") in said)
    assert ("toy", "did not start: disk asleep; starting again in 0.2 s") in said
    await supervisor.stop()
