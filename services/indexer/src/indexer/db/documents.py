"""Search documents of objects."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, text

from indexer.db.vectors import OBJECT_VECTOR, tokens
from indexer.text_extraction import ExtractedDocument
from shared.aws.objects import ListedObject
from shared.db.engine import AsyncSession
from shared.index.tables import IndexedObjectRow

_PUT = text(f"""
    INSERT INTO index.object AS known
        (bucket, key, version_id, etag, size, modified, extension, meta, text, search, indexed_at)
    SELECT :bucket, key, version_id, etag, size, modified, extension, meta::jsonb, content, {OBJECT_VECTOR}, now()
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


class DocumentStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, bucket: str, documents: Sequence[ExtractedDocument]) -> None:
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

    async def remove(self, bucket: str, keys: Collection[str]) -> None:
        if keys:
            await self._session.execute(
                delete(IndexedObjectRow).where(IndexedObjectRow.bucket == bucket, IndexedObjectRow.key.in_(keys))
            )

    async def page(self, bucket: str, *, after: str, limit: int) -> list[ListedObject]:
        """Objects in S3's order."""
        query = (
            select(IndexedObjectRow.key, IndexedObjectRow.size, IndexedObjectRow.etag, IndexedObjectRow.modified)
            .where(IndexedObjectRow.bucket == bucket, IndexedObjectRow.key > after)
            .order_by(IndexedObjectRow.key)
            .limit(limit)
        )
        return [ListedObject(*row) for row in await self._session.execute(query)]
