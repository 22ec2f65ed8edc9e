"""Documents of the index, made from its rows for a search engine."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any


class DocumentKind(IntEnum):
    PACKAGE = 0
    """A package, as its latest revision."""
    OBJECT = 1
    """The current version of an object."""
    REVISION = 2
    """A push of a package."""
    ENTRY = 3
    """A file of a package's latest revision. It makes its package found, and is no hit of its own."""
    DELETED = 4
    """An object whose newest version is a delete marker. In keys of documents and in the feed of changes it is an object."""


BUCKET_REMOVED = -1
"""Kind of the change that removes a bucket. Changes of its documents with smaller positions have no meaning any more."""


@dataclass(frozen=True, slots=True, order=True)
class DocumentKey:
    kind: DocumentKind
    bucket: str
    name: str
    """Key of the object, AUTHOR/NAME of the package, AUTHOR/NAME/TAG of the push, whose tag is its Unix time, or of the entry
    AUTHOR/NAME/ and its logical key."""


@dataclass(frozen=True, slots=True)
class ObjectDocument:
    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int
    modified: datetime
    extension: str
    meta: dict[str, str]
    text: str
    indexed_at: datetime
    deleted: bool = False
    """Its newest version is a delete marker, whose version and time these are."""


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """A package as its latest revision, or one of its pushes."""

    bucket: str
    name: str
    """AUTHOR/NAME"""
    tag: str
    """`latest`, or the Unix time of the push."""
    top_hash: str
    modified: datetime
    revisions: int
    readme: str
    message: str | None
    meta: dict[str, Any]
    """User metadata of the revision."""
    workflow: str | None
    author: str | None
    total_entries: int
    total_bytes: int
    manifest_modified: datetime | None
    root: bytes | None = None
    """Storage hash of the root of the tree of a package, None of a push. An index that has it has its entries as well."""


@dataclass(frozen=True, slots=True)
class EntryDocument:
    """A file of a package's latest revision."""

    bucket: str
    package: str
    """AUTHOR/NAME"""
    key: str
    """Logical key."""
    size: int
    modified: datetime
    """Time of the push."""
    extension: str
    meta: dict[str, Any]
    """User metadata of the entry."""
    object: str | None = None
    """`s3://BUCKET/KEY` of its object; None where it is none in S3."""


SearchDocument = ObjectDocument | PackageDocument | EntryDocument
