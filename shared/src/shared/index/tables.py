"""Tables of the index: everything that is derived from S3. Only the indexer writes them, and it can rebuild them at any time.

Keys, names and tags compare by code point (`COLLATE "C"`), as S3 and the clients order them.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Identity, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Row, schema_metadata

Key = Annotated[str, mapped_column(Text(collation="C"), primary_key=True)]


class IndexRow(Row):
    __abstract__ = True
    metadata = schema_metadata("index")


class IndexedBucketRow(IndexRow):
    """A bucket that is indexed."""

    __tablename__ = "bucket"
    name: Mapped[Key]
    scanned_at: Mapped[datetime | None]
    contents_version: Mapped[int] = mapped_column(server_default="0")
    """Version of what is read of contents that was applied to all objects of the bucket."""


class IndexedObjectRow(IndexRow):
    """The current version of an object, as a search document."""

    __tablename__ = "object"
    __table_args__ = (
        # What the search in Postgres needs is made by indexer.db.search_indexes.
        Index("ix_object_modified", "modified"),
    )
    bucket: Mapped[Key]
    key: Mapped[Key]
    version_id: Mapped[str | None]
    etag: Mapped[str]
    size: Mapped[int]
    modified: Mapped[datetime]
    extension: Mapped[str]
    """Lower-case, up to two suffixes: `.csv`, `.csv.gz`, or empty."""
    meta: Mapped[dict[str, str]] = mapped_column(JSONB)
    """User metadata (`x-amz-meta-*`)."""
    text: Mapped[str]
    """Content that can be searched, by the rules of the bucket; empty without one."""
    search: Mapped[str | None] = mapped_column(TSVECTOR)
    """Weight A is the key, B the extension, C the metadata, D the text, so that each can be searched alone.

    Null where Postgres answers no searches."""
    indexed_at: Mapped[datetime]


class DeleteMarkerRow(IndexRow):
    """An object whose newest version is a delete marker. Its row is no longer among the objects."""

    __tablename__ = "delete_marker"
    bucket: Mapped[Key]
    key: Mapped[Key]
    version_id: Mapped[str]
    modified: Mapped[datetime]
    """Time of the deletion."""
    extension: Mapped[str]
    indexed_at: Mapped[datetime]


class PointerRow(IndexRow):
    """The pointer `latest` of a package, or a push, whose tag is its Unix time.

    In layout 1 both are objects, `.quilt/named_packages/<name>/<tag>`. In layout 2 `latest` is
    `.quilt/v2/tags/<name>/latest`, and each manifest below `.quilt/v2/manifests/<name>/` is a push at its time of change.
    """

    __tablename__ = "pointer"
    __table_args__ = (Index("ix_pointer_hash", "bucket", "top_hash"),)
    bucket: Mapped[Key]
    name: Mapped[Key]
    """AUTHOR/NAME"""
    tag: Mapped[Key]
    layout: Mapped[int] = mapped_column(primary_key=True)
    """1 or 2."""
    top_hash: Mapped[str]
    """Empty when the content of the pointer is not a top hash."""
    etag: Mapped[str]
    """ETag of the pointer or, for a push in layout 2, of the manifest."""
    modified: Mapped[datetime]
    author: Mapped[str | None]
    """User who pushed, from the metadata of the pointer."""
    written_at: Mapped[datetime | None] = mapped_column(server_default=text("clock_timestamp()"))
    """Time at which the row was written. Null in rows from before it was noted."""


class ManifestState(StrEnum):
    """Result of reading a manifest."""

    READY = "ready"
    MISSING = "missing"
    """A pointer names it, but S3 does not have it."""
    CORRUPT = "corrupt"
    """It cannot be read as a manifest."""
    MISMATCH = "mismatch"
    """It is readable, but its top hash differs from its name."""


class ManifestRow(IndexRow):
    """One revision's header, totals and tree."""

    __tablename__ = "manifest"
    __table_args__ = (Index("ix_manifest_problem", "bucket", "top_hash", postgresql_where=text("state <> 'ready'")),)
    bucket: Mapped[Key]
    top_hash: Mapped[Key]
    key: Mapped[str] = mapped_column(Text(collation="C"))
    """Key of the manifest: `.quilt/packages/<top_hash>`, or below `.quilt/v2/manifests/`."""
    state: Mapped[str]
    problem: Mapped[str | None]
    header: Mapped[str]
    """First line of the manifest, as JSON text; `{}` if it could not be read."""
    message: Mapped[str | None]
    total_entries: Mapped[int]
    total_bytes: Mapped[int]
    root: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Storage hash of the root directory's node."""
    identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    version_id: Mapped[str | None]
    etag: Mapped[str]
    modified: Mapped[datetime | None]
    indexed_at: Mapped[datetime]
    kinds: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    """Bytes by kind of file (`shared.quilt.file_kinds`). Null unless the state is ready and they have been added up."""


