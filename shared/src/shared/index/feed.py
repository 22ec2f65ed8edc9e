"""The feed of changes: what a follower reads to keep an index of all documents (docs/decisions/0015-a-feed-of-changes.md).

A page has the documents as they are when it is read, not as they were when they changed. A document that changes while a page is
read comes again, so a follower that applies page after page ends with what Postgres has.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.db.statements import Statements
from shared.index.search.documents import (
    BUCKET_REMOVED,
    DocumentKey,
    DocumentKind,
    ObjectDocument,
    PackageDocument,
)
from shared.quilt.keys import LATEST
from shared.quilt.metadata import read_metadata

BATCH_CHANGES = 2_000
"""Changes of one page."""
MAX_PAGE_BYTES = 16 << 20
"""Text of the documents of one page, unless a single one has more."""
BATCH_PURGED = 10_000
"""Rows that one transaction of a purge removes."""
_LAST = 2**63 - 1
_PACKAGE_BYTES = 64 << 10
"""Bytes that a package or push is reckoned with, whatever its text has."""


@dataclass(frozen=True, slots=True)
class FeedHead:
    feed: UUID
    position: int
    """Position of the newest change; 0 for an empty index."""
    purged_to: int
    read_at: datetime
    """The time of the database at which this was so."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The changes after a position, as far as the page goes."""

    head: FeedHead
    position: int
    """Position of the last change in the page."""
    changed_at: datetime
    """Time of the last change in the page."""
    documents: Sequence[ObjectDocument | PackageDocument]
    gone: Sequence[DocumentKey]
    gone_buckets: Sequence[str]
    """To be removed before the page's documents are added."""

    @property
    def is_last(self) -> bool:
        return self.position >= self.head.position

    @property
    def complete_at(self) -> datetime:
        """Time up to which somebody who has applied this page knows all changes."""
        return self.head.read_at if self.is_last else self.changed_at


_HEAD = """
    SELECT id, purged_to, coalesce((SELECT max(position) FROM index.change), 0), statement_timestamp() FROM index.feed
"""

# The number of rows is written out, so that the planner knows that there are few. Where the bytes end the page, the rows that are
# left out have not been read from their tables' overflow.
_PAGE = f"""
    WITH page AS MATERIALIZED (
        SELECT position, kind, bucket, name, gone, changed_at FROM index.change
        WHERE position > $1 AND position <= $2 ORDER BY position LIMIT {BATCH_CHANGES}
    ), weighed AS (
        SELECT page.*, object.key IS NOT NULL AS found, version_id, etag, size, modified, extension, meta, text, indexed_at,
            CASE WHEN kind = 1 THEN coalesce(octet_length(text), 0) ELSE {_PACKAGE_BYTES} END AS bytes,
            sum(CASE WHEN kind = 1 THEN coalesce(octet_length(text), 0) ELSE {_PACKAGE_BYTES} END)
                OVER (ORDER BY position) AS bytes_so_far
        FROM page LEFT JOIN index.object
            ON page.kind = 1 AND NOT page.gone AND object.bucket = page.bucket AND object.key = page.name
    )
    SELECT kind, bucket, name, found, gone, version_id, etag, size, modified, extension, meta, text, indexed_at,
        position, changed_at, feed.id, feed.purged_to, (SELECT max(position) FROM index.change), statement_timestamp()
    FROM weighed CROSS JOIN index.feed WHERE bytes_so_far - bytes < {MAX_PAGE_BYTES} ORDER BY position
"""  # noqa: S608 – made of constants

# An object that has no row and is not gone was deleted in a bucket with versions. Indexers of former releases may have left markers
# of objects that are there again.
_DELETED = """
    SELECT bucket, key, version_id, modified, extension, indexed_at
    FROM unnest($1::text[], $2::text[]) AS wanted (bucket, key) JOIN index.delete_marker USING (bucket, key)
    WHERE NOT EXISTS (SELECT FROM index.object WHERE (object.bucket, object.key) = (wanted.bucket, wanted.key))
"""

_MANIFEST = """
    manifest.header, manifest.message, coalesce(manifest.total_entries, 0), coalesce(manifest.total_bytes, 0), manifest.modified
"""

_PACKAGES = f"""
    SELECT wanted.bucket, wanted.name, package.top_hash, package.modified, package.revisions, package.readme, (
        SELECT author FROM index.pointer
        WHERE pointer.bucket = package.bucket AND pointer.name = package.name AND pointer.top_hash = package.top_hash
        ORDER BY tag = 'latest' DESC, length(tag) DESC, tag DESC, layout LIMIT 1
    ), {_MANIFEST}, manifest.root
    FROM unnest($1::text[], $2::text[]) AS wanted (bucket, name)
    JOIN index.package ON package.bucket = wanted.bucket AND package.name = wanted.name
    LEFT JOIN index.manifest ON manifest.bucket = package.bucket AND manifest.top_hash = package.top_hash
"""  # noqa: S608 – made of constants

