"""Rows of the documents that a search found."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from shared.db.statements import FoundRow, Statements
from shared.index.feed import FeedStore
from shared.index.records import Hit, ObjectRecord, PackageRecord
from shared.index.rows import MANIFEST_COLUMNS, read_manifest
from shared.index.search.documents import DocumentKey, DocumentKind

_OBJECTS = """
    SELECT bucket, key, version_id, etag, size, modified, extension, meta, indexed_at, CASE WHEN $3 THEN text ELSE '' END
    FROM unnest($1::text[], $2::text[]) AS wanted (bucket, key) JOIN index.object USING (bucket, key)
"""
_DELETED = """
    SELECT bucket, key, version_id, modified, extension, indexed_at
    FROM unnest($1::text[], $2::text[]) AS wanted (bucket, key) JOIN index.delete_marker USING (bucket, key)
"""
_MANIFEST = ", ".join(f"manifest.{column.key}" for column in MANIFEST_COLUMNS)
_PACKAGES = f"""
    SELECT package.bucket, package.name, package.top_hash, package.modified, package.revisions,
        CASE WHEN $3 THEN package.readme ELSE '' END, package.title, package.description,
        (SELECT author FROM index.pointer
            WHERE pointer.bucket = package.bucket AND pointer.name = package.name AND pointer.top_hash = package.top_hash
            ORDER BY tag = 'latest' DESC, length(tag) DESC, tag DESC, layout LIMIT 1),
        {_MANIFEST}
    FROM unnest($1::text[], $2::text[]) AS wanted (bucket, name)
    JOIN index.package ON package.bucket = wanted.bucket AND package.name = wanted.name
    LEFT JOIN index.manifest ON manifest.bucket = package.bucket AND manifest.top_hash = package.top_hash
"""  # noqa: S608 – made of constants
_REVISIONS = f"""
    SELECT wanted.bucket, wanted.name, push.top_hash, wanted.tag, coalesce((
            SELECT latest.revisions FROM index.package AS latest
            WHERE latest.bucket = wanted.bucket AND latest.name = wanted.name
        ), 0),
        CASE WHEN $4 THEN coalesce(package.readme, '') ELSE '' END, package.title, package.description, push.author,
        {_MANIFEST}
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (bucket, name, tag)
    CROSS JOIN LATERAL (
        SELECT top_hash, author FROM index.pointer
        WHERE pointer.bucket = wanted.bucket AND pointer.name = wanted.name AND pointer.tag = wanted.tag
        ORDER BY layout LIMIT 1
    ) AS push
    LEFT JOIN index.manifest ON manifest.bucket = wanted.bucket AND manifest.top_hash = push.top_hash
    LEFT JOIN index.package
        ON package.bucket = wanted.bucket AND package.name = wanted.name AND package.top_hash = push.top_hash
"""  # noqa: S608 – made of constants


class SearchRecordStore:
    """Implements `RecordSource`."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._feed = FeedStore(statements)

    async def head(self) -> int:
        return (await self._feed.head()).position

    async def load(self, keys: Collection[DocumentKey], *, with_text: bool) -> Mapping[DocumentKey, Hit]:
        found: dict[DocumentKey, Hit] = {}
        if objects := [key for key in keys if key.kind is DocumentKind.OBJECT]:
            for row in await self._statements.fetch(_OBJECTS, *_columns(objects), with_text):
                found[DocumentKey(DocumentKind.OBJECT, row[0], row[1])] = _object_hit(row)
            if deleted := [key for key in objects if key not in found]:
                for row in await self._statements.fetch(_DELETED, *_columns(deleted)):
                    found[DocumentKey(DocumentKind.OBJECT, row[0], row[1])] = _deleted_hit(row)
        if packages := [key for key in keys if key.kind is DocumentKind.PACKAGE]:
            for row in await self._statements.fetch(_PACKAGES, *_columns(packages), with_text):
                found[DocumentKey(DocumentKind.PACKAGE, row[0], row[1])] = _package_hit(row, row[3], "latest")
        if revisions := [key for key in keys if key.kind is DocumentKind.REVISION]:
            buckets, names = _columns(revisions)
            split = [name.rpartition("/") for name in names]
            wanted = buckets, [name for name, _, _ in split], [tag for _, _, tag in split]
            for row in await self._statements.fetch(_REVISIONS, *wanted, with_text):
                pushed_at = datetime.fromtimestamp(int(row[3]), UTC)
                key = DocumentKey(DocumentKind.REVISION, row[0], f"{row[1]}/{row[3]}")
                found[key] = _package_hit(row, pushed_at, row[3])
        return found


def _columns(keys: Sequence[DocumentKey]) -> tuple[list[str], list[str]]:
    return [key.bucket for key in keys], [key.name for key in keys]


def _object_hit(row: FoundRow) -> Hit:
    bucket, key, version_id, etag, size, modified, extension, meta, indexed_at, text = row
    record = ObjectRecord(bucket, key, version_id, etag, size, modified, extension, _members(meta), indexed_at)
    return Hit(record, 0.0, None, text)


def _deleted_hit(row: FoundRow) -> Hit:
    bucket, key, version_id, modified, extension, indexed_at = row
    record = ObjectRecord(bucket, key, version_id, "", 0, modified, extension, {}, indexed_at, deleted=True)
    return Hit(record, 0.0, None, "")


def _members(meta: Any) -> dict[str, str]:
    members: dict[str, str] = orjson.loads(meta) if isinstance(meta, str) else meta
    return members


def _package_hit(row: FoundRow, modified: datetime, tag: str) -> Hit:
    bucket, name, top_hash, _, revisions, readme, title, description, author, *manifest = row
    latest = read_manifest(bucket, top_hash, manifest)
    package = PackageRecord(bucket, name, modified, revisions, latest, title or None, description or None)
    return Hit(package, 0.0, None, readme, tag, author)
