"""What the index says, as values."""

from dataclasses import dataclass
from datetime import datetime

from shared.index.tables import ManifestState


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """A revision: what a look at `.quilt/packages/<top_hash>` found."""

    bucket: str
    top_hash: str
    state: ManifestState
    problem: str | None
    header: str
    """The manifest's first line, as JSON text; `{}` unless it could be read."""
    message: str | None
    total_entries: int
    total_bytes: int
    root: bytes | None
    """Of its tree, for `TreeReader`; None unless ready."""
    identity: bytes | None
    """Equal for revisions with the same data, wherever that is."""
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """A push of a package, and what was pushed."""

    name: str
    tag: str
    """Name of its pointer: the unix time of the push."""
    pushed_at: datetime
    author: str | None
    """Who pushed, where that is known."""
    manifest: ManifestRecord


@dataclass(frozen=True, slots=True)
class PackageRecord:
    bucket: str
    name: str
    modified: datetime
    revisions: int
    latest: ManifestRecord


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int
    modified: datetime
    extension: str
    meta: dict[str, str]
    indexed_at: datetime


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found."""

    found: ObjectRecord | PackageRecord
    score: float
    sorted_by: str | float | datetime | None
    """Value of the field that the search sorted by."""
    text: str
    """What is indexed of an object's content or of a package's README; empty unless asked for."""
