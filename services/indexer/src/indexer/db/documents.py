"""Search documents of objects."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Result, text

from indexer.db.vectors import OBJECT_VECTOR, tokens
from indexer.digests import SetDigest, signed
from indexer.text_extraction import ContentRules, ExtractedDocument
from shared.aws.objects import ListedObject
from shared.db.engine import AsyncSession
from shared.quilt.extensions import extension

# The time is that of the writing, not of the transaction's beginning: what was written before a listing began is not newer than it.
_PUT = text(f"""
    INSERT INTO index.object AS known
        (bucket, key, version_id, etag, size, modified, extension, meta, text, search, indexed_at)
    SELECT :bucket, key, version_id, etag, size, modified, extension, meta::jsonb, content, {OBJECT_VECTOR}, clock_timestamp()
    FROM unnest(
        CAST(:keys AS text[]), CAST(:version_ids AS text[]), CAST(:etags AS text[]), CAST(:sizes AS bigint[]),
        CAST(:modified AS timestamptz[]), CAST(:extensions AS text[]), CAST(:metas AS text[]),
        CAST(:values AS text[]), CAST(:contents AS text[]), CAST(:tokens AS text[])
    ) AS new (key, version_id, etag, size, modified, extension, meta, meta_values, content, tokens)
    ON CONFLICT (bucket, key) DO UPDATE SET
        version_id = excluded.version_id, etag = excluded.etag, size = excluded.size, modified = excluded.modified,
        extension = excluded.extension, meta = excluded.meta, text = excluded.text, search = excluded.search,
        indexed_at = excluded.indexed_at
""")  # noqa: S608 – made of constants

# A changed object keeps its metadata and text until they are read again.
_PUT_LISTED = text(f"""
    WITH new AS (
        SELECT *, '' AS meta_values, '' AS content
        FROM unnest(
            CAST(:keys AS text[]), CAST(:etags AS text[]), CAST(:sizes AS bigint[]), CAST(:modified AS timestamptz[]),
            CAST(:extensions AS text[]), CAST(:are_text AS boolean[]), CAST(:tokens AS text[])
        ) AS new (key, etag, size, modified, extension, is_text, tokens)
    ), written AS (
        INSERT INTO index.object AS known
            (bucket, key, version_id, etag, size, modified, extension, meta, text, search, indexed_at)
        SELECT :bucket, key, NULL, etag, size, modified, extension, '{{}}', '', {OBJECT_VECTOR}, clock_timestamp()
        FROM new
        WHERE NOT EXISTS (
            SELECT FROM index.removed_key AS removed
            WHERE removed.bucket = :bucket AND removed.key = new.key AND removed.removed_at >= :began
        ) AND :began > clock_timestamp() - CAST(:max_age AS interval)
        ON CONFLICT (bucket, key) DO UPDATE SET
            version_id = NULL, etag = excluded.etag, size = excluded.size, modified = excluded.modified,
            indexed_at = excluded.indexed_at
        WHERE known.indexed_at < :began
        RETURNING key
    )
    INSERT INTO index.unread_object (bucket, key, text)
    SELECT :bucket, key, is_text FROM written JOIN new USING (key)
    ON CONFLICT (bucket, key) DO UPDATE SET text = excluded.text, leased_until = NULL
""")  # noqa: S608 – made of constants

_REMOVE = text("""
    WITH objects AS (
        DELETE FROM index.object WHERE bucket = :bucket AND key = ANY (:keys)
    ), unread AS (
        DELETE FROM index.unread_object WHERE bucket = :bucket AND key = ANY (:keys)
    )
    INSERT INTO index.removed_key (bucket, key, removed_at)
    SELECT :bucket, key, clock_timestamp() FROM unnest(CAST(:keys AS text[])) AS key
    ON CONFLICT (bucket, key) DO UPDATE SET removed_at = excluded.removed_at
""")

_REMOVE_UNLISTED = text("""
    WITH objects AS (
        DELETE FROM index.object WHERE bucket = :bucket AND key = ANY (:keys) AND indexed_at < :began RETURNING key
    ), unread AS (
        DELETE FROM index.unread_object USING objects
        WHERE unread_object.bucket = :bucket AND unread_object.key = objects.key
    )
    INSERT INTO index.removed_key (bucket, key, removed_at) SELECT :bucket, key, :began FROM objects
    ON CONFLICT (bucket, key) DO UPDATE SET removed_at = greatest(removed_key.removed_at, excluded.removed_at)
