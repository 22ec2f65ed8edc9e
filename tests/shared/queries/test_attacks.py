"""Statements and files that want more than they may have are bounded in a worker, and other statements go on."""

import asyncio
import dataclasses
import io
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.processes import command_line
from support.sandbox.query_world import LIMITS, Package, QueryWorld, run_unparsed

from shared.queries.runner import NICE, QueryFailed
from shared.queries.types import StatementProblem

ENDLESS = {
    "a product of billions of rows": "SELECT count(*) FROM range(10000000000) a, range(100000000) b WHERE a.range % 7 = b.range % 3",
    "a list that grows": "SELECT list(i) FROM range(1000000000) t(i)",
}
"""`tests/long` has more."""
UNPARSED = [
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_text('pkg://other')",
    "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    "SELECT * FROM read_parquet('s3://lab/x.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "COPY (SELECT 1) TO '{folder}/x.csv'",
    "COPY (SELECT 1) TO 'pkg://x.csv'",
    "EXPORT DATABASE '{folder}/x'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH '{folder}/x.db'",
    "ATTACH 's3://lab/x.db'",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:9'",
    "LOAD '/tmp/x.duckdb_extension'",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "SET enable_external_access = true",
    "SET allowed_paths = ['/etc/passwd']",
    "SET allowed_directories = ['/']",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET threads = 64",
    "SET temp_directory = '{folder}'",
    "SET autoinstall_known_extensions = true",
    "SET log_query_path = '{folder}/log'",
    "SET python_enable_replacements = true",
    "RESET memory_limit",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{folder}/profile'",
    "SELECT * FROM read_duckdb('{folder}/x.db')",
]
"""Texts that are refused before they run. The engine would refuse them as well."""


@pytest.mark.parametrize("sql", ENDLESS.values(), ids=ENDLESS.keys())
async def test_a_statement_without_end_is_ended(world: QueryWorld, sql: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        await world.run(sql)
    assert failed.value.kind in {"limit", "failed"}
    assert (await world.run("SELECT 1 AS x")).rows == [{"x": 1}]


async def test_a_result_has_a_number_of_rows_and_of_bytes(world: QueryWorld) -> None:
    few = dataclasses.replace(LIMITS, max_rows=10)
    ran = await world.run("SELECT * FROM range(1000000)", limits=few)
    assert (ran.end.rows, ran.end.is_cut, len(ran.rows)) == (10, True, 10)
    with pytest.raises(QueryFailed, match="more than") as failed:
        await world.run("SELECT repeat('x', 1000) FROM range(1000000)")
    assert (failed.value.kind, failed.value.limit) == ("limit", "result_bytes")


async def test_more_bytes_than_a_query_may_read_are_refused(world: QueryWorld) -> None:
    files = {f"{number}.csv": b"x\n" + b"1\n" * 200_000 for number in range(4)}
    little = dataclasses.replace(LIMITS, max_read_bytes=300_000)
    with pytest.raises(QueryFailed, match="read too much"):
        await world.run("SELECT sum(x) FROM package('a', '*')", files, limits=little)


async def test_first_rows_come_while_the_query_runs(world: QueryWorld) -> None:
    ran = await world.run("SELECT i FROM range(9000) t(i)")
    assert len(ran.parts) > 2
    assert ran.end.rows == 9_000


async def test_only_files_that_a_condition_admits_are_read(world: QueryWorld) -> None:
    files: dict[str, bytes] = {}
    for number in range(20):
        sink = io.BytesIO()
        pq.write_table(pa.table({"x": list(range(50_000)), "n": [number] * 50_000}), sink, compression="none")
        files[f"{number}.parquet"] = sink.getvalue()
    ran = await world.run("SELECT sum(n) s FROM package('a', '*') WHERE \"$logical_key\" = '7.parquet'", files)
    assert ran.rows == [{"s": 350_000}]
    assert sum(length for _, length in world.reads) < 3 * len(files["7.parquet"]) + 20 * (1 << 17)


async def test_damaged_files_are_named(world: QueryWorld) -> None:
    with pytest.raises(QueryFailed, match=r"data/a b\.parquet") as failed:
        await world.run("SELECT * FROM package('a', '*')", {"data/a b.parquet": b"PAR1 no parquet at all PAR1"})
    assert failed.value.kind == "failed"
    assert "pkg://" not in str(failed.value)


@pytest.mark.parametrize("sql", UNPARSED)
def test_the_engine_itself_refuses_what_is_refused_before(sql: str, tmp_path: Path) -> None:
    found = run_unparsed(sql.format(folder=tmp_path), Package({"a.csv": b"x\n1\n"}))
    assert isinstance(found, StatementProblem)
    assert found.kind == "failed"
    assert list(tmp_path.iterdir()) == []


async def test_a_query_whose_worker_ends_has_crashed_and_reached_no_limit(world: QueryWorld) -> None:
    async def kill(_offset: int, _length: int) -> bytes:
        killed = [each for each in psutil.Process().children() if "shared.queries.operations" in command_line(each)]
        for child in killed:
            child.kill()
        while True:
            if not any(command_line(child) for child in killed):
                return b""
            await asyncio.sleep(0.01)

    with pytest.raises(QueryFailed) as failed:
        await world.run("SELECT * FROM package('a', '*')", {"a.csv": b"x\n1\n"}, read=kill)
    assert (failed.value.kind, failed.value.limit) == ("crashed", None)


async def test_queries_give_way_to_other_processes(world: QueryWorld) -> None:
    await world.run("SELECT 1")
    found = [each for each in psutil.Process().children() if "shared.queries.operations" in command_line(each)]
    assert found
    for each in found:
        assert each.nice() == NICE


@pytest.mark.parametrize("error", [OSError("no space"), TimeoutError("late"), EOFError("ended"), ValueError("odd")])
async def test_what_the_taker_of_rows_raises_is_raised_to_the_service(world: QueryWorld, error: Exception) -> None:
    async def take(_batch: bytes) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await world.run("SELECT 1", take=take)
    assert raised.value is error


async def test_a_cancelled_query_leaves_no_worker(world: QueryWorld) -> None:
    running = asyncio.create_task(world.run(ENDLESS["a product of billions of rows"]))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await world.run("SELECT 1 AS x")).rows == [{"x": 1}]


async def test_a_read_that_fails_is_raised_to_the_service(world: QueryWorld) -> None:
    class GoneError(Exception):
        pass

    async def read(_offset: int, _length: int) -> bytes:
        raise GoneError

    with pytest.raises(GoneError):
        await world.run("SELECT * FROM package('a', '*')", {"a.csv": b"x\n1\n"}, read=read)
