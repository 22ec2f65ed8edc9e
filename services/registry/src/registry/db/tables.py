"""Tables of the registry's schema."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Row, schema_metadata


class RegistryRow(Row):
    __abstract__ = True
    metadata = schema_metadata("registry")


class BucketRow(RegistryRow):
    """A registered bucket, with the texts that catalogs show."""

    __tablename__ = "bucket"
    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    title: Mapped[str]
    description: Mapped[str | None]
    icon_url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    relevance_score: Mapped[int]
    file_extensions_to_index: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Extensions of files whose content can be searched; None for those of text files, tables and documents."""
    index_content_bytes: Mapped[int | None]
    """Bytes of content that can be searched; None for the default."""
    inventory_url: Mapped[str | None]
    """Folder with the reports of S3 Inventory; None without any."""
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]


class JobRow(RegistryRow):
    """A push by the registry on behalf of a user."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("owner_id", "idempotency_key"),
        Index("ix_job_waiting", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_job_owner", "owner_id", "created_at"),
        Index("ix_job_owner_started", "owner_id", "started_at"),
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
    """The principal when the job was requested, and the `request_id` and trace of that request."""
    request: Mapped[bytes] = mapped_column(LargeBinary)
    """The request as compressed JSON. JSONB would change numbers."""
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    objects: Mapped[int] = mapped_column(server_default=text("0"))
    """Number of objects that the job reads or copies, as far as the request tells."""
    idempotency_key: Mapped[str | None]
    attempts: Mapped[int]
    claim: Mapped[UUID | None]
    """Token of the worker that runs the job. A worker that lost it may not write any more."""
    claimed_by: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    cancelling: Mapped[bool]
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    checkpoint: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """State from which another worker can continue."""
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobItemRow(RegistryRow):
    """The result of a job for one entry, so that it is not done twice."""

    __tablename__ = "job_item"
    job_id: Mapped[UUID] = mapped_column(ForeignKey(JobRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[list[Any]] = mapped_column(JSONB)


class QueryRow(RegistryRow):
    """A query in SQL over files of packages. It has a table of its own, since older releases know no such jobs."""

    __tablename__ = "query"
    __table_args__ = (
        Index("ix_query_waiting", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_query_owner", "owner_id", "created_at", "id"),
        Index("ix_query_owner_started", "owner_id", "started_at"),
        Index("ix_query_created", "created_at", "id"),
        Index("ix_query_expires", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    owner_id: Mapped[UUID]
    caller: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The principal when the query was requested, and the `request_id` and trace of that request."""
    name: Mapped[str | None]
    saved_query_id: Mapped[UUID | None]
    sql: Mapped[str]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    """The rest of the request as JSON. JSONB would change numbers."""
    attempts: Mapped[int]
    claim: Mapped[UUID | None]
    """Token of the worker that runs the query. A worker that lost it may not write any more."""
    claimed_by: Mapped[str | None]
    heartbeat_at: Mapped[datetime | None]
    cancelling: Mapped[bool]
    sources: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Revisions and files that the calls of the statement named, as compressed JSON."""
    head: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Columns and first rows as JSON, which may hold what JSONB refuses."""
    rows: Mapped[int]
    is_cut: Mapped[bool]
    read_bytes: Mapped[int]
    read_files: Mapped[int] = mapped_column(server_default=text("0"))
    source_bytes: Mapped[int]
    engine_progress: Mapped[float | None]
    """The part of its work that the engine has done, as it estimates it."""
    seconds: Mapped[float]
    difference: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    result_bytes: Mapped[int | None]
    """Size of the result in the service bucket; None without one."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """The result is removed then."""


class SavedQueryRow(RegistryRow):
    """A statement that somebody keeps, and perhaps shares."""

    __tablename__ = "saved_query"
    __table_args__ = (
        Index("ix_saved_query_owner", "owner_id", "created_at", "id"),
        Index("ix_saved_query_shared", "created_at", "id", postgresql_where=text("shared")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    owner: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    sql: Mapped[str]
    parameters: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON."""
    chart: Mapped[bytes | None] = mapped_column(LargeBinary)
    """JSON."""
    shared: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BookmarkRow(RegistryRow):
    """A place that somebody keeps at hand."""

    __tablename__ = "bookmark"
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(primary_key=True)
    package: Mapped[str] = mapped_column(primary_key=True)
    """Empty for a place in the bucket itself."""
    path: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class TabulatorTableRow(RegistryRow):
    """The configuration of a table over the files of a bucket's packages, which queries read."""

    __tablename__ = "tabulator_table"
    bucket: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey(BucketRow.name, ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    config: Mapped[str]


class SwitchRow(RegistryRow):
    """A setting of the instance that administrators turn on and off. Off when it has no row."""

    __tablename__ = "switch"
    name: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[bool]


class InstanceThemeRow(RegistryRow):
    """The look of the installation, as administrators have set it. One row at most; null stands for a default."""

    __tablename__ = "instance_theme"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str | None]
    logo: Mapped[str | None]
    """A `data:` URL."""
    accent: Mapped[str | None]
    accent_dark: Mapped[str | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class PackageUseRow(RegistryRow):
    """Number of requests of a week with which something was done with a package."""

    __tablename__ = "package_use"
    bucket: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    package: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True, index=True)
    """Its Monday, in UTC."""
    count: Mapped[int]


