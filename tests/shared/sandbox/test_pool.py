"""Workers are shared fairly, kept for the next file of the same people, and ended when nobody needs them."""

# ruff: noqa: ASYNC110 – processes set no events

import asyncio
import os
import signal
import subprocess
import sys

import psutil
import pytest
from support.sandbox.hostile_family import NoArguments, Ranges
from support.sandbox.pools import REQUIRED, TESTS, open_hostile_pool, overlook_workers, workers
from support.sandbox.sources import MemorySource

from shared.concurrency import cancelled
from shared.metrics import Metrics
from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.sandbox.errors import SandboxBusy, SandboxFailed, SandboxUnavailable
from shared.sandbox.families import WorkerFamily
from shared.sandbox.pool import SandboxPool
from shared.sandbox.requirements import SandboxTooLarge, require_memory
from shared.settings import SandboxSettings

WHOLE = Ranges([(0, 100)])


@pytest.fixture(autouse=True)
def _own_workers() -> None:
    overlook_workers()


async def process_of(
    pool: SandboxPool,
    *,
    family: str = "hostile",
    scope: str = "",
    gate: asyncio.Event | None = None,
    caller: str = "",
    operation: str = "read_ranges",
) -> int:
    answer = await pool.run(operation, family, "file", WHOLE, MemorySource(b"abc", gate), caller=caller, scope=scope)
    return int(answer.body.split(b" ", 1)[0])


async def metric(pool: SandboxPool, name: str) -> float:
    metrics = Metrics()
    pool.watch(metrics)
    lines = (await metrics.text()).decode().splitlines()
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(f"{name} "))


async def spare_beside(others: set[int]) -> int:
    while not (found := {each.pid for each in workers()} - others):
        await asyncio.sleep(0.01)
    [spare] = found
    return spare


async def gone(pid: int) -> None:
    while psutil.pid_exists(pid):
        await asyncio.sleep(0.01)


async def test_workers_start_at_first_use_and_serve_the_next_file() -> None:
    async with open_hostile_pool() as pool:
        assert workers() == []
        first = await process_of(pool)
        assert await process_of(pool) == first


async def test_a_worker_never_reads_files_of_two_scopes() -> None:
    async with open_hostile_pool() as pool:
        ours, theirs = await process_of(pool, scope="ours"), await process_of(pool, scope="theirs")
        assert ours != theirs
        assert await process_of(pool, scope="ours") == ours
        assert await process_of(pool, scope="theirs") == theirs


async def test_families_have_workers_of_their_own() -> None:
    async with open_hostile_pool() as pool:
        assert await process_of(pool) != await process_of(pool, family="other")


async def test_the_longest_idle_workers_end_when_all_hold_too_much_memory() -> None:
    async with open_hostile_pool(idle_memory_bytes=256 << 20) as pool:
        holding = [await process_of(pool, scope=scope, operation="hold_memory") for scope in "abc"]
        await gone(holding[0])
        assert {each.pid for each in workers()} == set(holding[1:])


async def test_a_worker_that_holds_too_much_memory_after_a_file_ends() -> None:
    async with open_hostile_pool(idle_memory_bytes=1 << 30) as pool:
        for _ in range(3):
            first = await process_of(pool, operation="hold_memory")
        await gone(first)


async def test_idle_workers_end() -> None:
    async with open_hostile_pool(idle_seconds=0.05) as pool:
        await gone(await process_of(pool))
        await process_of(pool)


async def test_a_spare_worker_reads_the_first_file_of_the_next_scope() -> None:
    async with open_hostile_pool(spare_workers=1) as pool:
        first = await process_of(pool, scope="first")
        spare = await spare_beside({first})
        assert await process_of(pool, scope="first") == first
        assert await process_of(pool, scope="second") == spare
        assert await spare_beside({first, spare}) not in {first, spare}


async def test_a_call_takes_the_spare_worker_that_is_being_started() -> None:
    async with open_hostile_pool(spare_workers=1) as pool:
        for scope in "abc":
            await process_of(pool, scope=scope)
        assert await metric(pool, "patchwork_sandbox_starts_total") == 4
    assert workers() == []


