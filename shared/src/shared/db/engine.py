"""The database engine of a process, and its transactions."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import QueuePool

from shared.errors import Invalid, Unavailable
from shared.settings import DatabaseSettings

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
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={"timeout": 5, "server_settings": {"application_name": application}},
    )
    try:
        yield engine
    finally:
        await engine.dispose()


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
