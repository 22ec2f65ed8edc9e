"""One engine per process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from shared.settings import DatabaseSettings

Sessions = async_sessionmaker[AsyncSession]

__all__ = ["AsyncEngine", "AsyncSession", "Sessions", "open_engine", "ping", "sessions_of"]


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


async def ping(engine: AsyncEngine) -> None:
    """Raise unless the database answers."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
