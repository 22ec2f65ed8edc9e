"""Statements of hot paths, without the ORM and without a transaction around them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg

from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.settings import DatabaseSettings

_PATIENCE = 10.0
"""Seconds that a query may take."""

Found = Sequence[Any]
"""A row's values."""


class Statements(Protocol):
    async def fetch(self, sql: str, *values: object) -> Sequence[Found]:
        """The rows of a query that changes nothing; raises Unavailable."""


class PoolStatements:
    """On connections of their own."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def fetch(self, sql: str, *values: object) -> Sequence[Found]:
        try:
            return await self._tried(sql, *values)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
            raise Unavailable("The database does not answer") from error
        except (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError) as error:
            raise Unavailable("The database takes no queries just now") from error

    async def _tried(self, sql: str, *values: object) -> Sequence[Found]:
        """Once more when the connection was lost: the next one is new."""
        found: Sequence[Found]
        try:
            found = await self._pool.fetch(sql, *values)
        except (asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            found = await self._pool.fetch(sql, *values)
        return found


class SessionStatements:
    """In sessions, whose transaction may know more than others."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def fetch(self, sql: str, *values: object) -> Sequence[Found]:
        async with transaction(self._sessions) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("SELECT 1")  # it begins the transaction
            driver = (await connection.get_raw_connection()).driver_connection
            found: Sequence[Found] = await driver.fetch(sql, *values)  # type: ignore[union-attr]
            return found


@asynccontextmanager
async def open_statements(settings: DatabaseSettings, application: str) -> AsyncIterator[PoolStatements]:
    url = settings.url.get_secret_value().replace("postgresql+asyncpg:", "postgresql:", 1)
    async with asyncpg.create_pool(
        url,
        min_size=1,
        max_size=settings.pool_size,
        timeout=5,
        command_timeout=_PATIENCE,
        reset=_leave,
        server_settings={"application_name": application, "default_transaction_read_only": "on"},
    ) as pool:
        yield PoolStatements(pool)


async def _leave(_: object) -> None:
    """Nothing that one query leaves behind could disturb the next."""
