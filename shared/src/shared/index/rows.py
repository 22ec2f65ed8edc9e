"""Converts rows of the index to records."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, select

from shared.index.records import ManifestRecord, ObjectRecord, PackageRecord, RevisionRecord
from shared.index.tables import IndexedObjectRow, IndexedPackageRow, ManifestRow, ManifestState, PointerRow

MANIFEST_COLUMNS = (
    ManifestRow.state,
    ManifestRow.problem,
    ManifestRow.header,
    ManifestRow.message,
    ManifestRow.total_entries,
    ManifestRow.total_bytes,
    ManifestRow.root,
    ManifestRow.identity,
    ManifestRow.modified,
    ManifestRow.kinds,
)
"""Columns of `read_manifest`. The state is null where there is no manifest."""
PACKAGE_COLUMNS = (
    IndexedPackageRow.bucket,
    IndexedPackageRow.name,
    IndexedPackageRow.top_hash,
    IndexedPackageRow.modified,
    IndexedPackageRow.revisions,
    IndexedPackageRow.title,
    IndexedPackageRow.description,
    *MANIFEST_COLUMNS,
)
"""Columns of `read_package`."""
PUSH_COLUMNS = (
    PointerRow.bucket,
    PointerRow.name,
    PointerRow.top_hash,
    PointerRow.tag,
    PointerRow.author,
    *MANIFEST_COLUMNS,
)
"""Columns of `read_push`."""


def read_manifest(bucket: str, top_hash: str, values: Sequence[Any]) -> ManifestRecord:
    state, *others, kinds = values
    if state is None:
        return manifest_record(bucket, top_hash, None)
    # A session decodes JSON, a statement does not.
    read = orjson.loads(kinds) if isinstance(kinds, str) else kinds
    return ManifestRecord(bucket, top_hash, ManifestState(state), *others, *[read])


def read_package(values: Sequence[Any]) -> PackageRecord:
    bucket, name, top_hash, modified, revisions, title, description, *manifest = values
    latest = read_manifest(bucket, top_hash, manifest)
    return PackageRecord(bucket, name, modified, revisions, latest, title or None, description or None)


def read_push(values: Sequence[Any]) -> RevisionRecord:
    bucket, name, top_hash, tag, author, *manifest = values
    pushed_at = datetime.fromtimestamp(int(tag), UTC)
    return RevisionRecord(name, tag, pushed_at, author, read_manifest(bucket, top_hash, manifest))


def packages_with_manifests() -> Select[IndexedPackageRow, ManifestRow]:
    return select(IndexedPackageRow, ManifestRow).outerjoin(ManifestRow, manifest_of(IndexedPackageRow))


def manifest_of(row: type[IndexedPackageRow] | type[PointerRow]) -> ColumnElement[bool]:
    return and_(ManifestRow.bucket == row.bucket, ManifestRow.top_hash == row.top_hash)


def package_record(row: IndexedPackageRow, manifest: ManifestRow | None) -> PackageRecord:
    latest = manifest_record(row.bucket, row.top_hash, manifest)
    return PackageRecord(
        row.bucket, row.name, row.modified, row.revisions, latest, row.title or None, row.description or None
    )


def manifest_record(bucket: str, top_hash: str, row: ManifestRow | None) -> ManifestRecord:
    if row is None:
        state, problem = (
            (ManifestState.MISSING, f"There is no .quilt/packages/{top_hash}")
            if top_hash
            else (ManifestState.CORRUPT, "The content of the pointer is not a top hash")
        )
        return ManifestRecord(bucket, top_hash, state, problem, "{}", None, 0, 0, None, None, None)
    return ManifestRecord(
        bucket,
        top_hash,
        ManifestState(row.state),
        row.problem,
        row.header,
        row.message,
        row.total_entries,
        row.total_bytes,
        row.root,
        row.identity,
        row.modified,
        row.kinds,
    )


def object_record(row: IndexedObjectRow) -> ObjectRecord:
    return ObjectRecord(
        row.bucket, row.key, row.version_id, row.etag, row.size, row.modified, row.extension, row.meta, row.indexed_at
    )
