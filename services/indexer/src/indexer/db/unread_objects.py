"""Objects whose documents were written from a listing, until their metadata and text are read."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import text

from shared.db.engine import AsyncSession

LEASE_SECONDS = 300
MAX_COUNTED = 100_000
"""Unread objects of one kind that are counted."""

# Buckets take turns by chance, so that a small one does not wait for a large one.
_CLAIM = text(f"""
    WITH picked AS MATERIALIZED (
        SELECT unread.bucket, unread.key
        FROM (SELECT name FROM index.bucket ORDER BY random()) AS bucket
        CROSS JOIN LATERAL (
            SELECT bucket, key FROM index.unread_object
            WHERE text = :text AND unread_object.bucket = bucket.name AND (leased_until IS NULL OR leased_until < now())
            ORDER BY key LIMIT :limit FOR UPDATE SKIP LOCKED
        ) AS unread
        LIMIT :limit
    )
    UPDATE index.unread_object SET leased_until = now() + make_interval(secs => {LEASE_SECONDS})
    FROM picked WHERE unread_object.bucket = picked.bucket AND unread_object.key = picked.key
    RETURNING unread_object.bucket, unread_object.key
""")  # noqa: S608 – made of constants

_COUNT = text(f"""
    SELECT count(*) FROM (SELECT FROM index.unread_object WHERE text = :text LIMIT {MAX_COUNTED}) AS counted
""")  # noqa: S608 – made of constants
_COUNT_OF_BUCKET = text(f"""
    SELECT count(*) FROM (SELECT FROM index.unread_object WHERE bucket = :bucket LIMIT {MAX_COUNTED}) AS counted
""")  # noqa: S608 – made of constants

# The content of these objects was read by other rules, or would be by the new ones.
_ADD_CONTENTS = text("""
    INSERT INTO index.unread_object (bucket, key, text)
    SELECT bucket, key, true FROM index.object
    WHERE bucket = :bucket AND (
        text <> '' OR regexp_replace(extension, '[.]gz$', '') = ANY (:extensions)
        OR (extension IN ('', '.gz') AND key ~* '(^|/)readme[^/]*$')
    )
    ON CONFLICT (bucket, key) DO UPDATE SET text = true, leased_until = NULL
""")

_ADD_EXTENSIONS = text("""
    INSERT INTO index.unread_object (bucket, key, text)
    SELECT bucket, key, true FROM index.object
    WHERE bucket = :bucket AND regexp_replace(extension, '[.]gz$', '') = ANY (:extensions)
    ON CONFLICT (bucket, key) DO UPDATE SET text = true, leased_until = NULL
""")


class UnreadObjectStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, *, with_text: bool, limit: int) -> Mapping[str, list[str]]:
        """Claim objects that are to be read, either text files or others: keys by bucket."""
        keys: dict[str, list[str]] = defaultdict(list)
        for row in await self._session.execute(_CLAIM, {"text": with_text, "limit": limit}):
            keys[row.bucket].append(row.key)
        return keys

    async def remove(self, bucket: str, keys: Collection[str]) -> None:
        await self._session.execute(
            text("DELETE FROM index.unread_object WHERE bucket = :bucket AND key = ANY (:keys)"),
            {"bucket": bucket, "keys": list(keys)},
        )

    async def release(self, bucket: str, keys: Collection[str]) -> None:
        """Give claimed objects back."""
        await self._session.execute(
            text("UPDATE index.unread_object SET leased_until = NULL WHERE bucket = :bucket AND key = ANY (:keys)"),
            {"bucket": bucket, "keys": list(keys)},
        )

    async def add_contents(self, bucket: str, extensions: Collection[str]) -> None:
        """Read again all objects of a bucket that have text, or one of these extensions."""
        await self._session.execute(_ADD_CONTENTS, {"bucket": bucket, "extensions": sorted(extensions)})

    async def add_extensions(self, bucket: str, extensions: Collection[str]) -> None:
        """Read again all objects of a bucket that have one of these extensions."""
        await self._session.execute(_ADD_EXTENSIONS, {"bucket": bucket, "extensions": sorted(extensions)})

    async def count(self, *, with_text: bool) -> int:
        """Number of unread text files, or of others; at most MAX_COUNTED are counted."""
        return await self._session.scalar(_COUNT, {"text": with_text}) or 0

    async def count_of_bucket(self, bucket: str) -> int:
        """Number of unread objects of a bucket; at most MAX_COUNTED are counted."""
        return await self._session.scalar(_COUNT_OF_BUCKET, {"bucket": bucket}) or 0
