"""Statements that take all the computing time or memory that there is: each is ended, and the next one answered."""

from collections.abc import AsyncIterator

import pytest
from support.sandbox.query_world import QueryWorld

from shared.queries.runner import QUERY_FAMILIES, QueryFailed, QueryRunner
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

ENDLESS = {
    "a product that is sorted": "SELECT a.range FROM range(1000000) a, range(1000000) b ORDER BY hash(a.range + b.range) LIMIT 1",
    "a text that grows": "WITH RECURSIVE r AS (SELECT 'x' t UNION ALL SELECT t || t FROM r) SELECT max(length(t)) FROM r",
    "a recursion without end": "WITH RECURSIVE r AS (SELECT 1::HUGEINT i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r",
    "a huge literal": "SELECT length(repeat('x', 2000000000))",
    "a sort of everything": "SELECT max(i) FROM (SELECT random() i FROM range(2000000000) ORDER BY i LIMIT 100000000)",
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
