"""The database engine of a process, and its transactions."""

import select
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, cast

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from shared.db.tracing import record_statement, trace_statements
from shared.errors import Invalid, Unavailable
from shared.settings import DatabaseSettings
from shared.tracing import is_tracing

Sessions = async_sessionmaker[AsyncSession]

__all__ = [
    "AsyncEngine",
    "AsyncSession",
    "Sessions",
    "connections",
    "open_engine",
    "ping",
    "sessions_of",
    "transaction",
]

PING_AFTER_IDLE_SECONDS = 5
_RETURNED = "returned"
_UNAVAILABLE = ("08", "53", "57P")
"""Prefixes of SQLSTATE: connection lost, out of resources, starting or shutting down."""
_CONFLICT = ("40", "23503")
"""Prefixes of SQLSTATE: a deadlock or serialization failure; a reference to a row that was just deleted."""
_INVALID_TEXT = frozenset({"22021", "22P05"})
"""SQLSTATE for text with a NUL character."""


@asynccontextmanager
async def open_engine(settings: DatabaseSettings, application: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(
        settings.url.get_secret_value(),
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_timeout=10,
        connect_args={"timeout": 5, "server_settings": {"application_name": application}},
    )
    event.listen(engine.sync_engine, "checkin", _note_return)
    event.listen(engine.sync_engine, "checkout", _check_connection)
    if is_tracing():
        event.listen(engine.sync_engine, "connect", _trace_connection)
        event.listen(engine.sync_engine, "before_cursor_execute", _note_begin)
        event.listen(engine.sync_engine, "after_cursor_execute", _record_prepared)
        event.listen(engine.sync_engine, "handle_error", _record_failed)
    try:
        yield engine
    finally:
        await engine.dispose()


def _note_return(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info[_RETURNED] = monotonic()


def _trace_connection(connection: Any, _entry: ConnectionPoolEntry) -> None:
    trace_statements(connection.driver_connection)


def _note_begin(_c: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001 – SQLAlchemy calls it so
    context.traced_from = monotonic()


def _record_prepared(_c: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:  # noqa: FBT001 – the same
    record_statement(statement, monotonic() - context.traced_from)


def _record_failed(failed: ExceptionContext) -> None:
    began = getattr(failed.execution_context, "traced_from", None)
    if failed.statement and began is not None:
        record_statement(failed.statement, monotonic() - began, failed.original_exception)


def _check_connection(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """Have a connection replaced that has ended, so that its end fails no request.

    An idle connection has something to read when the server has ended it, and nothing when the machine or the network was lost.
    SQLAlchemy's own check asks the server each time, with three round trips.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    idle_seconds = monotonic() - entry.info.get(_RETURNED, monotonic())
    if idle_seconds > PING_AFTER_IDLE_SECONDS or _is_readable(connection.driver_connection):
        try:
            connection.ping()
        except Exception as error:
            raise InvalidatePoolError from error


def _is_readable(connection: asyncpg.Connection) -> bool:
    poll = select.poll()
    poll.register(connection._transport.get_extra_info("socket"), select.POLLIN)  # noqa: SLF001 – it has no public name
    return bool(poll.poll(0))


def sessions_of(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: Sessions, keep: tuple[type[Exception], ...] = ()) -> AsyncIterator[AsyncSession]:
    """One transaction, committed at the end. Raises Unavailable when the database does not answer or another change conflicts.

    Errors in `keep` commit as well: they are refusals that leave a record.
    """
    try:
        async with sessions() as session:
            try:
                yield session
            except keep:
                await session.commit()
                raise
            await session.commit()
    except (OSError, PoolTimeout, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
        raise Unavailable("The database is not responding") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("The connection to the database was lost") from error
        sqlstate = getattr(error.orig, "sqlstate", None) or ""
        if sqlstate.startswith(_UNAVAILABLE):
            raise Unavailable("The database accepts no connections at the moment") from error
        if sqlstate.startswith(_CONFLICT):
            raise Unavailable("Another change happened at the same time, and nothing was changed. Try again") from error
        if sqlstate in _INVALID_TEXT:
            raise Invalid("Text must not contain NUL characters") from error
        raise


def connections(sessions: Sessions) -> dict[tuple[str, str], Callable[[], float]]:
    """Number of connections by state, for `Metrics.reads`."""
    engine: AsyncEngine = sessions.kw["bind"]
    pool = cast("QueuePool", engine.pool)
    return {("state", "in_use"): pool.checkedout, ("state", "idle"): pool.checkedin}


async def ping(engine: AsyncEngine) -> None:
    """Raise an error unless the database answers."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