async def test_spare_workers_are_as_many_as_fit_into_half_of_the_memory_of_idle_ones() -> None:
    async with open_hostile_pool(spare_workers=100, idle_memory_bytes=256 << 20) as pool:
        first = await process_of(pool)
        while await metric(pool, 'patchwork_sandbox_workers{state="starting"}'):
            await asyncio.sleep(0.01)
        assert 2 <= await metric(pool, 'patchwork_sandbox_workers{state="idle"}') < 10
        assert sum(each.memory_info().rss for each in workers() if each.pid != first) <= 128 << 20
        assert await process_of(pool) == first


async def test_a_spare_worker_that_nobody_needs_ends() -> None:
    async with open_hostile_pool(spare_workers=1, spare_seconds=0.05) as pool:
        first = await process_of(pool)
        await gone(await spare_beside({first}))


async def test_leaving_the_pool_ends_its_workers() -> None:
    async with open_hostile_pool() as pool:
        idle = await process_of(pool)
        busy = asyncio.create_task(process_of(pool, scope="busy", gate=asyncio.Event()))
        while len(workers()) < 2:
            await asyncio.sleep(0.01)
    assert workers() == []
    assert not psutil.pid_exists(idle)
    await cancelled(busy)


async def test_an_ended_worker_is_replaced() -> None:
    async with open_hostile_pool() as pool:
        first = await process_of(pool)
        os.kill(first, signal.SIGKILL)
        await gone(first)
        assert await process_of(pool) != first


async def test_cancelling_a_call_ends_its_worker_and_its_reads() -> None:
    async with open_hostile_pool() as pool:
        first = await process_of(pool)
        source = MemorySource(b"abc", asyncio.Event())
        call = asyncio.create_task(pool.run("read_ranges", "hostile", "file", WHOLE, source))
        while not source.running:
            await asyncio.sleep(0.01)
        await cancelled(call)
        assert source.running == 0
        await gone(first)


async def test_cancelling_a_call_ends_a_worker_that_is_starting() -> None:
    async with open_hostile_pool() as pool:
        call = asyncio.create_task(process_of(pool))
        while not workers():
            await asyncio.sleep(0)
        await cancelled(call)
        assert workers() == []
        await process_of(pool)


async def test_at_most_as_many_files_are_read_as_there_are_workers() -> None:
    gate = asyncio.Event()
    async with open_hostile_pool(workers=2) as pool:
        sources = [MemorySource(b"abc", gate) for _ in range(5)]
        calls = [asyncio.create_task(pool.run("read_ranges", "hostile", "file", WHOLE, each)) for each in sources]
        while sum(each.running for each in sources) < 2:
            await asyncio.sleep(0.01)
        assert len(workers()) == 2
        gate.set()
        await asyncio.gather(*calls)
        assert len(workers()) == 2


async def test_callers_take_turns() -> None:
    finished: list[str] = []
    gate = asyncio.Event()

    async def read(caller: str) -> None:
        await process_of(pool, gate=gate, caller=caller)
        finished.append(caller)

    async with open_hostile_pool(workers=1) as pool:
        greedy = [asyncio.create_task(read("greedy")) for _ in range(5)]
        await asyncio.sleep(0)
        modest = asyncio.create_task(read("modest"))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*greedy, modest)
    assert finished.index("modest") <= 2


