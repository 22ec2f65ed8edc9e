"""SQL over packages, in the sandbox. Bytes come from memory; nothing is stored.

start: start of a worker for queries, a statement taken apart, and the first rows.
files: sums and means over 1,000 entries of 50 MB each, 50 GB in all.
rows: groups, an order and a condition over 10,000,000 rows.
difference: two tables of 10,000,000 rows, of which 1 % differ, and two of 1,000,000, of which all do.
people: ten people at once, of whom one asks for ten times as much.
"""

import asyncio
import io
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shared.queries.runner import QUERY_FAMILIES, QueryLimits, QueryRunner
from shared.queries.types import QueryFile, QuerySource
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

from ._previews_tables import WorkerUsage
from ._repeated_parquet import RepeatedParquet, eight_columns

ENTRIES = 1_000
FILE_BYTES = 50_000_000
ROWS_OF_GROUP = 100_000
ROWS = 10_000_000
STORE_SECONDS = 0.01
"""An answer of a store that is not on this machine."""
STARTS = 5
PEOPLE = 10
GIGABYTE = 1 << 30
SETTINGS = SandboxSettings(workers=1, seconds=300, cpu_seconds=600, memory_bytes=GIGABYTE, max_answer_bytes=64 << 20)
LIMITS = QueryLimits(max_rows=1_000_000, max_result_bytes=GIGABYTE, max_read_bytes=200 * GIGABYTE)

Content = bytes | RepeatedParquet
Part = Callable[[], Coroutine[None, None, None]]


@dataclass
class Ran:
    seconds: float
    first_rows_seconds: float
    cpu_seconds: float
    most_memory: float
    read_bytes: int
    reads: int
    rows: int


class Files:
    """Files one after the other."""

    def __init__(self, contents: Sequence[Content], *, seconds: float = 0) -> None:
        self._contents = contents
        self._seconds = seconds
        sizes = [len(each) if isinstance(each, bytes) else each.size for each in contents]
        self._offsets = np.cumsum([0, *sizes])
        self.size = int(self._offsets[-1])
        self.reads = 0
        self.read_bytes = 0

    @property
    def files(self) -> list[QueryFile]:
        return [
            QueryFile(int(start), int(end - start), "lab/assay", f"{number}.parquet", f"s3://lab/{number}", "0" * 64)
            for number, (start, end) in enumerate(zip(self._offsets[:-1], self._offsets[1:], strict=True))
        ]

    async def read(self, offset: int, length: int) -> bytes:
        self.reads += 1
        self.read_bytes += length
        number = int(np.searchsorted(self._offsets, offset, "right")) - 1
        start = offset - int(self._offsets[number])
        content = self._contents[number]
        if self._seconds:
            await asyncio.sleep(self._seconds)
        return content[start : start + length] if isinstance(content, bytes) else content.read(start, length)


async def measure_start() -> None:
    files = Files([RepeatedParquet(eight_columns(1_000), groups=1)])
    statement = "SELECT count(*) FROM package('lab/assay/x@latest', '*')"
    print("| | median, s | CPU of the worker, s |\n|---|---|---|")
    for what, spare in (("a worker is started", 0), ("a worker is waiting", 1)):
        settings = SETTINGS.model_copy(update={"spare_workers": spare})
        async with SandboxPool(settings, QUERY_FAMILIES) as pool:
            took, spent = [], []
            for _ in range(STARTS):
                started = time.perf_counter()
                ran = await _run(pool, files, statement)
                took.append(time.perf_counter() - started)
                spent.append(ran.cpu_seconds)
                await asyncio.sleep(2)
        print(f"| {what} | {statistics.median(took):.2f} | {statistics.median(spent):.2f} |", flush=True)
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        runner = QueryRunner(pool)
        await runner.parse(statement, "amy")
        took = []
        for _ in range(100):
            started = time.perf_counter()
            await runner.parse(statement, "amy")
            took.append(time.perf_counter() - started)
        print(f"\na further statement is taken apart in {1_000 * statistics.median(took):.1f} ms")


