"""Pushes that the registry makes: from objects, from a revision and changes, or from a revision of another package."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.package import Hash

MAX_ENTRIES = 25_000
MAX_OPERATIONS = 10_000

LogicalKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    Field(description="Path of a file in the package.", examples=["data/2026/wine.csv"]),
]
_PhysicalKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=8192),
    Field(
        description="URL of an object in S3, percent-encoded. Without a version, the current version is used.",
        examples=["s3://quilt-example/amy/wine/data/2026/wine.csv?versionId=v1"],
    ),
]
_Size = Annotated[
    int, Field(ge=0, lt=1 << 63, description="If given, it must be the size of the object.", examples=[11540])
]
_Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    Field(description="Path of a file or a directory, without a slash at its end.", examples=["data/2026"]),
]
_Metadata = dict[str, Any] | None
_PackageMetadata = Annotated[_Metadata, Field(description="Metadata of the package.", examples=[{"source": "UCI"}])]
_Message = Annotated[str | None, Field(max_length=65_536, examples=["Add the 2026 harvest"])]
_Workflow = Annotated[
    str | None,
    Field(
        max_length=64,
        description="Workflow of the bucket; its default workflow if left out. The empty string stands for no workflow.",
        examples=["default"],
    ),
]
_Expected = Annotated[
    "Expected | None",
    Field(
        description="State that the caller expects. If left out, the push is made in any case.",
        examples=[{"latest": "7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537", "entries": 178}],
    ),
]
_Hash = Annotated[
    Hash | None,
    Field(description="Hash of the content. It is verified if given, and computed if left out.", examples=[None]),
]


class Expected(BaseModel, extra="forbid"):
    """State that the caller expects. If it has changed, nothing is pushed."""

    latest: str | None = Field(
        max_length=64,
        description="Top hash of the latest revision of the package; null if the package does not exist.",
        examples=["7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"],
    )
    entries: int | None = Field(
        default=None, ge=0, description="Number of entries of the revision that is changed.", examples=[178]
    )


class NewEntry(BaseModel, extra="forbid"):
    logical_key: LogicalKey
    physical_key: _PhysicalKey
    size: _Size | None = None
    hash: _Hash = None
    meta: _Metadata = Field(
        default=None,
        description="Metadata of the entry in the manifest; `user_meta` is that of its author.",
        examples=[{"user_meta": {"split": "train"}}],
    )


class Construction(BaseModel, extra="forbid"):
    """A new revision from objects in S3."""

    message: _Message = None
    metadata: _PackageMetadata = None
    workflow: _Workflow = None
    entries: list[NewEntry] = Field(
        max_length=MAX_ENTRIES,
        examples=[[{"logical_key": "wine.csv", "physical_key": "s3://quilt-example/raw/wine.csv"}]],
    )
    expected: _Expected = None


class Add(NewEntry):
    """Add a file, or replace the file at this key."""

    op: Literal["add"]


class Remove(BaseModel, extra="forbid"):
    """Remove a file, or a directory with everything in it."""

    op: Literal["remove"]
    path: _Path


class Move(BaseModel, extra="forbid"):
    """Move a file or a directory to a path that does not exist."""

    op: Literal["move"]
    path: _Path
    to: _Path


class Annotate(BaseModel, extra="forbid"):
    """Set the author's metadata of a file, a directory or (without a path) the package; null removes it."""

    op: Literal["annotate"]
    path: Annotated[str, StringConstraints(max_length=4096), Field(examples=["data/2026/wine.csv"])] = ""
    metadata: _Metadata = Field(examples=[{"split": "train"}])


Operation = Annotated[Add | Remove | Move | Annotate, Field(discriminator="op")]


class Patch(BaseModel, extra="forbid"):
    """A new revision from another revision and operations, which are applied in order."""

    operations: list[Operation] = Field(
        max_length=MAX_OPERATIONS, examples=[[{"op": "move", "path": "data/2026", "to": "harvest"}]]
    )
    message: _Message = None
    metadata: _PackageMetadata = Field(
        default=None, description="New metadata of the package. If left out, the metadata stays."
    )
    workflow: _Workflow = None
    expected: _Expected = None


class Destination(BaseModel, extra="forbid"):
    bucket: str = Field(min_length=1, max_length=255, examples=["quilt-release"])
    package: str = Field(min_length=3, max_length=512, examples=["amy/wine"])


class Promotion(BaseModel, extra="forbid"):
    """A push of an existing revision to another bucket or under another name."""

    to: Destination = Field(examples=[{"bucket": "quilt-release", "package": "amy/wine"}])
    message: _Message = None
    metadata: _PackageMetadata = Field(
        default=None, description="New metadata of the package. If left out, the metadata stays."
    )
    workflow: _Workflow = None
    copy_objects: bool = Field(
        default=True,
        alias="copy",
        description="Copy the objects to the destination. Otherwise the new revision refers to the existing objects.",
    )
    prefix: str = Field(
        default="",
        max_length=512,
        description="Prefix of the copies, whose keys are PREFIX/PACKAGE/LOGICAL_KEY.",
        examples=["released"],
    )
    expected: _Expected = None
