"""The registry's worker processes: they start for jobs, up to the limit, and none outlives the registry."""

import asyncio
import subprocess
import sys

import psutil
import pytest
from sqlalchemy import text
from support.data.manifests import entry
from support.processes import command_line
from support.worlds.push_world import PushWorld

from registry.services.pushes.supervisor import WorkerSupervisor
from registry.settings import JobSettings, RegistrySettings
from shared.db.engine import transaction
from shared.testing.servers import until

LISTENS = "import sys; [None for line in sys.stdin]"
CLAIMS = """
import asyncio, sys
from pydantic import SecretStr
from registry.db.jobs import JobStore
from shared.db.engine import open_engine, sessions_of, transaction
from shared.settings import DatabaseSettings

async def main():
    async with open_engine(DatabaseSettings(url=SecretStr(sys.argv[1])), "tests") as engine:
        async with transaction(sessions_of(engine)) as session:
            assert await JobStore(session).claim(sys.argv[2], 30)

asyncio.run(main())
sys.stdin.read()
"""
WORKER = "a test's worker"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def children(name: str = WORKER) -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if name in command_line(each)]


def supervisor(
    pushes: PushWorld,
    program: str,
    settings: JobSettings | None = None,
    *,
    name: str = WORKER,
    stop_seconds: float = 5,
) -> WorkerSupervisor:
    argv = (sys.executable, "-c", program)
    return WorkerSupervisor(
        pushes.world.sessions, settings or JobSettings(), name, argv, poll_seconds=0.05, stop_seconds=stop_seconds
    )


async def given_jobs(pushes: PushWorld, count: int) -> None:
    await pushes.world.package("amy/wine", entry("a"))
    for _ in range(count):
        await pushes.submit("amy/wine/revisions/latest/patch", {"operations": []})


async def two_more_polls(made: WorkerSupervisor) -> None:
    """Wait until a look for jobs that began after this call has ended."""
    enough = made.polls + 2
    await until(lambda: made.polls >= enough)


async def test_workers_start_with_jobs_up_to_the_limit_and_end_with_the_registry(pushes: PushWorld) -> None:
    made = supervisor(pushes, LISTENS, JobSettings(at_once=2))
    async with made.running():
        await two_more_polls(made)
        assert not children()
        await given_jobs(pushes, 3)
        made.wake()
        await until(lambda: len(children()) == 2)
        await two_more_polls(made)
        assert len(children()) == 2
        first = children()[0]
        first.kill()
        await until(lambda: len(children()) == 2 and first not in children())
    assert not children()


async def test_the_job_of_a_killed_worker_process_is_queued_at_once(
    pushes: PushWorld, settings: RegistrySettings
) -> None:
    await given_jobs(pushes, 1)
    argv = (sys.executable, "-c", CLAIMS, settings.database.url.get_secret_value())
    made = WorkerSupervisor(pushes.world.sessions, JobSettings(at_once=1), WORKER, argv, poll_seconds=0.05)

    async def until_it_is(wanted: str) -> None:
        found = None
        async with asyncio.timeout(30):
            while found != wanted:
                await asyncio.sleep(0.05)
                async with transaction(pushes.world.sessions) as session:
                    found = await session.scalar(text("SELECT state || attempts FROM registry.job"))

    async with made.running():
        made.wake()
        await until_it_is("running1")
        children()[0].kill()
        await until_it_is("running2")


async def test_a_worker_that_ignores_the_end_of_its_input_is_killed(pushes: PushWorld) -> None:
    await given_jobs(pushes, 1)
    async with supervisor(pushes, IGNORES, stop_seconds=0.2).running():
        await until(lambda: len(children()) == 1)
    assert not children()


async def test_a_replica_without_workers_leaves_jobs_to_others(pushes: PushWorld) -> None:
    await given_jobs(pushes, 1)
    idle = supervisor(pushes, LISTENS, JobSettings(enabled=False), name="an idle worker")
    async with idle.running(), supervisor(pushes, LISTENS).running():
        idle.wake()
        await until(lambda: len(children()) == 1)
        assert (idle.polls, children("an idle worker")) == (0, [])


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_peak_memory_of_a_worker_does_not_begin_at_that_of_its_parent() -> None:
    worker = "from registry.services.pushes.jobs.memory_limit import peak; print(peak())"
    service = f"""
import subprocess, sys
held = bytearray(96 << 20)
held[::4096] = b"x" * len(held[::4096])
subprocess.run([sys.executable, "-c", {worker!r}], check=True)
"""
    peak = subprocess.run([sys.executable, "-c", service], capture_output=True, text=True, check=True).stdout
    assert 1 << 10 < int(peak) < 64 << 10