async def measure_files() -> None:
    file = RepeatedParquet(eight_columns(ROWS_OF_GROUP), size=FILE_BYTES)
    package = "package('lab/assay/*@latest', '*')"
    needed = _needed_bytes(["x", "count", "flag"]) * file.groups * ENTRIES + file.footer_bytes * ENTRIES
    print(
        f"{ENTRIES:,} entries, {ENTRIES * file.size / 1e9:.1f} GB, {ENTRIES * file.rows:,} rows; three of eight columns and the footers "
        f"have {needed / 1e9:.2f} GB\n"
    )
    _print_head()
    for what, seconds in (("three columns", 0.0), ("three columns, 10 ms for each read", STORE_SECONDS)):
        files = Files([file] * ENTRIES, seconds=seconds)
        async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
            sql = f"SELECT flag, count(*), avg(x), sum(count) FROM {package} GROUP BY flag"  # noqa: S608 – own text
            _print_row(what, await _run(pool, files, sql))
            sql = f"SELECT count(*) FROM {package}"  # noqa: S608 – own text
            _print_row(what.replace("three columns", "number of rows"), await _run(pool, files, sql))
            sql = f"SELECT avg(x) FROM {package} WHERE \"$logical_key\" = '7.parquet'"  # noqa: S608 – own text
            _print_row(what.replace("three columns", "one of the files"), await _run(pool, files, sql))


