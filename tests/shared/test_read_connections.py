"""The connections on which reads run."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from support.worlds.servers import Databases

from shared.db.statements import PoolStatements, open_statements
from shared.errors import Invalid, Unavailable
from shared.settings import DatabaseSettings

APPLICATION = "tests of reads"
POOL_SIZE = 2
PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def statements(database: Databases) -> AsyncIterator[PoolStatements]:
    settings = DatabaseSettings(url=SecretStr(database.registry), pool_size=POOL_SIZE)
    async with open_statements(settings, APPLICATION) as opened:
        yield opened


async def pids(statements: PoolStatements) -> set[int]:
    """Server processes of queries that run at the same time."""
    rows = await asyncio.gather(*(statements.fetch(f"{PID}, pg_sleep(0.05)") for _ in range(3 * POOL_SIZE)))
    return {pid for [(pid, _)] in rows}


async def test_as_many_queries_run_at_once_as_there_are_connections(statements: PoolStatements) -> None:
    assert len(await pids(statements)) == POOL_SIZE


async def test_one_query_after_the_other_uses_one_connection(statements: PoolStatements) -> None:
    found = [await statements.fetch(PID) for _ in range(5)]
    assert found == found[:1] * 5


async def test_a_refused_query_leaves_its_connection_usable(statements: PoolStatements) -> None:
    before = await pids(statements)
    with pytest.raises(Invalid, match="NUL"):
        await statements.fetch("SELECT $1::text", "a\0b")
    assert await pids(statements) == before


async def test_the_connection_of_a_cancelled_query_is_replaced(statements: PoolStatements) -> None:
    [(pid,)] = await statements.fetch(PID)
    sleeping = asyncio.create_task(statements.fetch("SELECT pg_sleep(600)"))
    await asyncio.sleep(0)  # it begins, on the connection that was used last
    state = ""
    while state != "active":
        [(state,)] = await statements.fetch("SELECT state FROM pg_stat_activity WHERE pid = $1", pid)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    assert pid not in await pids(statements)


async def test_queries_go_on_when_the_server_has_ended_all_connections(
    statements: PoolStatements, database: Databases
) -> None:
    before = await pids(statements)
    administrator = await asyncpg.connect(database.admin)
    await administrator.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = $1", APPLICATION
    )
    await administrator.close()
    assert before.isdisjoint(await pids(statements))


async def test_a_connection_that_is_in_use_when_all_are_closed_is_closed_after_its_query(database: Databases) -> None:
    application, lock = f"{APPLICATION} {uuid4().hex[:8]}", 20261130
    settings = DatabaseSettings(url=SecretStr(database.registry), pool_size=POOL_SIZE)
    administrator = await asyncpg.connect(database.admin)
    async with open_statements(settings, application) as opened:
        await administrator.execute("SELECT pg_advisory_lock($1)", lock)
        waiting = asyncio.create_task(opened.fetch("SELECT 1 FROM pg_advisory_xact_lock($1)", lock))
        in_use = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'advisory'"
        while not await administrator.fetchval(in_use, application):  # noqa: ASYNC110 – Postgres has no event for it
            await asyncio.sleep(0)
    await administrator.execute("SELECT pg_advisory_unlock($1)", lock)
    assert len(await waiting) == 1
    left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
    while await administrator.fetchval(left, application):  # noqa: ASYNC110 – the same
        await asyncio.sleep(0.01)
    with pytest.raises(Unavailable):
        await opened.fetch("SELECT 1")
    await administrator.close()
