"""What the registry owns in Postgres."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Row, schema_metadata


class RegistryRow(Row):
    __abstract__ = True
    metadata = schema_metadata("registry")


class BucketRow(RegistryRow):
    """A registered bucket, and what is shown of it."""

    __tablename__ = "bucket"
    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    title: Mapped[str]
    description: Mapped[str | None]
    icon_url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    relevance_score: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]


class JobRow(RegistryRow):
    """A push that the registry does for somebody."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("owner_id", "idempotency_key"),
        Index("ix_job_waiting", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_job_owner", "owner_id", "created_at"),
        Index("ix_job_created", "created_at", "id"),
        Index("ix_job_finished", "finished_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    bucket: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[UUID]
    caller: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The principal that asked for it, as it was then; and `request_id`, of the request by which it did."""
    request: Mapped[bytes] = mapped_column(LargeBinary)
    """What was asked for: JSON, compressed. Not a JSONB, which would change numbers."""
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    idempotency_key: Mapped[str | None]
    attempts: Mapped[int]
    claim: Mapped[UUID | None]
    """Of whoever works on it: who lost it may not write any more."""
    claimed_by: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    cancelling: Mapped[bool]
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    checkpoint: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What must be known to go on after an interruption."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobItemRow(RegistryRow):
    """What a job has done with one entry, so that it need not be done again."""

    __tablename__ = "job_item"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(JobRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[list[Any]] = mapped_column(JSONB)


class TabulatorTableRow(RegistryRow):
    """A table over the files of a bucket's packages: kept, not yet queried."""

    __tablename__ = "tabulator_table"
    bucket: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey(BucketRow.name, ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    config: Mapped[str]


class SwitchRow(RegistryRow):
    """A setting of the instance that administrators turn on and off; off when it is not there."""

    __tablename__ = "switch"
    name: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[bool]


class Quilt2PackageRow(RegistryRow):
    """A package of Quilt 2. Its rows decide who may read it, so they stand beside the buckets."""

    __tablename__ = "quilt2_package"
    __table_args__ = (UniqueConstraint("owner", "name"),)
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    owner: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str] = mapped_column(Text(collation="C"))


Index(
    "uq_quilt2_package_lower",
    func.lower(Quilt2PackageRow.owner),
    func.lower(Quilt2PackageRow.name),
    unique=True,
)


class Quilt2AccessRow(RegistryRow):
    """A user, or `public` or `team`, may read the package."""

    __tablename__ = "quilt2_access"
    package_id: Mapped[int] = mapped_column(ForeignKey(Quilt2PackageRow.id, ondelete="CASCADE"), primary_key=True)
    user: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, index=True)
