"""Converts rows of the index to records."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, select

from shared.index.records import ManifestRecord, ObjectRecord, PackageRecord, RevisionRecord
from shared.index.tables import IndexedObjectRow, IndexedPackageRow, ManifestRow, ManifestState, PointerRow


def packages_with_manifests() -> Select[IndexedPackageRow, ManifestRow]:
    return select(IndexedPackageRow, ManifestRow).outerjoin(ManifestRow, manifest_of(IndexedPackageRow))


def manifest_of(row: type[IndexedPackageRow] | type[PointerRow]) -> ColumnElement[bool]:
    return and_(ManifestRow.bucket == row.bucket, ManifestRow.top_hash == row.top_hash)


def package_record(row: IndexedPackageRow, manifest: ManifestRow | None) -> PackageRecord:
    latest = manifest_record(row.bucket, row.top_hash, manifest)
    return PackageRecord(row.bucket, row.name, row.modified, row.revisions, latest)


def revision_record(row: PointerRow, manifest: ManifestRow | None) -> RevisionRecord:
    pushed_at = datetime.fromtimestamp(int(row.tag), UTC)
    return RevisionRecord(row.name, row.tag, pushed_at, row.author, manifest_record(row.bucket, row.top_hash, manifest))


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
    )


def object_record(row: IndexedObjectRow) -> ObjectRecord:
    return ObjectRecord(
        row.bucket, row.key, row.version_id, row.etag, row.size, row.modified, row.extension, row.meta, row.indexed_at
    )
