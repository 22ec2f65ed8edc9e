"""Queries of the most frequent requests, without the ORM and without a transaction around them.

SQLAlchemy is imported only where its sessions are used: the follower, which uses none, needs a third less memory without it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg

from shared.db.tracing import trace_statements
from shared.errors import Invalid, Unavailable
from shared.settings import DatabaseSettings
from shared.tracing import is_tracing

if TYPE_CHECKING:
    from shared.db.engine import AsyncSession, Sessions

QUERY_TIMEOUT_SECONDS = 10.0
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 2.0
IDLE_SECONDS = 300.0
"""Time after which a connection is closed that was not needed."""
MAX_QUERIES_OF_CONNECTION = 50_000
"""Queries after which a connection is replaced, since the memory of its server process only grows."""

FoundRow = Sequence[Any]
"""Values of a row, in the order of the query's columns."""


class Statements(Protocol):
    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        """Rows of a query, which may be sent twice when the connection is lost. Raises Unavailable, or Invalid for a text with a NUL."""


@dataclass(slots=True)
class _PooledConnection:
    raw: "asyncpg.Connection[asyncpg.Record]"
    queries: int = 0
    returned_at: float = 0.0


class PoolStatements:
    """Runs each query on a connection that it has to itself.

    The pool of asyncpg has more to do for a small query than the query itself: with each return it starts a task, resets the
    connection, and puts a wrapper around it.
    """

    def __init__(self, connect: "Callable[[], Awaitable[asyncpg.Connection[asyncpg.Record]]]", max_size: int) -> None:
        self._connect = connect
        self._free = asyncio.Semaphore(max_size)
        self._idle: list[_PooledConnection] = []
        """In order of their return, so that the last ones are used again, and the first ones may be closed."""
        self._is_closed = False

    async def open(self) -> None:
        """Open a connection, so that errors of the settings are seen at once."""
        self._idle.append(_PooledConnection(await self._connect(), returned_at=monotonic()))

    async def close(self) -> None:
        """Close the idle connections. One that is in use is closed when its query has ended."""
        self._is_closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(each.raw.close(timeout=CLOSE_SECONDS) for each in idle), return_exceptions=True)

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        try:
            return await self._fetch_twice(sql, values)
        except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
            raise Unavailable("The database is not responding") from error
        except (asyncpg.OperatorInterventionError, asyncpg.InsufficientResourcesError) as error:
            raise Unavailable("The database accepts no queries at the moment") from error
        except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError) as error:
            raise Invalid("Text must not contain NUL characters") from error

    async def _fetch_twice(self, sql: str, values: tuple[object, ...]) -> Sequence[FoundRow]:
        """Try again once, without a pause, when the connection was lost: another is opened at once.

        A retry library would add its bookkeeping to every query, and there is no back-off for it to manage.
        """
        try:
            return await self._fetch_once(sql, values)
        except (asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
            return await self._fetch_once(sql, values)

    async def _fetch_once(self, sql: str, values: tuple[object, ...]) -> Sequence[FoundRow]:
        async with self._free:
            connection = await self._take()
            try:
                found: Sequence[FoundRow] = await connection.raw.fetch(sql, *values)
            except (asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
                self._drop(connection, *self._idle)  # what ended one connection may have ended all
                self._idle.clear()
                raise
            except asyncpg.PostgresError:
                self._give_back(connection)
                raise
            except BaseException:  # the query goes on when it was cancelled, or took too long
                self._drop(connection)
                raise
            self._give_back(connection)
            return found

    async def _take(self) -> _PooledConnection:
        if self._is_closed:
            raise Unavailable("The connections to the database are closed")
        while self._idle:
            connection = self._idle.pop()
            if not connection.raw.is_closed():
                return connection
        return _PooledConnection(await self._connect())

    def _give_back(self, connection: _PooledConnection) -> None:
        connection.queries += 1
        if self._is_closed or connection.queries >= MAX_QUERIES_OF_CONNECTION:
            self._drop(connection)
            return
        connection.returned_at = monotonic()
        self._idle.append(connection)
        if connection.returned_at - self._idle[0].returned_at > IDLE_SECONDS:
            self._drop(self._idle.pop(0))

    def _drop(self, *connections: _PooledConnection) -> None:
        for each in connections:
            each.raw.terminate()


class TransactionStatements:
    """Runs queries in the transaction of a session, so that they see what it has written."""

    def __init__(self, session: "AsyncSession") -> None:
        self._session = session

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        connection = await self._session.connection()
        found: Sequence[FoundRow] = (await connection.exec_driver_sql(sql, values)).all()
        return found


class SessionStatements:
    """Runs each query in a session, so that it sees what the transaction around the session has written."""

    def __init__(self, sessions: "Sessions") -> None:
        self._sessions = sessions

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        from shared.db.engine import transaction  # noqa: PLC0415 – see above

        async with transaction(self._sessions) as session:
            return await TransactionStatements(session).fetch(sql, *values)


@asynccontextmanager
async def open_statements(
    settings: DatabaseSettings, application: str, *, read_only: bool = True
) -> AsyncIterator[PoolStatements]:
    """With `read_only` one connection is opened at once. Others are opened when they are needed."""

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            settings.driver_url,
            timeout=CONNECT_SECONDS,
            command_timeout=QUERY_TIMEOUT_SECONDS,
            server_settings={
                "application_name": application,
                "default_transaction_read_only": "on" if read_only else "off",
            },
        )
        if is_tracing():
            trace_statements(connection)
        return connection

    statements = PoolStatements(connect, settings.pool_size)
    if read_only:
        await statements.open()
    try:
        yield statements
    finally:
        await statements.close()
