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
    """A manifest to be indexed now."""

    bucket: str = Field(min_length=1, max_length=255)
    top_hash: str = Field(pattern=f"^{TOP_HASH}$")


class KindTotals(BaseModel):
    """Bytes of the files of each kind, which their extensions tell."""

    tables: int = Field(examples=[11540])
    images: int
    text: int
    arrays: int = Field(description="Arrays and models: NumPy, HDF5, Zarr, NetCDF and the like.")
    sequences: int = Field(description="Sequences, variants, alignments and molecules.")
    other: int


Kinds = Annotated[
    KindTotals | None,
    Field(description="Null if the revision is not `ready`, or was indexed by a version that did not add them up."),
]
PackageTitle = Annotated[
    str | None,
    Field(
        description="`title` of the metadata, else the first heading of the README; null without either.",
        examples=["Wine recognition data"],
    ),
]
PackageDescription = Annotated[
    str | None,
    Field(
        description="`description` of the metadata, else the first paragraph of the README; null without either.",
        examples=["Chemical analyses of wines from three cultivars."],
    ),
]


class Revision(BaseModel):
    """One version of a package, identified by its top hash."""

    top_hash: TopHash
    state: State = Field(
        description="`ready`, or the reason why the content is not available: the manifest is `missing` from S3, is "
        "`corrupt`, or has another top hash than its name (`mismatch`)."
    )
    problem: str | None = Field(description="Problem of the manifest; null if it is ready.")
    message: str | None = Field(examples=["Add the 2026 harvest"])
    user_meta: _Meta | None = Field(description="Metadata of the package.", examples=[{"source": "UCI"}])
    workflow: _Meta | None = Field(description="Workflow that checked the push.")
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])
    kinds: Kinds


class ChangeCounts(BaseModel):
    """Number of files with each kind of change."""

    added: int = Field(examples=[1])
    removed: int = Field(examples=[0])
    changed: int = Field(examples=[0])
    moved: int = Field(examples=[0])
    metadata: int = Field(description="Number of files and directories of which only the metadata changed.")


class PushChanges(BaseModel):
    """Changes since the previous push. The first push adds all files."""

    entries: int = Field(description="Difference in the number of files; negative if there are fewer.", examples=[1])
    bytes: int = Field(description="Difference in bytes; negative if there are fewer.", examples=[11540])
    counts: ChangeCounts | None = Field(
        description="Null while they are being counted. Request them again a little later."
    )


class Push(Revision):
    """A push of a package, with its revision."""

    tag: str = Field(description="Tag of its pointer: the Unix time of the push.", examples=["1785312000"])
    pushed_at: datetime
    author: str | None = Field(
        description="Name of the user who pushed, with a client or through the registry; null if the store does not say who wrote.",
        examples=["amy"],
    )
    changes: PushChanges | None = Field(description="Null unless this revision and the previous one are `ready`.")


class PackageProblem(BaseModel):
    """A problem in a bucket that makes a revision unavailable, or an object impossible to find."""

    bucket: _Bucket
    key: str = Field(
        description="Key of the object in S3 that has the problem or is missing.",
        examples=[".quilt/packages/7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"],
    )
    state: Literal["missing", "corrupt", "mismatch", "unindexed"] = Field(
        description="That of the manifest or pointer, or `unindexed`: the object could not be indexed. It is tried again when it "
        "changes, and in each scan of the bucket."
    )
    problem: str = Field(examples=["line 3: 'a.csv' occurs twice"])
    top_hash: str | None = Field(description="Top hash of the revision; null if a pointer does not name one.")
    packages: list[str] = Field(description="Packages that have this revision.", examples=[["amy/wine"]])
    modified: datetime | None = Field(
        description="Time of the object's last change; null if it is missing or could not be indexed."
    )
    since: datetime = Field(description="Time at which the problem was found.")


class PackageSummary(BaseModel):
    """A package in a listing."""

    bucket: _Bucket
    name: _Name
    top_hash: TopHash
    modified: datetime
    revisions: int = Field(description="Number of pushes.", examples=[3])
    title: PackageTitle
    description: PackageDescription
    state: State = Field(description="State of the latest revision, like the following fields.")
    message: str | None = Field(examples=["Add the 2026 harvest"])
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])
    kinds: Kinds


class Package(BaseModel):
    """A package and its latest revision."""

    bucket: _Bucket
    name: _Name
    modified: datetime
    revisions: int = Field(description="Number of pushes.", examples=[3])
    title: PackageTitle
    description: PackageDescription
    latest: Revision


class Hash(BaseModel):
    """Hash of the content of a file."""

    type: str = Field(examples=["sha2-256-chunked"])
    value: str = Field(examples=["lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA="])


class File(BaseModel):
    """A file of a revision."""

    type: Literal["file"]
    path: _Path
    size: int = Field(examples=[11540])
    hash: Hash | None
    physical_key: str = Field(examples=["s3://quilt-example/amy/wine/data/2026/wine.csv?versionId=v1"])
    is_local: bool = Field(description="The file is only on the machine where the package was built.", examples=[False])
    accessible: bool = Field(
        description="The object is in a registered bucket that the caller may read.",
        examples=[True],
    )
    meta: _Meta = Field(description="Metadata of the entry in the manifest; `user_meta` is that of its author.")


class Directory(BaseModel):
    """A directory of a revision, with the totals of all files below it."""

    type: Literal["directory"]
    path: Annotated[str, Field(description="Without a trailing slash; empty for the root.", examples=["data/2026"])]
    total_entries: int = Field(examples=[178])
    total_bytes: int = Field(examples=[11540])
    meta: _Meta | None = Field(description="Null without metadata.")


Entry = Annotated[File | Directory, Field(discriminator="type")]


class EntryPage(Page[Entry]):
    """A page of the files and directories in a directory, in order of name."""


class NameQuestion(BaseModel):
    name: str = Field(max_length=1024, examples=["amy/wine"])
    bucket: str | None = Field(
        default=None,
        description="Bucket whose workflow also checks the name.",
        max_length=255,
        examples=["quilt-example"],
    )
    workflow: str | None = Field(
        default=None, description="Workflow of the bucket; its default workflow if left out.", examples=["reviewed"]
    )


class NameValidity(BaseModel):
    valid: bool


class FileAddress(BaseModel):
    """URLs from which a file can be read without credentials until they expire."""

    url: str
    download_url: str = Field(description="URL with which browsers save the file under its name instead of showing it.")
    expires_at: datetime