_REVISIONS = f"""
    SELECT wanted.bucket, wanted.name, wanted.tag, push.top_hash, coalesce(package.readme, ''), push.author, {_MANIFEST}, NULL
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


@dataclass(slots=True)
class _PageContents:
    documents: list[ObjectDocument | PackageDocument] = field(default_factory=list)
    gone: list[DocumentKey] = field(default_factory=list)
    gone_buckets: list[str] = field(default_factory=list)


class FeedStore:
    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    async def head(self) -> FeedHead:
        """It costs one look into an index of the database. Raises Unavailable, as all methods do."""
        [(feed, purged_to, position, read_at)] = await self._statements.fetch(_HEAD)
        return FeedHead(feed, position, purged_to, read_at)

    async def page(self, after: int, up_to: int = _LAST) -> FeedPage | None:
        """The changes that follow a position, and not another one; None when there are none."""
        rows = await self._statements.fetch(_PAGE, after, up_to)
        if not rows:
            return None
        found = _PageContents()
        packages, pushes, deleted = (list[tuple[str, str]]() for _ in range(3))
        for kind, bucket, name, is_found, is_gone, *values in rows:
            if is_found:
                version_id, etag, size, modified, extension, meta, content, indexed_at = values[:8]
                found.documents.append(
                    ObjectDocument(
                        bucket,
                        name,
                        version_id,
                        etag,
                        size,
                        modified,
                        extension,
                        json.loads(meta) if meta != "{}" else {},
                        content,
                        indexed_at,
                    )
                )
            elif kind == DocumentKind.OBJECT and not is_gone:
                deleted.append((bucket, name))
            elif kind == DocumentKind.OBJECT:
                found.gone.append(DocumentKey(DocumentKind.OBJECT, bucket, name))
            elif kind == DocumentKind.PACKAGE:
                packages.append((bucket, name))
            elif kind == DocumentKind.REVISION:
                pushes.append((bucket, name))
            elif kind == BUCKET_REMOVED:
                found.gone_buckets.append(bucket)
        await self._add_deleted(found, deleted)
        await self._add_packages(found, packages)
        await self._add_pushes(found, pushes)
        *_, position, changed_at, feed, purged_to, newest, read_at = rows[-1]
        head = FeedHead(feed, newest, purged_to, read_at)
        return FeedPage(head, position, changed_at, found.documents, found.gone, found.gone_buckets)

    async def _add_deleted(self, found: _PageContents, wanted: Sequence[tuple[str, str]]) -> None:
        if not wanted:
            return
        there = set[tuple[str, str]]()
        buckets, keys = map(list, zip(*wanted, strict=True))
        for bucket, key, version_id, modified, extension, indexed_at in await self._statements.fetch(
            _DELETED, buckets, keys
        ):
            there.add((bucket, key))
            found.documents.append(
                ObjectDocument(bucket, key, version_id, "", 0, modified, extension, {}, "", indexed_at, deleted=True)
            )
        found.gone += [DocumentKey(DocumentKind.OBJECT, *key) for key in wanted if key not in there]

    async def _add_packages(self, found: _PageContents, wanted: Sequence[tuple[str, str]]) -> None:
        if not wanted:
            return
        there = set[tuple[str, str]]()
        buckets, names = map(list, zip(*wanted, strict=True))
        for (
            bucket,
            name,
            top_hash,
            modified,
            revisions,
            readme,
            author,
            header,
            *manifest,
        ) in await self._statements.fetch(_PACKAGES, buckets, names):
            there.add((bucket, name))
            found.documents.append(
                _package(bucket, name, LATEST, top_hash, modified, revisions, readme, author, header, manifest)
            )
        found.gone += [DocumentKey(DocumentKind.PACKAGE, *key) for key in wanted if key not in there]

    async def _add_pushes(self, found: _PageContents, wanted: Sequence[tuple[str, str]]) -> None:
        if not wanted:
            return
        there = set[tuple[str, str]]()
        buckets = [bucket for bucket, _ in wanted]
        names = [name.rpartition("/")[0] for _, name in wanted]
        tags = [name.rpartition("/")[2] for _, name in wanted]
        for bucket, name, tag, top_hash, readme, author, header, *manifest in await self._statements.fetch(
            _REVISIONS, buckets, names, tags
        ):
            there.add((bucket, f"{name}/{tag}"))
            pushed_at = datetime.fromtimestamp(int(tag), UTC)
            found.documents.append(
                _package(bucket, name, tag, top_hash, pushed_at, 1, readme, author, header, manifest)
            )
        found.gone += [DocumentKey(DocumentKind.REVISION, *key) for key in wanted if key not in there]


def _package(  # noqa: PLR0917 – columns of a row
    bucket: str,
    name: str,
    tag: str,
    top_hash: str,
    modified: datetime,
    revisions: int,
    readme: str,
    author: str | None,
    header: str | None,
    manifest: Sequence[Any],
) -> PackageDocument:
    first_line = read_metadata(header)
    meta, workflow = first_line.get("user_meta"), first_line.get("workflow")
    workflow_id = workflow.get("id") if isinstance(workflow, dict) else None
    message, total_entries, total_bytes, manifest_modified, root = manifest
    return PackageDocument(
        bucket,
        name,
        tag,
        top_hash,
        modified,
        revisions,
        readme,
        message,
        meta if isinstance(meta, dict) else {},
        workflow_id if isinstance(workflow_id, str) else None,
        author,
        total_entries,
        total_bytes,
        manifest_modified,
        root,
    )


_PURGE = "SELECT index.purge_changes($1, $2, $3)"


async def purge_changes(statements: Statements, *, passed: int, before: datetime) -> int:
    """Purge some rows of documents that are gone, if they are not after the position `passed` and older than `before`.

    Returns how many, at most BATCH_PURGED; there may be more until it is 0.
    """
    [[purged]] = await statements.fetch(_PURGE, passed, before, BATCH_PURGED)
    return int(purged or 0)
