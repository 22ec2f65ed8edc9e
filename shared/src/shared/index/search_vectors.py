"""Vectors of the search in Postgres, for which the search engine is not used."""

from sqlalchemy import text

from shared.db.engine import AsyncSession

BATCH_VECTORS = 2_000
"""Objects whose search vectors one transaction makes."""

_FILL = text("SELECT after_bucket, after_key, filled FROM index.fill_search_vectors(:bucket, :key, :most)")


async def fill_search_vectors(session: AsyncSession, after: tuple[str, str]) -> tuple[tuple[str, str] | None, int]:
    """Make the search vectors of some objects after a bucket and key, and of all packages, where they are null.

    Returns the bucket and key of the last object, or None at the end, and the number of vectors of objects that were made.
    """
    values = {"bucket": after[0], "key": after[1], "most": BATCH_VECTORS}
    bucket, key, filled = (await session.execute(_FILL, values)).one()
    return (bucket, key) if bucket is not None else None, filled


async def estimated_objects(session: AsyncSession) -> int:
    """Number of indexed objects when Postgres last counted them."""
    counted = await session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'index.object'::regclass"))
    return max(0, int(counted or 0))
