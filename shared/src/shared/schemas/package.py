from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.schemas.page import Page
from shared.schemas.patterns import TOP_HASH

_Bucket = Annotated[str, Field(examples=["quilt-example"])]
_Name = Annotated[str, Field(description="AUTHOR/NAME", examples=["amy/wine"])]
TopHash = Annotated[str, Field(examples=["7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"])]
_Path = Annotated[str, Field(description="Logical key, without a trailing slash.", examples=["data/2026/wine.csv"])]
_Meta = dict[str, Any]

State = Literal["ready", "missing", "corrupt", "mismatch"]


class ManifestRequest(BaseModel):
    """Look at this manifest in S3 now."""

    bucket: str = Field(min_length=1, max_length=255)
    top_hash: str = Field(pattern=f"^{TOP_HASH}$")


class Revision(BaseModel):
    """One version of a package, fixed by its top hash."""

    top_hash: TopHash
    state: State = Field(
        description="`ready`; or why its content cannot be shown: its manifest is `missing` from S3, `corrupt`, or a "
        "`mismatch` of its own name."
    )
    problem: str | None = Field(description="What is wrong with the manifest, unless it is ready.")
    message: str | None = Field(examples=["Add the 2026 harvest"])
    user_meta: _Meta | None = Field(description="Package metadata.", examples=[{"source": "UCI"}])
    workflow: _Meta | None = Field(description="The workflow that the push went through.")
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])


class ChangeCounts(BaseModel):
    """How many files were added, removed, …"""

    added: int = Field(examples=[1])
    removed: int = Field(examples=[0])
    changed: int = Field(examples=[0])
    moved: int = Field(examples=[0])
    metadata: int = Field(description="Files and directories that have other metadata, and else are the same.")


class PushChanges(BaseModel):
    """What a push changed, since the one before; the first adds everything."""

    entries: int = Field(description="How many more files; negative when fewer.", examples=[1])
    bytes: int = Field(description="How many more bytes; negative when fewer.", examples=[11540])
    counts: ChangeCounts | None = Field(description="Null while they are being counted: ask again a little later.")


class Push(Revision):
    """A revision, as a push made it one of the package's."""

    tag: str = Field(description="Name of its pointer: the unix time of the push.", examples=["1785312000"])
    pushed_at: datetime
    author: str | None = Field(
        description="Who pushed; known of pushes that this registry did for them, not of those that clients did.",
        examples=["amy"],
    )
    changes: PushChanges | None = Field(description="Null unless this revision and the one before are `ready`.")


class PackageProblem(BaseModel):
    """Something in a bucket that keeps a revision from being shown."""

    bucket: _Bucket
    key: str = Field(
        description="Of the object in S3 that is at fault, or missing.",
        examples=[".quilt/packages/7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"],
    )
    state: Literal["missing", "corrupt", "mismatch"]
    problem: str = Field(examples=["line 3: 'a.csv' is there twice"])
    top_hash: str | None = Field(description="Of the revision; null when a pointer names none.")
    packages: list[str] = Field(description="That have such a revision.", examples=[["amy/wine"]])
    modified: datetime | None = Field(description="Of the object; null when it is missing.")


class PackageSummary(BaseModel):
    """A package in a listing."""

    bucket: _Bucket
    name: _Name
    top_hash: TopHash
    modified: datetime
    revisions: int = Field(description="How many pushes it has.", examples=[3])
    state: State = Field(description="Of its latest revision, as the following.")
    message: str | None = Field(examples=["Add the 2026 harvest"])
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])


class Package(BaseModel):
    """A package and its latest revision."""

    bucket: _Bucket
    name: _Name
    modified: datetime
    revisions: int = Field(description="How many pushes it has.", examples=[3])
    latest: Revision


class Hash(BaseModel):
    """Of a file's content."""

    type: str = Field(examples=["sha2-256-chunked"])
    value: str = Field(examples=["lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA="])


class File(BaseModel):
    """A file of a revision."""

    type: Literal["file"]
    path: _Path
    size: int = Field(examples=[11540])
    hash: Hash | None
    physical_key: str = Field(examples=["s3://quilt-example/amy/wine/data/2026/wine.csv?versionId=v1"])
    is_local: bool = Field(description="It is only on the machine that the package was built on.", examples=[False])
    accessible: bool = Field(
        description="Whether the object is in a registered bucket that the caller may read.",
        examples=[True],
    )
    meta: _Meta = Field(description="The entry's metadata as the manifest has it; what its author gave is `user_meta`.")


class Directory(BaseModel):
    """A directory of a revision, with the totals of everything below."""

    type: Literal["directory"]
    path: Annotated[str, Field(description="Without a trailing slash; empty for the root.", examples=["data/2026"])]
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])
    meta: _Meta | None = Field(description="Null unless its author gave it metadata.")


Entry = Annotated[File | Directory, Field(discriminator="type")]


class EntryPage(Page[Entry]):
    """What is directly in a directory, by name."""


class NameQuestion(BaseModel):
    name: str = Field(max_length=1024, examples=["amy/wine"])
    bucket: str | None = Field(
        default=None, description="Whose workflow has a say, too.", max_length=255, examples=["quilt-example"]
    )
    workflow: str | None = Field(default=None, description="Left out: the bucket's default.", examples=["reviewed"])


class NameValidity(BaseModel):
    valid: bool


class FileAddress(BaseModel):
    """Where a file can be read without credentials, until then."""

    url: str
    download_url: str = Field(description="The same, for browsers to save under its name rather than show.")
    expires_at: datetime