class BucketUseRow(RegistryRow):
    """The sum over the packages of a bucket, of deleted ones too. `s3_read` is counted for the bucket alone."""

    __tablename__ = "bucket_use"
    bucket: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True, index=True)
    """Its Monday, in UTC."""
    count: Mapped[int]


class ObjectReadRow(RegistryRow):
    """Number of requests of a day that read an object in S3, as logs of S3 tell."""

    __tablename__ = "object_read"
    bucket: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    count: Mapped[int]


class ExtensionReadRow(RegistryRow):
    """Number of requests of a day that read objects of a bucket whose keys end in an extension, as logs of S3 tell."""

    __tablename__ = "extension_read"
    bucket: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    extension: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    """Lower-case, with its dot; empty for keys without one, and for rare ones."""
    count: Mapped[int]


class ManifestReadRow(RegistryRow):
    """Number of requests of a day that read the manifest of a revision, as clients do that install it, as logs of S3 tell."""

    __tablename__ = "manifest_read"
    bucket: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    package: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    top_hash: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    count: Mapped[int]


class LogLocationRow(RegistryRow):
    """A folder with logs of S3, and how far it has been read."""

    __tablename__ = "log_location"
    url: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    position: Mapped[str] = mapped_column(Text(collation="C"))
    """Files with this key and smaller ones are finished."""
    claimed_until: Mapped[datetime | None]
    """A process reads the folder. Others may take over after this time."""
    read_at: Mapped[datetime | None]
    """Time at which all of its files were last counted."""


class LogFileRow(RegistryRow):
    """A file of logs after the position of its folder that has been counted."""

    __tablename__ = "log_file"
    location: Mapped[str] = mapped_column(
        ForeignKey(LogLocationRow.url, ondelete="CASCADE"), primary_key=True, type_=Text(collation="C")
    )
    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)


class ArchiveSelectionRow(RegistryRow):
    """Files and folders of a revision that somebody selected for an archive."""

    __tablename__ = "archive_selection"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(Text(collation="C"))
    package: Mapped[str] = mapped_column(Text(collation="C"))
    top_hash: Mapped[str]
    root: Mapped[bytes] = mapped_column(LargeBinary)
    """Storage hash of the tree."""
    paths: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed list of paths."""
    layout: Mapped[bytes] = mapped_column(LargeBinary)
    """`shared.archives.layout` of the selected files."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class BrowsingSessionRow(RegistryRow):
    """A browsing session: whoever has its id reads the files of one revision."""

    __tablename__ = "browsing_session"
    __table_args__ = (Index("ix_browsing_session_owner", "owner_id", "expires_at"),)
    id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256 of the id."""
    owner_id: Mapped[UUID]
    bucket: Mapped[str] = mapped_column(Text(collation="C"))
    package: Mapped[str] = mapped_column(Text(collation="C"))
    top_hash: Mapped[str]
    ticket: Mapped[str]
    """The owner's, for an address that is known only with the id."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Quilt2PackageRow(RegistryRow):
    """A package of Quilt 2. `Visibility` reads it, so it is here and not in `quilt2/db`."""

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
    """A reader of the package: a user name, `public` or `team`."""

    __tablename__ = "quilt2_access"
    package_id: Mapped[int] = mapped_column(ForeignKey(Quilt2PackageRow.id, ondelete="CASCADE"), primary_key=True)
    user: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True, index=True)


class CanaryRunRow(RegistryRow):
    """A run of the canary, as it reported it."""

    __tablename__ = "canary_run"
    __table_args__ = (Index("ix_canary_run_recorded", "recorded_at", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    """By the clock of the canary's machine."""
    recorded_at: Mapped[datetime]
    seconds: Mapped[float]
    passed: Mapped[bool]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    versions: Mapped[dict[str, str]] = mapped_column(JSONB)
