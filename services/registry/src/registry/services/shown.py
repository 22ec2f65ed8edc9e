"""From the index's records to what callers see."""

import json
from typing import Any

from shared.index.records import ManifestRecord, PackageRecord, RevisionRecord
from shared.index.tables import ManifestState
from shared.schemas.package import Package, PackageSummary, Push, Revision


def summary(package: PackageRecord) -> PackageSummary:
    latest = package.latest
    return PackageSummary(
        bucket=package.bucket,
        name=package.name,
        top_hash=latest.top_hash,
        modified=package.modified,
        revisions=package.revisions,
        state=latest.state.value,
        message=latest.message,
        total_entries=latest.total_entries,
        total_bytes=latest.total_bytes,
    )


def package(found: PackageRecord) -> Package:
    return Package(
        bucket=found.bucket,
        name=found.name,
        modified=found.modified,
        revisions=found.revisions,
        latest=revision(found.latest),
    )


def revision(manifest: ManifestRecord) -> Revision:
    return Revision(**_revision(manifest))


def push(found: RevisionRecord) -> Push:
    return Push(tag=found.tag, pushed_at=found.pushed_at, **_revision(found.manifest))


def missing(bucket: str, top_hash: str) -> ManifestRecord:
    problem = f"There is no s3://{bucket}/.quilt/packages/{top_hash}, or it was not indexed yet"
    return ManifestRecord(bucket, top_hash, ManifestState.MISSING, problem, "{}", None, 0, 0, None, None, None)


def header(manifest: ManifestRecord) -> dict[str, Any]:
    """The manifest's first line."""
    read = json.loads(manifest.header)
    return read if isinstance(read, dict) else {}


def _revision(manifest: ManifestRecord) -> dict[str, Any]:
    first = header(manifest)
    return {
        "top_hash": manifest.top_hash,
        "state": manifest.state.value,
        "problem": manifest.problem,
        "message": manifest.message,
        "user_meta": _object(first.get("user_meta")),
        "workflow": _object(first.get("workflow")),
        "total_entries": manifest.total_entries,
        "total_bytes": manifest.total_bytes,
    }


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
