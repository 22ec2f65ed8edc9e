"""Wire schemas from records of the index."""

from dataclasses import asdict
from typing import Any

from shared.index.diff.types import ChangeTotals, Kind
from shared.index.problems import ProblemRecord
from shared.index.records import ManifestRecord, PackageRecord, RevisionRecord
from shared.index.tables import ManifestState
from shared.quilt.file_kinds import FILE_KINDS
from shared.quilt.metadata import read_metadata
from shared.schemas.package import (
    KindTotals,
    Package,
    PackageProblem,
    PackageSummary,
    Revision,
)

_KINDS = tuple((kind.value, kind) for kind in Kind)


def summary(package: PackageRecord) -> PackageSummary:
    latest = package.latest
    return PackageSummary(
        bucket=package.bucket,
        name=package.name,
        top_hash=latest.top_hash,
        modified=package.modified,
        revisions=package.revisions,
        title=package.title,
        description=package.description,
        state=latest.state.value,
        message=latest.message,
        total_entries=latest.total_entries,
        total_bytes=latest.total_bytes,
        kinds=kind_totals(latest),
    )


def package(found: PackageRecord) -> Package:
    return Package(
        bucket=found.bucket,
        name=found.name,
        modified=found.modified,
        revisions=found.revisions,
        title=found.title,
        description=found.description,
        latest=revision(found.latest),
    )


def revision(manifest: ManifestRecord) -> Revision:
    return Revision(**_revision_fields(manifest))


def push(found: RevisionRecord, before: ManifestRecord | None, totals: ChangeTotals | None) -> dict[str, Any]:
    """Fields of a `Push`, since a page validates all of its items together in half the time.

    `before`: the previous push, None for the first. `totals`: changes since then, None when they were not counted.
    """
    now = found.manifest
    changes = None
    if ManifestState.READY == now.state == (before or now).state:
        changes = {
            "entries": now.total_entries - (before.total_entries if before else 0),
            "bytes": now.total_bytes - (before.total_bytes if before else 0),
            "counts": {name: totals[kind].count for name, kind in _KINDS} if totals else None,
        }
    times = {"tag": found.tag, "pushed_at": found.pushed_at, "author": found.author}
    return {**times, "changes": changes, **_revision_fields(now)}


def problem(bucket: str, found: ProblemRecord) -> PackageProblem:
    return PackageProblem.model_validate({"bucket": bucket, **asdict(found)})


def missing_manifest(bucket: str, top_hash: str) -> ManifestRecord:
    problem = f"There is no s3://{bucket}/.quilt/packages/{top_hash}, or it has not been indexed yet"
    return ManifestRecord(bucket, top_hash, ManifestState.MISSING, problem, "{}", None, 0, 0, None, None, None)


def header(manifest: ManifestRecord) -> dict[str, Any]:
    """The first line of the manifest; empty if it is too deep."""
    return read_metadata(manifest.header)


def kind_totals(manifest: ManifestRecord) -> KindTotals | None:
    """Bytes by kind of file; None when they were not added up."""
    if manifest.kinds is None:
        return None
    return KindTotals.model_validate({**dict.fromkeys(FILE_KINDS, 0), **manifest.kinds})


def _revision_fields(manifest: ManifestRecord) -> dict[str, Any]:
    first = header(manifest)
    return {
        "top_hash": manifest.top_hash,
        "state": manifest.state.value,
        "problem": manifest.problem,
        "message": manifest.message,
        "user_meta": _json_object(first.get("user_meta")),
        "workflow": _json_object(first.get("workflow")),
        "total_entries": manifest.total_entries,
        "total_bytes": manifest.total_bytes,
        "kinds": kind_totals(manifest),
    }


def _json_object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None
