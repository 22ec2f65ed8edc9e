"""Tables about the comparison of buckets with the index: what was compared when, and what remains to be read."""

from datetime import datetime

from sqlalchemy import ARRAY, Float, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.index.tables import IndexRow, Key

_ZERO = text("0")


class SliceRow(IndexRow):
    """A range of a bucket's keys that is compared at once. The slices of a bucket cover all keys, without gaps.

    Digests are sums, so those of several slices can be added (`shared.index.completeness`).
    """

    __tablename__ = "slice"
    bucket: Mapped[Key]
    lower: Mapped[Key]
    """The slice begins after this key; empty for the first."""
    upper: Mapped[str | None] = mapped_column(Text(collation="C"))
    """The last key of the slice, which is the `lower` of the next one; None for the last slice."""
    compared_at: Mapped[datetime | None]
    """Beginning of the last comparison: every change of S3 until then is in the index, but for `unsettled` keys."""
    suspected_at: Mapped[datetime | None]
    """Events may have been lost until then."""
    requested_at: Mapped[datetime | None]
    """A comparison was asked for, whatever the budget says."""
    changes: Mapped[int] = mapped_column(server_default=_ZERO)
    """Events since the last comparison, roughly."""
    differences: Mapped[int] = mapped_column(server_default=_ZERO)
    """Keys that differed at the last comparison, if it was not the first, and were then indexed."""
    unsettled: Mapped[int] = mapped_column(server_default=_ZERO)
    """Differing keys that could not be indexed."""
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None]
    """The comparison that has the slice until `leased_until`."""

    listed_objects: Mapped[int] = mapped_column(server_default=_ZERO)
    listed_objects_digest: Mapped[int] = mapped_column(server_default=_ZERO)
    listed_pointers: Mapped[int] = mapped_column(server_default=_ZERO)
    listed_pointers_digest: Mapped[int] = mapped_column(server_default=_ZERO)
    listed_manifests: Mapped[int] = mapped_column(server_default=_ZERO)
    listed_manifests_digest: Mapped[int] = mapped_column(server_default=_ZERO)
    """The above: counts and digests of S3's listing."""
    indexed_objects: Mapped[int] = mapped_column(server_default=_ZERO)
    indexed_objects_digest: Mapped[int] = mapped_column(server_default=_ZERO)
    indexed_pointers: Mapped[int] = mapped_column(server_default=_ZERO)
    indexed_pointers_digest: Mapped[int] = mapped_column(server_default=_ZERO)
    indexed_manifests: Mapped[int] = mapped_column(server_default=_ZERO)
    indexed_manifests_digest: Mapped[int] = mapped_column(server_default=_ZERO)
    """The above: counts and digests of the index at the end of the comparison."""


class UnreadObjectRow(IndexRow):
    """An object whose document was written from a listing, so that it lacks user metadata, and text if it is a text file."""

    __tablename__ = "unread_object"
    __table_args__ = (Index("ix_unread_object_text", "text", "bucket", "key"),)
    bucket: Mapped[Key]
    key: Mapped[Key]
    text: Mapped[bool]
    """Its content is to be read, not only its metadata."""
    leased_until: Mapped[datetime | None]


class RemovedKeyRow(IndexRow):
    """A key that S3 was found not to have. Listings that began earlier must not bring it back."""

    __tablename__ = "removed_key"
    bucket: Mapped[Key]
    key: Mapped[Key]
    removed_at: Mapped[datetime]


class RequestBudgetRow(IndexRow):
    """Requests of one kind to S3 that all tasks together may make now. The number grows with time, up to one hour's worth."""

    __tablename__ = "request_budget"
    kind: Mapped[Key]
    """`list` or `head`."""
    tokens: Mapped[float] = mapped_column(Float)
    """Negative after requests that are not held back."""
    filled_at: Mapped[datetime]


class InventoryRow(IndexRow):
    """The reports of S3 Inventory for a bucket, and the last one with which the index was compared."""

    __tablename__ = "inventory"
    bucket: Mapped[Key]
    url: Mapped[str]
    """Folder of the reports, `s3://BUCKET/PREFIX/SOURCE/CONFIGURATION`."""
    is_awaited: Mapped[bool]
    """The bucket was never compared, and its first comparison waits for a report."""
    report: Mapped[str | None]
    """Key of the manifest of the last report."""
    reported_at: Mapped[datetime | None]
    """Time at which S3 began to make the last report."""
    read_at: Mapped[datetime | None]
    """Time at which a report was looked for."""
    problem: Mapped[str | None]
    """Why the newest report could not be read."""
    leased_until: Mapped[datetime | None]


class ContentRulesRow(IndexRow):
    """The part of a bucket's contents that can be searched, where the bucket has, or had, rules of its own."""

    __tablename__ = "content_rules"
    bucket: Mapped[Key]
    extensions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    max_bytes: Mapped[int]
    is_applied: Mapped[bool]
    """The objects whose text depends on the rules were read again, or are among the unread ones."""
