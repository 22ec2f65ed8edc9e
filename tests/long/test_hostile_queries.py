"""Statements that take all the computing time or memory that there is: each is ended, and the next one answered."""

import asyncio
import contextlib
import dataclasses
import gzip
import io
from collections.abc import AsyncIterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.sandbox.query_world import LIMITS, QueryWorld, two_files

from shared.queries.runner import QUERY_FAMILIES, QueryFailed, QueryRunner
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

ENDLESS = {
    "a product that is sorted": "SELECT a.range FROM range(1000000) a, range(1000000) b ORDER BY hash(a.range + b.range) LIMIT 1",
    "a text that grows": "WITH RECURSIVE r AS (SELECT 'x' t UNION ALL SELECT t || t FROM r) SELECT max(length(t)) FROM r",
    "a recursion without end": "WITH RECURSIVE r AS (SELECT 1::HUGEINT i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
    "a huge literal": "SELECT length(repeat('x', 2000000000))",
    "a sort of everything": "SELECT max(i) FROM (SELECT random() i FROM range(2000000000) ORDER BY i LIMIT 100000000)",
    "a list of everything": "SELECT len(range(100000000000))",
    "a text that is padded": "SELECT sum(length(lpad('x', 500000000, i::VARCHAR))) FROM range(100) t(i)",
    "lists within lists": "SELECT list_transform(range(100000), lambda x: list_transform(range(100000), lambda y: x * y))",
    "a window over everything": "SELECT max(m) FROM (SELECT median(i) OVER (ORDER BY i ROWS BETWEEN 100000 PRECEDING AND CURRENT ROW) m FROM range(100000000) t(i))",
    "a distance of long texts": "SELECT sum(levenshtein(repeat('a', 200000) || i, repeat('b', 200000))) FROM range(100) t(i)",
    "texts of all combinations": "SELECT count(DISTINCT a.range::VARCHAR || b.range) FROM range(100000) a, range(100000) b",
    "a hash of everything": "SELECT count(*) FROM (SELECT md5(i::VARCHAR) m FROM range(1000000000) t(i) GROUP BY m)",
}


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[QueryWorld]:
    settings = SandboxSettings(seconds=120, cpu_seconds=20, memory_bytes=384 << 20)
    async with SandboxPool(settings, QUERY_FAMILIES) as pool:
        yield QueryWorld(QueryRunner(pool))


@pytest.mark.parametrize("sql", ENDLESS.values(), ids=ENDLESS.keys())
async def test_a_statement_without_end_is_ended(world: QueryWorld, sql: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        await world.run(sql)
    assert failed.value.kind in {"limit", "failed"}
    assert (await world.run("SELECT 1 AS x")).rows == [{"x": 1}]


async def test_a_pattern_does_not_backtrack(world: QueryWorld) -> None:
    sql = "SELECT count(*) AS n FROM range(1000) t(i) WHERE regexp_matches(repeat('a', 5000) || i, '(a*)*(b*)*c')"
    assert (await world.run(sql)).rows == [{"n": 0}]


async def test_a_file_that_unpacks_to_far_more_is_bounded(world: QueryWorld) -> None:
    bomb = gzip.compress(b"1,2,3\n" * 200_000_000, 1)
    try:
        ran = await world.run(
            "SELECT count(*) AS n, sum(column0) AS s FROM package('a', '*', header := false)", {"a.csv.gz": bomb}
        )
    except QueryFailed as failed:
        assert failed.kind == "limit"  # noqa: PT017 – both ends are good
    else:
        assert ran.rows == [{"n": 200_000_000, "s": 200_000_000}]
    assert (await world.run("SELECT 1 AS x")).rows == [{"x": 1}]


async def test_tables_of_which_every_row_differs_are_compared_in_bounded_memory(world: QueryWorld) -> None:
    count = 3_000_000
    contents = []
    for step in (0, 1):
        sink = io.BytesIO()
        table = {
            "id": np.arange(count),
            "x": np.arange(count) + step,
            "name": [f"name {n % 1_000}" for n in range(count)],
        }
        pq.write_table(pa.table(table), sink, row_group_size=100_000)
        contents.append(sink.getvalue())
    body = b"".join(contents)

    async def read(offset: int, length: int) -> bytes:
        return body[offset : offset + length]

    async def take(_batch: bytes) -> None: ...

    files = two_files(("a.parquet", contents[0]), ("a.parquet", contents[1]))
    limits = dataclasses.replace(LIMITS, max_read_bytes=64 << 30, seconds=240, memory_bytes=512 << 20)
    end = await world.runner.difference(*files, ["id"], read, limits=limits, caller="amy", take_batch=take)
    found = end.difference
    assert (found.changed, found.added, found.removed, found.same) == (count, 0, 0, 0)
    assert (found.cells, end.is_cut) == ({"x": count}, True)


async def test_rows_that_all_have_one_key_are_compared_or_refused(world: QueryWorld) -> None:
    rows = pa.table({"id": np.zeros(8_000_000, np.int8), "x": np.arange(8_000_000)})
    sinks = []
    for step in (0, 1):
        sink = io.BytesIO()
        pq.write_table(rows.set_column(1, "x", pa.array(np.arange(8_000_000) + step * 4_000_000)), sink)
        sinks.append(sink.getvalue())
    contents = b"".join(sinks)

    async def read(offset: int, length: int) -> bytes:
        return contents[offset : offset + length]

    async def take(_batch: bytes) -> None: ...

    files = two_files(("a.parquet", sinks[0]), ("a.parquet", sinks[1]))
    with pytest.raises(QueryFailed) as failed:
        await world.runner.difference(*files, ["id"], read, limits=LIMITS, caller="amy", take_batch=take)
    assert (failed.value.kind, failed.value.limit) == ("limit", "memory")


async def test_queries_that_are_cancelled_at_any_moment_leave_nothing(world: QueryWorld) -> None:
    files = {f"{number}.csv": b"x\n" + b"1\n" * 100_000 for number in range(8)}
    for moment in range(12):
        running = asyncio.create_task(world.run("SELECT sum(x) AS s FROM package('a', '*')", files))
        await asyncio.sleep(moment * 0.15)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            assert (await running).rows == [{"s": 800_000}]
    assert (await world.run("SELECT sum(x) AS s FROM package('a', '*')", files)).rows == [{"s": 800_000}]
