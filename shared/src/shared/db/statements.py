"""Queries of the most frequent requests, without the ORM and without a transaction around them.

SQLAlchemy is imported only where its sessions are used: the follower, which uses none, needs a third less memory without it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from shared.errors import Unavailable
from shared.settings import DatabaseSettings

if TYPE_CHECKING:
    from shared.db.engine import Sessions

QUERY_TIMEOUT_SECONDS = 10.0

FoundRow = Sequence[Any]
"""Values of a row, in the order of the query's columns."""


class Statements(Protocol):
    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        """Rows of a query, which may be sent twice when the connection is lost. Raises Unavailable."""


class PoolStatements:
    """Runs each query on a connection of a pool of its own."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        try:
            return await self._fetch_twice(sql, *values)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
            raise Unavailable("The database is not responding") from error
        except (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError) as error:
            raise Unavailable("The database accepts no queries at the moment") from error

    async def _fetch_twice(self, sql: str, *values: object) -> Sequence[FoundRow]:
        """Try again once, without a pause, when the connection was lost: the pool replaces it at once.

        A retry library would add its bookkeeping to every query, and there is no back-off for it to manage.
        """
        found: Sequence[FoundRow]
        try:
            found = await self._pool.fetch(sql, *values)
        except (asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            found = await self._pool.fetch(sql, *values)
        return found


class SessionStatements:
    """Runs each query in a session, so that it sees what the transaction around the session has written."""

    def __init__(self, sessions: "Sessions") -> None:
        self._sessions = sessions

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        from shared.db.engine import transaction  # noqa: PLC0415 – see above

        async with transaction(self._sessions) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("SELECT 1")  # it begins the transaction
            driver = (await connection.get_raw_connection()).driver_connection
            found: Sequence[FoundRow] = await driver.fetch(sql, *values)  # type: ignore[union-attr]
            return found


@asynccontextmanager
async def open_statements(
    settings: DatabaseSettings, application: str, *, read_only: bool = True
) -> AsyncIterator[PoolStatements]:
    """With `read_only` one connection is kept open. Others are opened when they are needed."""
    url = settings.url.get_secret_value().replace("postgresql+asyncpg:", "postgresql:", 1)
    async with asyncpg.create_pool(
        url,
        min_size=int(read_only),
        max_size=settings.pool_size,
        timeout=5,
        command_timeout=QUERY_TIMEOUT_SECONDS,
        reset=_keep_state,
        server_settings={
            "application_name": application,
            "default_transaction_read_only": "on" if read_only else "off",
        },
    ) as pool:
        yield PoolStatements(pool)


async def _keep_state(_: object) -> None:
    """Keep a returned connection as it is: queries leave no state in it."""