async def test_a_caller_with_too_many_waiting_calls_is_refused_and_others_are_not() -> None:
    gate = asyncio.Event()
    async with open_hostile_pool(workers=1, max_waiting_per_caller=2, max_waiting=3) as pool:
        waiting = [asyncio.create_task(process_of(pool, gate=gate, caller="greedy")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(SandboxBusy) as refusal:
            await process_of(pool, caller="greedy")
        assert refusal.value.answer_headers()["Retry-After"]
        waiting.append(asyncio.create_task(process_of(pool, gate=gate, caller="modest")))
        await asyncio.sleep(0)
        with pytest.raises(SandboxBusy):
            await process_of(pool, caller="third")
        gate.set()
        await asyncio.gather(*waiting)


async def test_a_call_that_waits_too_long_is_refused() -> None:
    gate = asyncio.Event()
    async with open_hostile_pool(workers=1, wait_seconds=0.05) as pool:
        first = asyncio.create_task(process_of(pool, gate=gate))
        await asyncio.sleep(0)
        with pytest.raises(SandboxBusy):
            await process_of(pool)
        gate.set()
        await first


async def test_readers_that_cannot_be_imported_are_reported_as_unavailable() -> None:
    async with SandboxPool(SandboxSettings(required=REQUIRED), {"broken": WorkerFamily("no_such_module")}) as pool:
        with pytest.raises(SandboxUnavailable):
            await pool.run("head", "broken", "file", NoArguments(), MemorySource())
    assert workers() == []


async def test_a_family_that_cannot_start_is_not_started_again_at_once() -> None:
    async with SandboxPool(SandboxSettings(required=REQUIRED), {"broken": WorkerFamily("no_such_module")}) as pool:
        metrics = Metrics()
        pool.watch(metrics)
        for _ in range(5):
            with pytest.raises(SandboxUnavailable):
                await pool.run("head", "broken", "file", NoArguments(), MemorySource())
        text = (await metrics.text()).decode()
    assert "patchwork_sandbox_starts_total 1.0" in text
    assert 'patchwork_sandbox_calls_total{result="unavailable"} 5.0' in text


async def test_metrics_show_calls_by_their_end_and_workers_by_their_state() -> None:
    metrics = Metrics()
    async with open_hostile_pool(seconds=0.3) as pool:
        pool.watch(metrics)
        await process_of(pool)
        for what, error in (
            ("unreadable", UnreadableFile),
            ("no such reader", NoSuchReader),
            ("sleeps", SandboxFailed),
        ):
            with pytest.raises(error):
                await pool.run("misbehave", "hostile", what, NoArguments(), MemorySource())
        await process_of(pool)
        text = (await metrics.text()).decode()
    for result, calls in (("answered", 2), ("unreadable", 1), ("no_reader", 1), ("took_too_long", 1), ("crashed", 0)):
        assert f'patchwork_sandbox_calls_total{{result="{result}"}} {calls}.0' in text
    assert 'patchwork_sandbox_workers{state="idle"} 1.0' in text
    assert "patchwork_sandbox_memory_bytes 0.0" not in text


def test_more_workers_than_the_memory_holds_are_refused_at_the_start() -> None:
    settings = SandboxSettings(workers=2, memory_bytes=512 << 20, idle_memory_bytes=512 << 20)
    require_memory(settings, 1_536 << 20)
    with pytest.raises(SandboxTooLarge, match=r"need 1536 MiB.*There are 1535 MiB"):
        require_memory(settings, 1_535 << 20)


async def test_a_pool_that_does_not_fit_does_not_open() -> None:
    with pytest.raises(SandboxTooLarge):
        async with open_hostile_pool(workers=1_000_000):
            raise AssertionError


PARENT = """
import asyncio, sys, uvloop
from support.sandbox.hostile_family import NoArguments, Ranges
from support.sandbox.pools import open_hostile_pool
from support.sandbox.sources import MemorySource

async def main():
    async with open_hostile_pool() as pool:
        await pool.run("read_ranges", "hostile", "file", Ranges([(0, 1)]), MemorySource(b"a"))
        print("idle", flush=True)
        await pool.run("misbehave", "hostile", sys.argv[1], NoArguments(), MemorySource())

uvloop.run(main())
"""


@pytest.mark.parametrize("what", ["sleeps", "loops"])
async def test_a_killed_service_leaves_no_worker_behind(what: str) -> None:
    """The service has the event loop of uvicorn."""
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, what, stdout=subprocess.PIPE, env={"PYTHONPATH": str(TESTS)}
    )
    assert service.stdout
    assert await service.stdout.readline() == b"idle\n"
    [worker] = workers(service.pid)
    service.kill()
    await service.wait()
    await gone(worker.pid)