""")

_NEWER = text("""
    SELECT key FROM index.object WHERE bucket = :bucket AND key = ANY (:keys) AND indexed_at >= :began
    UNION ALL
    SELECT key FROM index.removed_key WHERE bucket = :bucket AND key = ANY (:keys) AND removed_at >= :began
""")

_TALLY = """
    SELECT count(*) AS number, coalesce(sum(('x' || encode(substr(sha256(convert_to(
        size || ' ' || etag || ' ' || CAST(floor(extract(epoch FROM modified)) AS bigint) || ' ' || key, 'UTF8'
    )), 1, 8), 'hex'))::bit(64)::bigint), 0) AS digest
    FROM index.object WHERE bucket = :bucket AND key > :lower
"""
_PAGE = "SELECT key, size, etag, modified FROM index.object WHERE bucket = :bucket AND key > :lower"


MAX_LISTING_AGE = timedelta(minutes=30)


class DocumentStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, bucket: str, documents: Sequence[ExtractedDocument]) -> None:
        """Write the documents of objects that were read. The caller has locked their keys."""
        if not documents:
            return
        infos = [document.info for document in documents]
        columns: dict[str, list[Any]] = {
            "keys": [info.key for info in infos],
            "version_ids": [info.version_id for info in infos],
            "etags": [info.etag for info in infos],
            "sizes": [info.size for info in infos],
            "modified": [info.modified for info in infos],
            "extensions": [document.extension for document in documents],
            "metas": [json.dumps(info.meta) for info in infos],
            "values": [" ".join(f"{name} {value}" for name, value in info.meta.items()) for info in infos],
            "contents": [document.text for document in documents],
            "tokens": [tokens(info.key) for info in infos],
        }
        await self._session.execute(_PUT, {"bucket": bucket, **columns})

    async def put_listed(
        self,
        bucket: str,
        listed: Sequence[ListedObject],
        rules: ContentRules,
        began: datetime,
        *,
        max_age: timedelta = MAX_LISTING_AGE,
    ) -> None:
        """Write the documents of objects as a listing gives them, and note that they remain to be read.

        The caller has locked their keys. Keys that were written or removed since the listing began stay as they are. Nothing is
        written from listings older than `max_age`: removals are remembered for an hour.
        """
        columns: dict[str, list[Any]] = {
            "keys": [each.key for each in listed],
            "etags": [each.etag for each in listed],
            "sizes": [each.size for each in listed],
            "modified": [each.modified for each in listed],
            "extensions": [extension(each.key) for each in listed],
            "are_text": [rules.has_content(each.key) for each in listed],
            "tokens": [tokens(each.key) for each in listed],
        }
        await self._session.execute(_PUT_LISTED, {"bucket": bucket, "began": began, "max_age": max_age, **columns})

    async def remove(self, bucket: str, keys: Collection[str]) -> None:
        """Remove the documents of objects that S3 does not have. The caller has locked the keys."""
        if keys:
            await self._session.execute(_REMOVE, {"bucket": bucket, "keys": sorted(keys)})

    async def remove_unlisted(self, bucket: str, keys: Collection[str], began: datetime) -> None:
        """Remove documents that a listing lacks, unless they were written since it began. The caller has locked the keys."""
        await self._session.execute(_REMOVE_UNLISTED, {"bucket": bucket, "keys": sorted(keys), "began": began})

    async def tally(self, bucket: str, lower: str, upper: str | None) -> SetDigest:
        """Number and digest of the objects with keys after `lower`, up to `upper`."""
        row = (await self._in_range(_TALLY, bucket, lower, upper)).one()
        return SetDigest(row.number, signed(int(row.digest)))

    async def range(self, bucket: str, lower: str, upper: str | None) -> list[ListedObject]:
        """Objects with keys after `lower`, up to `upper`, in S3's order."""
        found = [
            ListedObject(row.key, row.size, row.etag, row.modified)
            for row in await self._in_range(_PAGE, bucket, lower, upper)
        ]
        return sorted(found, key=attrgetter("key"))

    async def _in_range(self, query: str, bucket: str, lower: str, upper: str | None) -> Result[Any]:
        # The last slice has a statement of its own: with `upper IS NULL OR …`, the others would be read up to the end of the bucket.
        end = "" if upper is None else " AND key <= :upper"
        values = {"bucket": bucket, "lower": lower} | ({} if upper is None else {"upper": upper})
        return await self._session.execute(text(query + end), values)

    async def find_newer(self, bucket: str, keys: Collection[str], began: datetime) -> set[str]:
        """Keys among these that were written or removed since that time. The caller has locked them."""
        values = {"bucket": bucket, "keys": sorted(keys), "began": began}
        return set(await self._session.scalars(_NEWER, values))
