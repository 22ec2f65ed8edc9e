"""The index's rows as values, which leave this package."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.index.tables import ManifestState


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """A revision, as last read from `.quilt/packages/<top_hash>`."""

    bucket: str
    top_hash: str
    state: ManifestState
    problem: str | None
    header: str
    """First line of the manifest, as JSON text; `{}` if it could not be read."""
    message: str | None
    total_entries: int
    total_bytes: int
    root: bytes | None
    """Storage hash of the root of its tree, for `TreeReader`; None unless the state is ready."""
    identity: bytes | None
    """Equal for revisions with the same data, wherever it is stored."""
    modified: datetime | None
    kinds: Mapping[str, int] | None = None
    """Bytes by kind of file; None when they were not added up yet."""


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """A push of a package, and the revision that was pushed."""

    name: str
    tag: str
    """Tag of its pointer: the Unix time of the push."""
    pushed_at: datetime
    author: str | None
    """User who pushed; None when unknown."""
    manifest: ManifestRecord


@dataclass(frozen=True, slots=True)
class PackageRecord:
    bucket: str
    name: str
    modified: datetime
    revisions: int
    latest: ManifestRecord
    title: str | None = None
    """Absent where only the name says what it is, and until it was looked for."""
    description: str | None = None


@dataclass(frozen=True, slots=True)
class BucketTotalsRecord:
    """The latest revisions of all packages in a bucket, added up."""

    bucket: str
    packages: int
    modified: datetime
    """Time of the newest push."""
    total_bytes: int
    kinds: Mapping[str, int]
    """Bytes by kind of file, of the packages in which they were added up."""


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
    deleted: bool = False
    """Its newest version is a delete marker, whose version and time these are."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that a search found."""

    found: ObjectRecord | PackageRecord
    score: float
    sorted_by: str | float | datetime | None
    """Value of the field by which the search was sorted."""
    text: str
    """Indexed text of the object or of the package's README; empty unless requested."""
    tag: str = "latest"
    """Tag of the package that was found: `latest`, or the Unix time of a push."""
    author: str | None = None
    """User who pushed the revision of a package, where known."""
