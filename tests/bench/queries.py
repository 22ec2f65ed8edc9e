"""SQL over packages, in the sandbox. Bytes come from memory, except in `people`; nothing is stored. A worker has 1 GB of memory and two threads.

start: start of a worker for queries, a statement taken apart, and the first rows. N starts.
files: sums and means over N = 1,000 entries of 50 MB each, 50 GB in all.
rows: groups, an order and a condition over N = 10 million rows.
difference: two tables of N = 10 million rows, of which 1 % differ, and of which all do.
people: N = 10 people at once through the API of a whole running system, of whom one asks for ten queries, and requests to the registry,
auth and the S3 proxy beside them.

`queries:PART:N` runs a part in another size, such as `queries:files:5`. N may be a fraction of the millions.
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

from registry.settings import QuerySettings
from shared.queries.runner import MAX_QUERY_READS, QUERY_FAMILIES, QueryLimits, QueryRunner
from shared.queries.types import QueryFile, QuerySource
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

from . import _query_people
from ._previews_tables import WorkerUsage
from ._repeated_parquet import RepeatedParquet, eight_columns

FILE_BYTES = 50_000_000
ROWS_OF_GROUP = 100_000
MILLION = 1_000_000
ROWS_OF_PEOPLE = 200_000
"""Rows of the table for each person."""
STORE_SECONDS = 0.01
"""An answer of a store that is not on this machine."""
GIGABYTE = 1 << 30
SETTINGS = SandboxSettings(workers=1, seconds=300, cpu_seconds=600, memory_bytes=GIGABYTE, max_answer_bytes=64 << 20)
LIMITS = QueryLimits(max_rows=1_000_000, max_result_bytes=GIGABYTE, max_read_bytes=200 * GIGABYTE)

Content = bytes | RepeatedParquet
Part = Callable[[float], Coroutine[None, None, None]]


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


async def measure_start(starts: float) -> None:
    files = Files([RepeatedParquet(eight_columns(1_000), groups=1)])
    statement = "SELECT count(*) FROM package('lab/assay/x@latest', '*')"
    print("| | median, s | CPU of the worker, s |\n|---|---|---|")
    for what, spare in (("a worker is started", 0), ("a worker is waiting", 1)):
        settings = SETTINGS.model_copy(update={"spare_workers": spare})
        async with SandboxPool(settings, QUERY_FAMILIES) as pool:
            took, spent = [], []
            for _ in range(int(starts)):
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


async def measure_files(entries: float) -> None:
    number = int(entries)
    file = RepeatedParquet(eight_columns(ROWS_OF_GROUP), size=FILE_BYTES)
    package = "package('lab/assay/*@latest', '*')"
    needed = _needed_bytes(["x", "count", "flag"]) * file.groups * number + file.footer_bytes * number
    print(
        f"{number:,} entries, {number * file.size / 1e9:.1f} GB, {number * file.rows:,} rows; three of eight columns and the footers "
        f"have {needed / 1e9:.2f} GB\n"
    )
    _print_head()
    for what, seconds in (("three columns", 0.0), ("three columns, 10 ms for each read", STORE_SECONDS)):
        files = Files([file] * number, seconds=seconds)
        async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
            sql = f"SELECT flag, count(*), avg(x), sum(count) FROM {package} GROUP BY flag"  # noqa: S608 – own text
            _print_row(what, await _run(pool, files, sql))
            sql = f"SELECT count(*) FROM {package}"  # noqa: S608 – own text
            _print_row(what.replace("three columns", "number of rows"), await _run(pool, files, sql))
            sql = f"SELECT avg(x) FROM {package} WHERE \"$logical_key\" = '1.parquet'"  # noqa: S608 – own text
            _print_row(what.replace("three columns", "one of the files"), await _run(pool, files, sql))
    _print_limits()


async def measure_rows(millions: float) -> None:
    files = Files([_repeated(millions)])
    _print_head()
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        for what, sql in {
            "1,000 groups": "SELECT count, avg(x), max(y) FROM {} GROUP BY count",
            "50,000 groups by text": "SELECT name, count(*), avg(x) FROM {} GROUP BY name",
            "the first of an order": "SELECT * FROM {} ORDER BY x LIMIT 100",
            "a condition": "SELECT * FROM {} WHERE count = 7 AND name LIKE '%99'",
            "up to 1,000,000 rows as they are": "SELECT * FROM {} LIMIT 1000000",
        }.items():
            sql = sql.format("package('lab/assay/x@latest', '*')")  # noqa: PLW2901
            _print_row(what, await _run(pool, files, sql))
    _print_limits()


async def measure_difference(millions: float) -> None:
    rows = int(millions * MILLION)
    base = _table(rows, changed=0)
    print(f"{rows:,} rows and 8 columns, {len(base) / 1e6:.0f} MB on each side\n")
    _print_head()
    await _measure_difference("1 % differ", base, _table(rows, changed=0.01), ["id"])
    await _measure_difference("1 % differ, the key is found", base, _table(rows, changed=0.01), None)
    await _measure_difference("1 % more are added at the end", base, _table(rows * 101 // 100, changed=0), ["id"])
    await _measure_difference("all differ", base, _table(rows, changed=1), ["id"])
    _print_limits()


async def _measure_difference(what: str, base: bytes, head: bytes, keys: list[str] | None) -> None:
    files = Files([base, head])
    usage = _Usage(files)
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        await QueryRunner(pool).parse("SELECT 1", "amy")
        _print_row(what, await usage.measure(pool, _compare(pool, files, keys, usage)))


async def measure_people(people: float) -> None:
    rows = int(ROWS_OF_PEOPLE * people)
    print(f"Each query groups {rows:,} rows of a Parquet file in the store by text. Two run at a time.\n")
    await asyncio.to_thread(_query_people.measure, int(people), _table(rows, changed=0))


def _table(rows: int, *, changed: float) -> bytes:
    """A Parquet file. A part of the values of one column is other than in the file with `changed=0`."""
    sink = io.BytesIO()
    dice = np.random.default_rng(2)
    writer: pq.ParquetWriter | None = None
    for start in range(0, rows, MILLION):
        ids = np.arange(start, min(start + MILLION, rows))
        table = eight_columns(len(ids)).set_column(0, "id", pa.array(ids))
        x = table.column("x").to_numpy() + (dice.random(len(ids)) < changed)
        table = table.set_column(1, "x", pa.array(x))
        writer = writer or pq.ParquetWriter(sink, table.schema)
        writer.write_table(table, row_group_size=250_000)
    assert writer is not None
    writer.close()
    return sink.getvalue()


def _repeated(millions: float) -> RepeatedParquet:
    rows = int(millions * MILLION)
    return RepeatedParquet(eight_columns(min(rows, MILLION)), groups=max(1, rows // MILLION))


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


def _print_limits() -> None:
    usual = QuerySettings()
    print(
        f"| limit of an installation's settings | {usual.seconds:.0f} | | {usual.cpu_seconds:.0f} | {usual.memory_bytes >> 20:,} | "
        f"{usual.max_read_bytes / 1e6:,.0f} | {MAX_QUERY_READS:,} | {usual.max_rows:,} |",
        flush=True,
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
SIZES = {"start": 5.0, "files": 1_000.0, "rows": 10.0, "difference": 10.0, "people": 10.0}


def main(part: str = "") -> None:
    """`part`: its name, perhaps with `:` and another size."""
    wanted, _, size = part.partition(":")
    if wanted and wanted not in PARTS:
        raise SystemExit(f"queries has no part {wanted}; it has {', '.join(PARTS)}")
    for name, measure in PARTS.items():
        if wanted in {"", name}:
            print(f"### {name}\n")
            asyncio.run(measure(float(size) if size else SIZES[name]))
