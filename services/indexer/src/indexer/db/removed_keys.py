"""Keys that S3 was found not to have, for an hour: what was read before must not bring them back."""

from collections.abc import Collection

from sqlalchemy import text

from shared.db.engine import AsyncSession

_NOTE = text("""
    INSERT INTO index.removed_key (bucket, key, removed_at)
    SELECT :bucket, key, clock_timestamp() FROM unnest(CAST(:keys AS text[])) AS key
    ON CONFLICT (bucket, key) DO UPDATE SET removed_at = excluded.removed_at
""")


class RemovedKeyStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, bucket: str, keys: Collection[str]) -> None:
        """The caller has locked the keys, or their packages."""
        if keys:
            await self._session.execute(_NOTE, {"bucket": bucket, "keys": sorted(keys)})

    async def forget(self) -> None:
        """Forget removals that no reading or comparison under way can contradict any more."""
        await self._session.execute(
            text("DELETE FROM index.removed_key WHERE removed_at < clock_timestamp() - interval '1 hour'")
        )
