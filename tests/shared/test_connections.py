"""Connections that the database has ended fail no transaction."""

import asyncio

import asyncpg
from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.servers import Databases

from shared.db.engine import Sessions, open_engine, sessions_of, transaction
from shared.settings import DatabaseSettings

APPLICATION = "ended connections"


async def backends(sessions: Sessions, number: int) -> set[int]:
    """Process ids at the server of `number` transactions at the same time."""
    everybody = asyncio.Barrier(number)

    async def backend() -> int:
        async with transaction(sessions) as session:
            found = await session.scalar(text("SELECT pg_backend_pid()"))
            await everybody.wait()
            return int(found or 0)

    return set(await asyncio.gather(*(backend() for _ in range(number))))


async def test_connections_that_the_server_ended_are_replaced(database: Databases) -> None:
    settings = DatabaseSettings(url=SecretStr(database.registry))
    async with open_engine(settings, APPLICATION) as engine:
        before = await backends(sessions_of(engine), 3)
        administrator = await asyncpg.connect(database.admin)
        await administrator.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = $1", APPLICATION
        )
        await administrator.close()
        after = await backends(sessions_of(engine), 3)
    assert len(before) == len(after) == 3
    assert not before & after


async def test_connections_are_used_again(database: Databases) -> None:
    settings = DatabaseSettings(url=SecretStr(database.registry))
    async with open_engine(settings, APPLICATION) as engine:
        assert await backends(sessions_of(engine), 1) == await backends(sessions_of(engine), 1)
