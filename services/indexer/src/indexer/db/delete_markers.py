"""Delete markers: objects of buckets with versions whose newest version says that they were deleted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from indexer.db.documents import MAX_LISTING_AGE
from indexer.text_extraction import storable
from shared.aws.delete_markers import DeleteMarker
from shared.db.engine import AsyncSession
from shared.quilt.extensions import extension

_NEW = """
    SELECT :bucket, key, version_id, modified, extension, clock_timestamp()
    FROM unnest(
        CAST(:keys AS text[]), CAST(:version_ids AS text[]), CAST(:modified AS timestamptz[]), CAST(:extensions AS text[])
    ) AS new (key, version_id, modified, extension)
"""
_ON_CONFLICT = """
    ON CONFLICT (bucket, key) DO UPDATE SET
        version_id = excluded.version_id, modified = excluded.modified, extension = excluded.extension,
        indexed_at = excluded.indexed_at
"""

_PUT = text(f"INSERT INTO index.delete_marker AS known {_NEW} {_ON_CONFLICT}")

_PUT_LISTED = text(f"""
    INSERT INTO index.delete_marker AS known {_NEW}
    WHERE NOT EXISTS (SELECT FROM index.object WHERE object.bucket = :bucket AND object.key = new.key)
        AND NOT EXISTS (
            SELECT FROM index.removed_key AS removed
            WHERE removed.bucket = :bucket AND removed.key = new.key AND removed.removed_at > :began
        ) AND :began > clock_timestamp() - CAST(:max_age AS interval)
    {_ON_CONFLICT} WHERE known.indexed_at < :began
""")  # noqa: S608 – made of constants

_RANGE = "SELECT key, version_id FROM index.delete_marker WHERE bucket = :bucket AND key > :lower"


class DeleteMarkerStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, bucket: str, markers: Sequence[DeleteMarker]) -> None:
        """Write markers that were read. The caller has locked the keys, and removed their objects."""
        if values := _columns(markers):
            await self._session.execute(_PUT, {"bucket": bucket, **values})

    async def put_listed(
        self, bucket: str, markers: Sequence[DeleteMarker], began: datetime, *, max_age: timedelta = MAX_LISTING_AGE
    ) -> None:
        """Write markers as a listing gives them, unless their keys were written or removed since it began. The caller has locked the keys."""
        if values := _columns(markers):
            await self._session.execute(_PUT_LISTED, {"bucket": bucket, "began": began, "max_age": max_age, **values})

    async def remove(self, bucket: str, keys: Collection[str]) -> None:
        """Remove the markers of objects that are there again, or of which nothing is left. The caller has locked the keys."""
        if keys:
            await self._session.execute(
                text("DELETE FROM index.delete_marker WHERE bucket = :bucket AND key = ANY (:keys)"),
                {"bucket": bucket, "keys": sorted(keys)},
            )

    async def remove_unlisted(self, bucket: str, keys: Collection[str], began: datetime) -> None:
        """Remove markers that a listing lacks, unless they were written since it began. The caller has locked the keys."""
        if keys:
            await self._session.execute(
                text(
                    "DELETE FROM index.delete_marker WHERE bucket = :bucket AND key = ANY (:keys) AND indexed_at < :began"
                ),
                {"bucket": bucket, "keys": sorted(keys), "began": began},
            )

    async def range(self, bucket: str, lower: str, upper: str | None) -> Mapping[str, str]:
        """Versions by key of the markers with keys after `lower`, up to `upper`."""
        end = "" if upper is None else " AND key <= :upper"
        values = {"bucket": bucket, "lower": lower} | ({} if upper is None else {"upper": upper})
        found = await self._session.execute(text(_RANGE + end), values)
        return {row.key: row.version_id for row in found}


def _columns(markers: Sequence[DeleteMarker]) -> dict[str, list[object]]:
    """Empty for no markers. Keys that Postgres cannot hold are left out."""
    kept = [each for each in markers if storable(each.key) == each.key]
    if not kept:
        return {}
    return {
        "keys": [each.key for each in kept],
        "version_ids": [each.version_id for each in kept],
        "modified": [each.modified for each in kept],
        "extensions": [extension(each.key) for each in kept],
    }
