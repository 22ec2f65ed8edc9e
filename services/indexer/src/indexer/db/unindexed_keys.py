"""Keys that could not be indexed, with the reason, until they are."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, func, select, text

from indexer.text_extraction import storable
from shared.db.engine import AsyncSession
from shared.index.tables import UnindexedKeyRow

MAX_UNINDEXED_KEYS = 10_000
"""Keys of one bucket that are recorded. Scans find the others, which are logged only."""
_MAX_REASON_CHARACTERS = 1000

# A row that is new has one time twice.
_RECORD = text("""
    INSERT INTO index.unindexed_key AS known (bucket, key, reason, since, tried_at)
    SELECT :bucket, key, reason, now(), now()
    FROM unnest(CAST(:keys AS text[]), CAST(:reasons AS text[])) AS new (key, reason)
    WHERE EXISTS (SELECT FROM index.bucket WHERE name = :bucket)
        AND (SELECT count(*) FROM index.unindexed_key WHERE bucket = :bucket) < :limit
    ON CONFLICT (bucket, key) DO UPDATE SET
        reason = excluded.reason, tried_at = excluded.tried_at,
        since = CASE WHEN known.reason = excluded.reason THEN known.since ELSE excluded.since END
    RETURNING key, since = tried_at AS is_new
""")


class UnindexedKeyStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record(self, bucket: str, reasons: Mapping[str, str]) -> set[str]:
        """Record keys with the reasons for which they were not indexed, and return those whose reason is new."""
        keys = [key for key in sorted(reasons) if storable(key) == key]
        told = [storable(reasons[key])[:_MAX_REASON_CHARACTERS] for key in keys]
        values = {"bucket": bucket, "keys": keys, "reasons": told, "limit": MAX_UNINDEXED_KEYS}
        return {row.key for row in await self._session.execute(_RECORD, values) if row.is_new}

    async def remove(self, bucket: str, keys: Collection[str]) -> None:
        keys = [key for key in keys if storable(key) == key]
        await self._session.execute(
            delete(UnindexedKeyRow).where(UnindexedKeyRow.bucket == bucket, UnindexedKeyRow.key.in_(keys))
        )

    async def range(self, bucket: str, lower: str, upper: str | None) -> list[str]:
        """Keys after `lower`, up to `upper`."""
        query = select(UnindexedKeyRow.key).where(UnindexedKeyRow.bucket == bucket, UnindexedKeyRow.key > lower)
        if upper is not None:
            query = query.where(UnindexedKeyRow.key <= upper)
        return list(await self._session.scalars(query.order_by(UnindexedKeyRow.key)))

    async def count(self) -> int:
        return await self._session.scalar(select(func.count()).select_from(UnindexedKeyRow)) or 0
