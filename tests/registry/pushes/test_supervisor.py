"""The registry's worker processes: started for jobs, not more than allowed, and none outlives it."""

import asyncio
import subprocess
import sys

import psutil
from sqlalchemy import text
from support.data.manifests import entry
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
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "a test's worker" in _command(each)]


def _command(process: psutil.Process) -> str:
    """Empty when it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie, too
        return ""


def runner(
    pushes: PushWorld, program: str, settings: JobSettings | None = None, stop_seconds: float = 5
) -> WorkerSupervisor:
    argv = (sys.executable, "-c", program)
    return WorkerSupervisor(
        pushes.world.sessions, settings or JobSettings(), "a test's worker", argv, stop_seconds=stop_seconds
    )


async def given_jobs(pushes: PushWorld, count: int) -> None:
    await pushes.world.package("amy/wine", entry("a"))
    for _ in range(count):
        await pushes.submit("amy/wine/revisions/latest/patch", {"operations": []})


async def test_workers_come_with_jobs_and_go_with_the_registry(pushes: PushWorld) -> None:
    made = runner(pushes, LISTENS, JobSettings(at_once=2))
    async with made.running():
        await asyncio.sleep(0.2)
        assert not children()
        await given_jobs(pushes, 3)
        made.wake()
        await until(lambda: len(children()) == 2)
        made.wake()
        await asyncio.sleep(0.3)
        assert len(children()) == 2
        first = children()[0]
        first.kill()
        await until(lambda: len(children()) == 2 and first not in children())
    assert not children()


async def test_what_a_worker_had_in_hand_when_it_was_killed_is_free_at_once(
    pushes: PushWorld, settings: RegistrySettings
) -> None:
    await given_jobs(pushes, 1)
    argv = (sys.executable, "-c", CLAIMS, settings.database.url.get_secret_value())
    made = WorkerSupervisor(pushes.world.sessions, JobSettings(at_once=1), "a test's worker", argv)

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


async def test_a_worker_that_does_not_listen_is_killed(pushes: PushWorld) -> None:
    await given_jobs(pushes, 1)
    async with runner(pushes, IGNORES, stop_seconds=0.2).running():
        await until(lambda: len(children()) == 1)
    assert not children()


async def test_a_replica_may_leave_jobs_to_others(pushes: PushWorld) -> None:
    await given_jobs(pushes, 1)
    made = runner(pushes, LISTENS, JobSettings(enabled=False))
    async with made.running():
        made.wake()
        await asyncio.sleep(0.3)
        assert not children()


def test_a_worker_is_not_worn_by_what_the_service_needs() -> None:
    worker = "from registry.services.pushes.jobs.memory_limit import peak; print(peak())"
    service = f"""
import subprocess, sys
held = bytearray(96 << 20)
held[::4096] = b"x" * len(held[::4096])
subprocess.run([sys.executable, "-c", {worker!r}], check=True)
"""
    told = subprocess.run([sys.executable, "-c", service], capture_output=True, text=True, check=True).stdout
    assert 1 << 10 < int(told) < 64 << 10 or sys.platform != "linux"
