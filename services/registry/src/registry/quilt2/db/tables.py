"""Tables of Quilt 2: instances and everything that refers to packages."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.tables import Quilt2PackageRow, RegistryRow

_C = Text(collation="C")


def _package(*, primary_key: bool = False, index: bool = False) -> Mapped[int]:
    of = ForeignKey(Quilt2PackageRow.id, ondelete="CASCADE")
    return mapped_column(of, primary_key=primary_key, index=index or None)


class InstanceRow(RegistryRow):
    """An instance: a tree of contents, kept once per package and hash."""

    __tablename__ = "quilt2_instance"
    __table_args__ = (
        UniqueConstraint("package_id", "hash"),
        Index("ix_quilt2_instance_keywords", "keywords", postgresql_using="gin"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    package_id: Mapped[int] = _package()
    hash: Mapped[str] = mapped_column(_C)
    contents: Mapped[bytes] = mapped_column(LargeBinary)
    """The tree: JSON, compressed."""
    objects: Mapped[bytes] = mapped_column(LargeBinary)
    """Objects, 40 bytes each: 32 of hash, 8 of size."""
    total_size: Mapped[int]
    readme_hash: Mapped[str | None]
    top_hash: Mapped[str | None]
    """Top hash of its manifest."""
    keywords: Mapped[Any] = mapped_column(TSVECTOR)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    updated_by: Mapped[str]


class Quilt2ObjectRow(RegistryRow):
    """An object that was in a push."""

    __tablename__ = "quilt2_object"
    owner: Mapped[str] = mapped_column(_C, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    size: Mapped[int]
    preview: Mapped[str | None]
    """The text of a README, or of metadata."""
    encoding: Mapped[str | None]
    """Encoding of what S3 holds instead of the object itself: early clients compressed."""
    stored_size: Mapped[int | None]
    stored_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


Index("ix_quilt2_object_encoded", Quilt2ObjectRow.owner, postgresql_where=Quilt2ObjectRow.encoding.is_not(None))


class Quilt2LinkRow(RegistryRow):
    """The package has an instance with this object, which belongs to the package's owner."""

    __tablename__ = "quilt2_link"
    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    package_id: Mapped[int] = _package(primary_key=True, index=True)


class TagRow(RegistryRow):
    __tablename__ = "quilt2_tag"
    package_id: Mapped[int] = _package(primary_key=True)
    tag: Mapped[str] = mapped_column(_C, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey(InstanceRow.id, ondelete="CASCADE"), index=True)


class VersionRow(RegistryRow):
    __tablename__ = "quilt2_version"
    package_id: Mapped[int] = _package(primary_key=True)
    version: Mapped[str] = mapped_column(_C, primary_key=True)
    """In PEP 440's normal form."""
    user_version: Mapped[str]
    instance_id: Mapped[int] = mapped_column(ForeignKey(InstanceRow.id, ondelete="CASCADE"), index=True)


class LogRow(RegistryRow):
    __tablename__ = "quilt2_log"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    package_id: Mapped[int] = _package(index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey(InstanceRow.id, ondelete="CASCADE"), index=True)
    created: Mapped[datetime]
    author: Mapped[str]


class InvitationRow(RegistryRow):
    __tablename__ = "quilt2_invitation"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    package_id: Mapped[int] = _package(index=True)
    email: Mapped[str] = mapped_column(index=True)
    invited_at: Mapped[datetime]


class UnknownReaderRow(RegistryRow):
    """A name that had no account when the owner shared the package with it. It gives access to nobody."""

    __tablename__ = "quilt2_unknown_reader"
    package_id: Mapped[int] = _package(primary_key=True)
    user: Mapped[str] = mapped_column(_C, primary_key=True)


class CommentRow(RegistryRow):
    __tablename__ = "quilt2_comment"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    package_id: Mapped[int] = _package(index=True)
    author: Mapped[str]
    created: Mapped[datetime]
    contents: Mapped[str]


class EventRow(RegistryRow):
    """An event: who did what with which package. It stays when the package is deleted."""

    __tablename__ = "quilt2_event"
    __table_args__ = (Index("ix_quilt2_event_package", "owner", "name"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created: Mapped[datetime] = mapped_column(index=True)
    user: Mapped[str | None] = mapped_column(index=True)
    kind: Mapped[str]
    owner: Mapped[str] = mapped_column(_C)
    name: Mapped[str] = mapped_column(_C)
    hash: Mapped[str | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class EventWeekRow(RegistryRow):
    """The number of a package's events of a kind in a week. A trigger of `quilt2_event` adds them up as they are written."""

    __tablename__ = "quilt2_event_week"
    owner: Mapped[str] = mapped_column(_C, primary_key=True)
    name: Mapped[str] = mapped_column(_C, primary_key=True)
    kind: Mapped[str] = mapped_column(_C, primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    """Its Monday, in UTC."""
    count: Mapped[int]
    latest: Mapped[datetime]
    """Time of the last one."""


class ImportRow(RegistryRow):
    """The result for an item of an imported registry, or the progress of its import."""

    __tablename__ = "quilt2_import"
    source: Mapped[str] = mapped_column(_C, primary_key=True)
    kind: Mapped[str] = mapped_column(_C, primary_key=True)
    key: Mapped[str] = mapped_column(_C, primary_key=True)
    state: Mapped[str]
    """`done`, `begun`, `left` out for a reason, or a `note` that somebody should look at it."""
    reason: Mapped[str]
    position: Mapped[int]
    """The id of the last event that was imported, or the number of instances of a package."""