async def measure_rows() -> None:
    files = Files([RepeatedParquet(eight_columns(1_000_000), groups=ROWS // 1_000_000)])
    _print_head()
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        for what, sql in {
            "1,000 groups": "SELECT count, avg(x), max(y) FROM {} GROUP BY count",
            "50,000 groups by text": "SELECT name, count(*), avg(x) FROM {} GROUP BY name",
            "the first of an order": "SELECT * FROM {} ORDER BY x LIMIT 100",
            "a condition": "SELECT * FROM {} WHERE count = 7 AND name LIKE '%99'",
            "1,000,000 rows as they are": "SELECT * FROM {} LIMIT 1000000",
        }.items():
            sql = sql.format("package('lab/assay/x@latest', '*')")  # noqa: PLW2901
            _print_row(what, await _run(pool, files, sql))


async def measure_difference() -> None:
    base = _table(ROWS, changed=0)
    print(f"{ROWS:,} rows and 8 columns, {len(base) / 1e6:.0f} MB on each side\n")
    _print_head()
    await _measure_difference("1 % differ", base, _table(ROWS, changed=0.01), ["id"])
    await _measure_difference("1 % differ, the key is found", base, _table(ROWS, changed=0.01), None)
    await _measure_difference("100,000 are added at the end", base, _table(ROWS + 100_000, changed=0), ["id"])
    few = ROWS // 10
    await _measure_difference(f"all of {few:,} differ", _table(few, changed=0), _table(few, changed=1), ["id"])


async def _measure_difference(what: str, base: bytes, head: bytes, keys: list[str] | None) -> None:
    files = Files([base, head])
    usage = _Usage(files)
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        await QueryRunner(pool).parse("SELECT 1", "amy")
        _print_row(what, await usage.measure(pool, _compare(pool, files, keys, usage)))


async def measure_people() -> None:
    """Each query groups 10,000,000 rows. Two run at a time."""
    group = RepeatedParquet(eight_columns(1_000_000), groups=ROWS // 1_000_000)
    waiting = {"workers": 2, "wait_seconds": 600, "max_waiting": 100, "max_waiting_per_caller": 100}
    took: dict[str, list[float]] = {}
    async with SandboxPool(SETTINGS.model_copy(update=waiting), QUERY_FAMILIES) as pool:
        started = time.perf_counter()

        async def ask(caller: str) -> None:
            sql = "SELECT name, count(*), avg(x) FROM package('lab/assay/x@latest', '*') GROUP BY name"
            await _run(pool, Files([group]), sql, caller)
            took.setdefault(caller, []).append(time.perf_counter() - started)

        callers = ["many"] * PEOPLE + [f"person {number}" for number in range(1, PEOPLE)]
        async with asyncio.TaskGroup() as tasks:
            for caller in callers:
                tasks.create_task(ask(caller))
    many, others = sorted(took.pop("many")), sorted(seconds for each in took.values() for seconds in each)
    print("| | answered first, s | answered last, s |\n|---|---|---|")
    print(f"| {PEOPLE} queries of one person, asked for first | {many[0]:.1f} | {many[-1]:.1f} |")
    print(f"| one query each of {PEOPLE - 1} others | {others[0]:.1f} | {others[-1]:.1f} |", flush=True)


def _table(rows: int, *, changed: float) -> bytes:
    """A Parquet file. A part of the values of one column is other than in the file with `changed=0`."""
    sink = io.BytesIO()
    dice = np.random.default_rng(2)
    writer: pq.ParquetWriter | None = None
    for start in range(0, rows, 1_000_000):
        ids = np.arange(start, min(start + 1_000_000, rows))
        table = eight_columns(len(ids)).set_column(0, "id", pa.array(ids))
        x = table.column("x").to_numpy() + (dice.random(len(ids)) < changed)
        table = table.set_column(1, "x", pa.array(x))
        writer = writer or pq.ParquetWriter(sink, table.schema)
        writer.write_table(table, row_group_size=250_000)
    assert writer is not None
    writer.close()
    return sink.getvalue()


async def _compare(pool: SandboxPool, files: Files, keys: list[str] | None, usage: "_Usage") -> int:
    base, head = files.files
    end = await QueryRunner(pool).difference(
        *(base, head, keys, files.read), limits=LIMITS, caller="amy", take_batch=usage.take
    )
    found = end.difference
    assert (found.keys, found.added + found.removed + found.changed) == (["id"], end.rows) or end.is_cut
    return end.rows


async def _run(pool: SandboxPool, files: Files, sql: str, caller: str = "amy") -> Ran:
    async def run() -> int:
        runner = QueryRunner(pool)
        parsed = await runner.parse(sql, caller)
        sources = [QuerySource(call.ordinal, files.files) for call in parsed.calls]
        end = await runner.run(
            *(parsed, sources, files.size, files.read),
            parameters={},
            limits=LIMITS,
            caller=caller,
            take_batch=usage.take,
        )
        return end.rows

    usage = _Usage(files)
    return await usage.measure(pool, run())


class _Usage:
    """Measures a query."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._parts: list[float] = []

    async def take(self, _batch: bytes) -> None:
        self._parts.append(time.perf_counter())

    async def measure(self, pool: SandboxPool, work: Coroutine[None, None, int]) -> Ran:
        files = self._files
        files.reads = files.read_bytes = 0
        usage = WorkerUsage(pool)
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(usage.watch())
            rows = await work
            watch.cancel()
        # The first part has the columns alone.
        first = self._parts[1] if len(self._parts) > 1 else time.perf_counter()
        seconds = time.perf_counter() - started
        return Ran(
            *(seconds, first - started, usage.cpu_seconds, usage.most_memory, files.read_bytes, files.reads, rows)
        )


def _needed_bytes(names: Sequence[str]) -> int:
    """Bytes of columns in a row group."""
    sink = io.BytesIO()
    pq.write_table(eight_columns(ROWS_OF_GROUP), sink, row_group_size=ROWS_OF_GROUP)
    group = pq.read_metadata(io.BytesIO(sink.getvalue())).row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    return sum(column.total_compressed_size for column in columns if column.path_in_schema in names)


def _print_head() -> None:
    print(
        "| | s | first rows, s | CPU of the worker, s | its most memory, MB | fetched, MB | reads | rows |\n|---|---|---|---|---|---|---|---|"
    )


def _print_row(what: str, ran: Ran) -> None:
    print(
        f"| {what} | {ran.seconds:.2f} | {ran.first_rows_seconds:.2f} | {ran.cpu_seconds:.2f} | {ran.most_memory:.0f} | "
        f"{ran.read_bytes / 1e6:,.0f} | {ran.reads:,} | {ran.rows:,} |",
        flush=True,
    )


PARTS: dict[str, Part] = {
    "start": measure_start,
    "files": measure_files,
    "rows": measure_rows,
    "difference": measure_difference,
    "people": measure_people,
}


def main(part: str = "") -> None:
    for name, measure in PARTS.items():
        if part in {"", name}:
            print(f"### {name}\n")
            asyncio.run(measure())
