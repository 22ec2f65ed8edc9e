"""Indexes of Postgres for the search in Postgres, which most installations do not use. They make writing slower.

Search vectors are written while these indexes exist (`indexer.db.vectors`).
"""

from sqlalchemy import text

from shared.db.engine import Sessions

_INDEXES = {
    "ix_object_search": "index.object USING gin (search)",
    "ix_object_key_trgm": "index.object USING gin (key gin_trgm_ops)",
    "ix_package_search": "index.package USING gin (search)",
}
_LOCK = 5_213_771_003_216_402
"""Number of the lock that lets one indexer make or drop them."""

# An index whose making was interrupted is there, but of no use.
_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


async def create_search_indexes(sessions: Sessions) -> None:
    """Make those that are missing, beside all other work. Another indexer may be doing so already."""
    await _run(sessions, create=True)


async def drop_search_indexes(sessions: Sessions) -> None:
    await _run(sessions, create=False)


async def _run(sessions: Sessions, *, create: bool) -> None:
    async with sessions() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        if not await connection.scalar(text("SELECT pg_try_advisory_lock(:id)"), {"id": _LOCK}):
            return
        try:
            for name, columns in _INDEXES.items():
                is_valid = await connection.scalar(_VALID, {"name": f"index.{name}"})
                if is_valid is False or not create:
                    await connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS index.{name}"))
                if create:
                    await connection.execute(text(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {columns}"))
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(:id)"), {"id": _LOCK})
