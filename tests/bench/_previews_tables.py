"""Tables: a Parquet file of 10 GB, and statistics of 10,000,000 rows. Bytes come from memory, readers run in the sandbox."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice, repeat

import msgspec
import psutil

from shared.readers.queries import PreviewOptions, RowsQuery
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

from ._repeated_parquet import RepeatedParquet, eight_columns

ROWS_OF_GROUP = 1_000_000
FILE_BYTES = 10_000_000_000
REPEATS = 40
SPARE_START_SECONDS = 2.0
"""People look at another bucket some seconds after the one before."""
SCOPES = [f"bucket {number}" for number in range(REPEATS)]
MEGABYTE = 1 << 20


class GeneratedSource:
    def __init__(self, file: RepeatedParquet) -> None:
        self._file = file
        self.size = file.size

    async def read(self, offset: int, length: int) -> bytes:
        return self._file.read(offset, length)


async def measure_tables() -> None:
    table = eight_columns(ROWS_OF_GROUP)
    large = RepeatedParquet(table, size=FILE_BYTES)
    print(
        f"{large.size / 1e9:.1f} GB, {large.rows:,} rows in {large.groups} row groups, footer {large.footer_bytes / 1e3:.0f} kB\n"
    )
    print("| operation | p50, ms | p95, ms | fetched, MB | CPU, s | most memory, MB |\n|---|---|---|---|---|---|")
    settings = SandboxSettings(workers=1, seconds=120, cpu_seconds=120)
    async with SandboxPool(settings.model_copy(update={"spare_workers": 0})) as pool:
        what = "first 100 rows, a worker is started"
        await _measure(pool, large, what, "preview", PreviewOptions(), scopes=SCOPES, repeats=5)
    async with SandboxPool(settings) as pool:
        await pool.run("preview", "tables", "large.parquet", PreviewOptions(), GeneratedSource(large))
        what = "first 100 rows, first file of a bucket"
        await _measure(pool, large, what, "preview", PreviewOptions(), scopes=SCOPES, pause=SPARE_START_SECONDS)
        await _measure(
            pool, large, "first 100 rows, further files", "preview", PreviewOptions(), scopes=repeat(SCOPES[-1])
        )
        await _measure(pool, large, "rows 9,000,000 to 9,000,100", "rows", RowsQuery(offset=9_000_000))
        await _measure(pool, large, "rows 9,500,000 to 9,500,100", "rows", RowsQuery(offset=9_500_000))
        ten = RepeatedParquet(table, groups=10)
        await _measure(pool, ten, "10,000,000 rows: statistics", "statistics", RowsQuery(), repeats=3)
        await _measure(pool, ten, "10,000,000 rows: sorted", "rows", RowsQuery(sort=["-x"]), repeats=3)
        where: list[tuple[str, str, object]] = [("count", "=", 7), ("name", "contains", "99")]
        await _measure(pool, ten, "10,000,000 rows: two conditions", "rows", RowsQuery(where=where), repeats=3)


async def _measure(
    pool: SandboxPool,
    file: RepeatedParquet,
    what: str,
    operation: str,
    arguments: msgspec.Struct,
    *,
    repeats: int = REPEATS,
    scopes: Iterable[str] = repeat(""),
    pause: float = 0,
) -> None:
    source = GeneratedSource(file)
    took, spent, fetched = [], [], 0
    usage = WorkerUsage(pool)
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(usage.watch())
        for scope in islice(scopes, repeats):
            await asyncio.sleep(pause)
            usage.start()
            started = time.perf_counter()
            answer = await pool.run(operation, "tables", "large.parquet", arguments, source, scope=scope)
            took.append(1_000 * (time.perf_counter() - started))
            spent.append(usage.cpu_seconds)
            fetched = answer.read_bytes
        watch.cancel()
    took.sort()
    row = (
        took[repeats // 2],
        took[min(repeats * 95 // 100, repeats - 1)],
        fetched / 1e6,
        max(spent),
        usage.most_memory,
    )
    print(
        f"| {what} | " + " | ".join(f"{value:.2f}" if value < 100 else f"{value:.0f}" for value in row) + " |",
        flush=True,
    )


class WorkerUsage:
    """Memory and processor time of the busy worker, read every few milliseconds. Its start is not counted."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool
        self._before: dict[int, float] = {}
        self.start()
        self.most_memory = 0.0

    def start(self) -> None:
        self.cpu_seconds = 0.0
        self._before.clear()

    async def watch(self) -> None:
        while True:
            for worker in self._pool._busy:
                with suppress(OSError, psutil.Error):
                    times = psutil.Process(worker.pid).cpu_times()
                    now = times.user + times.system
                    self.cpu_seconds = now - self._before.setdefault(worker.pid, now)
                    self.most_memory = max(self.most_memory, _most_memory(worker.pid))
            await asyncio.sleep(0.005)


def _most_memory(pid: int) -> float:
    with open(f"/proc/{pid}/status") as file:  # noqa: PTH123 – the kernel's own
        # a process that has ended has no memory
        return max((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM")), default=0.0)