class ArchiveLayoutRow(IndexRow):
    """The layout of a revision's archives (`shared.archives.layout`), which goes with the manifest."""

    __tablename__ = "archive_layout"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bucket", "top_hash"], ["index.manifest.bucket", "index.manifest.top_hash"], ondelete="CASCADE"
        ),
    )
    bucket: Mapped[Key]
    top_hash: Mapped[Key]
    root: Mapped[bytes] = mapped_column(LargeBinary)
    """Storage hash of the tree that the layout describes."""
    layout: Mapped[bytes] = mapped_column(LargeBinary)


class UnshownManifestRow(IndexRow):
    """A manifest that changed in the index. The search documents of its packages remain to be written.

    Each change has a row of its own, so that nobody waits for another to note one.
    """

    __tablename__ = "unshown_manifest"
    __table_args__ = (Index("ix_unshown_manifest_hash", "bucket", "top_hash"),)
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    bucket: Mapped[str] = mapped_column(Text(collation="C"))
    top_hash: Mapped[str] = mapped_column(Text(collation="C"))
    noted_at: Mapped[datetime]


class UnindexedKeyRow(IndexRow):
    """A key that could not be indexed when it was last tried. The index keeps what it had of it."""

    __tablename__ = "unindexed_key"
    bucket: Mapped[Key]
    key: Mapped[Key]
    reason: Mapped[str]
    since: Mapped[datetime]
    tried_at: Mapped[datetime]


class NodeRow(IndexRow):
    """A page of package trees (`shared.index.trees.nodes`). All revisions that contain it share the row."""

    __tablename__ = "node"
    storage: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Encoded, and compressed if that saves space."""
    children: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    """Storage hashes of the nodes to which the body refers, for garbage collection."""


class IndexedPackageRow(IndexRow):
    """A package as a search document: its latest revision."""

    __tablename__ = "package"
    __table_args__ = (
        Index("ix_package_modified", "modified"),
        Index("ix_package_unlabelled", "bucket", "name", postgresql_where=text("labelled IS DISTINCT FROM top_hash")),
        Index("ix_package_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    )
    bucket: Mapped[Key]
    name: Mapped[Key]
    top_hash: Mapped[str]
    modified: Mapped[datetime]
    revisions: Mapped[int]
    readme: Mapped[str]
    """Text of the README at the root, at most 64 kB."""
    title: Mapped[str | None]
    """From the metadata or the README (`shared.quilt.labels`). Empty without one; null until it was looked for."""
    description: Mapped[str | None]
    labelled: Mapped[str | None]
    """Top hash of the revision that title and description are from. Indexers before it was noted change the revision alone."""
    search: Mapped[str | None] = mapped_column(TSVECTOR)
    """Weight A is the name, B the message, C the metadata, D the README, so that each can be searched alone."""


class ChangeRow(IndexRow):
    """The last change of a document, or the removal of a bucket. Together they are the feed, which followers read by position.

    Triggers write it (docs/decisions/0015-a-feed-of-changes.md).
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_position", "position", unique=True),
        Index("ix_change_gone", "position", postgresql_where=text("gone")),
    )
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """DocumentKind or BUCKET_REMOVED of `shared.index.search.documents`."""
    bucket: Mapped[Key]
    name: Mapped[Key]
    """Key of the object, AUTHOR/NAME of the package, or AUTHOR/NAME/TAG of the push; empty for a bucket."""
    position: Mapped[int]
    """Positions are given in the order of commits: whoever has read one has seen all smaller ones."""
    gone: Mapped[bool]
    changed_at: Mapped[datetime]


class ChangingRow(IndexRow):
    """Documents that a statement has changed, until its transaction commits. Only triggers use it."""

    __tablename__ = "changing"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 – as SQLAlchemy takes it
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger)
    gone: Mapped[bool]
    buckets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    names: Mapped[list[str]] = mapped_column(ARRAY(Text))


class FeedRow(IndexRow):
    """The feed itself; one row."""

    __tablename__ = "feed"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Positions of a feed with another id mean nothing here: the index was made again."""
    purged_to: Mapped[int]
    """Rows of documents that are gone have been purged up to here: a follower at a smaller position starts again."""
