"""A test run that is interrupted leaves no process behind: no database, no emulator, no service."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from support.processes import command_line

from localrun.child_processes import before_exec
from localrun.paths import ROOT

START_SECONDS = 300
END_SECONDS = 180
RUN = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/support/deploy/interrupted_run.py"]
PROCESSES = ("postgres", "awslocal:app", "auth.main", "registry.main", "indexer.main", "s3proxy.main", "localrun.front")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")


@contextmanager
def waiting_run(directory: Path, argv: list[str]) -> Iterator[tuple[psutil.Process, list[psutil.Process]]]:
    """The run once all its servers are up, and every process below it."""
    ready = directory / "ready"
    environment = {**os.environ, "INTERRUPTED_RUN_READY": str(ready)}
    environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            argv, cwd=ROOT, env=environment, stdout=log, stderr=log, preexec_fn=before_exec(), start_new_session=True
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert process.poll() is None, (directory / "log").read_text()
            assert time.monotonic() < deadline, (directory / "log").read_text()
            time.sleep(0.1)
        run = psutil.Process(process.pid)
        family = run.children(recursive=True)
        commands = [command_line(each) for each in family]
        assert not [name for name in PROCESSES if not any(name in command for command in commands)], commands
        yield run, family
    finally:
        process.kill()
        process.wait()


def leftovers(family: list[psutil.Process]) -> list[str]:
    """Commands of the processes that are still running; kills them."""
    _, alive = psutil.wait_procs(family, timeout=END_SECONDS)
    commands = []
    for each in alive:
        with suppress(psutil.NoSuchProcess):
            commands.append(" ".join(each.cmdline()))
            each.kill()
    return commands


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_process_behind(tmp_path: Path, how: signal.Signals, workers: int) -> None:
    argv = [*RUN, "--numprocesses", str(workers), "--basetemp", str(tmp_path / "run")]
    with waiting_run(tmp_path, argv) as (run, family):
        run.send_signal(how)
        assert leftovers([run, *family]) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_ends_with_the_make_that_started_it(tmp_path: Path, how: signal.Signals) -> None:
    argv = [*RUN, "--numprocesses", "1", "--basetemp", str(tmp_path / "run")]
    (tmp_path / "Makefile").write_text(f"test:\n\t@{' '.join(argv)}\n")
    with waiting_run(tmp_path, ["make", "--no-print-directory", "--file", str(tmp_path / "Makefile"), "test"]) as found:
        run, family = found
        run.send_signal(how)
        assert leftovers([run, *family]) == []
