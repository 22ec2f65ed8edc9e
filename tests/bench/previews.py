"""Reading files in the sandbox.

sandbox: start and memory of a worker of each family, and the cost of a call.
tables: rows of a Parquet file of 10 GB, statistics, order and conditions over 10,000,000 rows.
pictures: a thumbnail of a pyramid in a TIFF of 2 GB.
cache: previews that the S3 proxy has in memory.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine

import psutil
from support.sandbox.hostile_family import Ranges
from support.sandbox.pools import open_hostile_pool
from support.sandbox.sources import MemorySource

from shared.sandbox.families import FAMILIES
from shared.sandbox.worker_process import start_worker
from shared.settings import SandboxSettings

from ._previews_cache import measure_cache
from ._previews_pictures import measure_pictures
from ._previews_tables import measure_tables

MEGABYTE = 1 << 20
STARTS = 3
CALLS = 2_000
STREAM_BYTES = 512 * MEGABYTE

Part = Callable[[], Coroutine[None, None, None]]


async def measure_sandbox() -> None:
    await _measure_starts()
    await _measure_calls()


async def _measure_starts() -> None:
    print("| family | start, s | CPU, s | memory, MB | of it its own, MB |\n|---|---|---|---|---|")
    for name, family in FAMILIES.items():
        seconds, cpu, resident, own = [], [], [], []
        for _ in range(STARTS):
            started = time.perf_counter()
            worker = await start_worker(name, family, SandboxSettings().memory_bytes, required=False)
            seconds.append(time.perf_counter() - started)
            process = psutil.Process(worker.pid)
            spent, memory = process.cpu_times(), process.memory_full_info()
            cpu.append(spent.user + spent.system)
            resident.append(memory.rss / MEGABYTE)
            own.append(memory.uss / MEGABYTE)
            await worker.end()
        row = (statistics.median(each) for each in (seconds, cpu, resident, own))
        print("| {} | {:.2f} | {:.2f} | {:.0f} | {:.0f} |".format(name, *row), flush=True)


async def _measure_calls() -> None:
    async with open_hostile_pool() as pool:
        empty, one_block = Ranges([]), Ranges([(0, 100)])
        for name, ranges in (("without a read", empty), ("with one read", one_block)):
            source = MemorySource(bytes(100))
            took = []
            for _ in range(CALLS):
                started = time.perf_counter()
                await pool.run("read_ranges", "hostile", "file", ranges, source)
                took.append(1_000 * (time.perf_counter() - started))
            took.sort()
            print(f"\ncall {name}: p50 {took[CALLS // 2]:.2f} ms, p95 {took[CALLS * 95 // 100]:.2f} ms")
        content = MemorySource(bytes(STREAM_BYTES))
        before = psutil.Process().cpu_times()
        started = time.perf_counter()
        steps = Ranges([(0, 10), *((start, MEGABYTE) for start in range(0, STREAM_BYTES, MEGABYTE))])
        await pool.run("skim_ranges", "hostile", "file", steps, content)
        seconds = time.perf_counter() - started
        after = psutil.Process().cpu_times()
        spent = after.user + after.system - before.user - before.system
        print(
            f"reading {STREAM_BYTES // MEGABYTE} MiB from beginning to end: {STREAM_BYTES / MEGABYTE / seconds:.0f} MiB/s, "
            f"{len(content.reads)} reads, {spent:.2f} CPU-seconds in the service"
        )


PARTS: dict[str, Part] = {
    "sandbox": measure_sandbox,
    "tables": measure_tables,
    "pictures": measure_pictures,
    "cache": measure_cache,
}


def main(part: str = "") -> None:
    for name, measure in PARTS.items():
        if part in {"", name}:
            print(f"### {name}\n")
            asyncio.run(measure())
