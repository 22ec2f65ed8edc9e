"""One engine per process."""

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

_NO_SERVICE = ("08", "53", "57P")
"""Classes of SQLSTATE: connection lost, out of resources, starting or shutting down."""
_IN_THE_WAY = ("40", "23503")
"""SQLSTATE of a deadlock, of which Postgres gave up one side; and of what refers to something that was just deleted."""
_NO_TEXT = frozenset({"22021", "22P05"})
"""What Postgres says to a NUL in text."""


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
    """One transaction, committed at the end; a database that does not answer is Unavailable.

    Errors in `keep` are refusals that leave a trace: they commit it on their way.
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
        raise Unavailable("The database does not answer") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("The database went away") from error
        sqlstate = getattr(error.orig, "sqlstate", None) or ""
        if sqlstate.startswith(_NO_SERVICE):
            raise Unavailable("The database takes no connections just now") from error
        if sqlstate.startswith(_IN_THE_WAY):
            raise Unavailable("Another change was in the way and nothing was changed; try again") from error
        if sqlstate in _NO_TEXT:
            raise Invalid("Text may hold no NUL characters") from error
        raise


def connections(sessions: Sessions) -> dict[tuple[str, str], Callable[[], float]]:
    """How many there are, by what they are doing, for `Metrics.reads`."""
    engine: AsyncEngine = sessions.kw["bind"]
    pool = cast("QueuePool", engine.pool)
    return {("state", "in_use"): pool.checkedout, ("state", "idle"): pool.checkedin}


async def ping(engine: AsyncEngine) -> None:
    """Raise unless the database answers."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
