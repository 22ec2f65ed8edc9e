"""The registry's worker processes: started for jobs, not more than allowed, and none outlives it."""

import asyncio
import sys

import psutil
from support.manifests import entry
from support.workbench import Workbench

from registry.services.runner import JobRunner
from registry.settings import JobSettings
from shared.testing.servers import until

LISTENS = "import sys; [None for line in sys.stdin]"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def children() -> list[psutil.Process]:
    mine = psutil.Process().children()
    return [each for each in mine if each.is_running() and "a test's worker" in each.cmdline()]


def runner(bench: Workbench, program: str, settings: JobSettings | None = None, patience: float = 5) -> JobRunner:
    argv = (sys.executable, "-c", program)
    return JobRunner(bench.shelf.sessions, settings or JobSettings(), "a test's worker", argv, patience=patience)


async def given_jobs(bench: Workbench, count: int) -> None:
    await bench.shelf.package("amy/wine", entry("a"))
    for _ in range(count):
        await bench.submit("amy/wine/revisions/latest/patch", {"operations": []})


async def test_workers_come_with_jobs_and_go_with_the_registry(bench: Workbench) -> None:
    made = runner(bench, LISTENS, JobSettings(at_once=2))
    async with made.running():
        await asyncio.sleep(0.2)
        assert not children()
        await given_jobs(bench, 3)
        made.wake()
        await until(lambda: len(children()) == 2)
        made.wake()
        await asyncio.sleep(0.3)
        assert len(children()) == 2
        first = children()[0]
        first.kill()
        await until(lambda: len(children()) == 2 and first not in children())
    assert not children()


async def test_a_worker_that_does_not_listen_is_killed(bench: Workbench) -> None:
    await given_jobs(bench, 1)
    async with runner(bench, IGNORES, patience=0.2).running():
        await until(lambda: len(children()) == 1)
    assert not children()


async def test_a_replica_may_leave_jobs_to_others(bench: Workbench) -> None:
    await given_jobs(bench, 1)
    made = runner(bench, LISTENS, JobSettings(enabled=False))
    async with made.running():
        made.wake()
        await asyncio.sleep(0.3)
        assert not children()
