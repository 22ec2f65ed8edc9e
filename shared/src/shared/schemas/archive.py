"""Archives of revisions: the questions of the S3 proxy to the registry, and its answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.schemas.ticket import Presented

MAX_SHARDS = 10_000
MAX_SELECTED_PATHS = 10_000
MAX_ARCHIVE_ENTRIES_PAGE = 1_000
MAX_LISTED_ENTRIES = 10
"""Entries that a plan names of those that no archive can hold."""

_Path = Annotated[str, StringConstraints(min_length=1, max_length=65_535)]


class ArchiveQuestion(Presented):
    """A request of the S3 proxy for the plan of an archive: a revision, or a folder, a file or a selection of it."""

    bucket: str
    package: str
    revision: str
    path: str | None = None
    """Path of a folder or a file; None for the whole revision."""
    shard: tuple[int, int] | None = None
    """(i, n): part i of n, counted from 0."""
    selection: str | None = None
    """Id of a selection, which has no path."""

    @model_validator(mode="after")
    def has_possible_parts(self) -> Self:
        if self.shard is not None:
            part, parts = self.shard
            if not 0 <= part < parts <= MAX_SHARDS:
                raise ValueError(f"A shard is i/n with 0 ≤ i < n ≤ {MAX_SHARDS:,}")
        if self.selection is not None and self.path is not None:
            raise ValueError("Either path or selection may be given")
        return self


class ArchivePlan(BaseModel):
    """The content and the exact length of an archive, before its first byte."""

    top_hash: str
    entries: int
    content_bytes: int
    tar_bytes: int
    """With the end of the archive."""
    zip_bytes: int
    unsafe: list[str]
    """Paths of the first files that no archive may hold, at most MAX_LISTED_ENTRIES."""
    local: list[str]
    """Paths of the first files that are not in S3, at most MAX_LISTED_ENTRIES."""
    buckets: list[str] | None
    """Buckets of the objects; None when there are too many to know."""


class ArchiveEntriesQuestion(ArchiveQuestion):
    """A request of the S3 proxy for the files of an archive from an offset in its tar, or after a file; else from the first."""

    tar_offset: int | None = Field(None, ge=0)
    after: str | None = None
    """Path of a file, of which the next is wanted."""
    limit: int = Field(MAX_ARCHIVE_ENTRIES_PAGE, ge=1, le=MAX_ARCHIVE_ENTRIES_PAGE)


class ArchiveEntry(NamedTuple):
    """A file of an archive, and its object."""

    path: str
    bucket: str
    key: str
    version_id: str | None
    size: int
    hash_type: str
    hash: str


@dataclass(slots=True)
class ArchiveEntries:
    """Files of an archive that follow each other."""

    start: int
    """Offset in the tar of the first file's header; of the archive's end when there is no file."""
    items: list[ArchiveEntry]
    more: bool


class ArchiveRequest(BaseModel):
    """A selection of a revision, or the whole of it."""

    model_config = ConfigDict(extra="forbid")

    paths: list[_Path] | None = Field(
        None,
        min_length=1,
        max_length=MAX_SELECTED_PATHS,
        description="Files and folders of the revision. Without them, the archive holds the whole revision.",
        examples=[["data", "README.md"]],
    )
    format: Literal["tar", "zip"] = Field(
        "tar", description="`zip` archives have no shards and no ranges.", examples=["tar"]
    )
    shards: int | None = Field(
        None,
        ge=1,
        le=MAX_SHARDS,
        description="Number of parts of about the same size (`tar`). Files of one sample stay in one part: those with the same path up "
        "to the first dot of the name.",
        examples=[16],
    )

    @model_validator(mode="after")
    def has_shards_of_tar_only(self) -> Self:
        if self.shards is not None and self.format == "zip":
            raise ValueError("Archives in the format zip have no shards")
        return self


class Archive(BaseModel):
    """The address and the size of an archive."""

    url: str = Field(
        description="Needs a bearer token. That of a selection ends with it, after a day.",
        examples=["https://s3proxy.example.com/-/archive/quilt-example/amy/wine/dcca90c0….tar"],
    )
    ticket_url: str | None = Field(
        description="The same with a ticket, for programs that cannot send a header; null when there are shards."
    )
    shard_urls: list[str] | None = Field(description="The shards, each with a ticket; null when there are none.")
    top_hash: str
    entries: int = Field(description="Files of the archive, of all shards together.")
    content_bytes: int = Field(description="Bytes of all files.")
    tar_bytes: int = Field(description="Exact length as one tar.")
    zip_bytes: int = Field(description="Exact length as one ZIP.")
    expires_at: datetime = Field(
        description="End of the tickets. A download that has begun goes on while the session lasts."
    )
    path: str | None = Field(description="The folder or file that was asked for, if it is a single one; else null.")
    selection: str | None = Field(
        description="Id of the selection, which is kept for a day; null for the whole revision and for a single folder or file."
    )
