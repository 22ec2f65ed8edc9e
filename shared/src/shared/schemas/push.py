"""New revisions that the registry makes: from objects, from another revision and changes, or from a revision elsewhere."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.package import Hash

MAX_ENTRIES = 25_000
MAX_OPERATIONS = 10_000

LogicalKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    Field(description="Of a file: names with slashes between them.", examples=["data/2026/wine.csv"]),
]
_PhysicalKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=8192),
    Field(
        description="An object in S3, percent-encoded. Without a version, the current one is taken.",
        examples=["s3://quilt-example/amy/wine/data/2026/wine.csv?versionId=v1"],
    ),
]
_Size = Annotated[int, Field(ge=0, lt=1 << 63, description="Must be the object's, if given.", examples=[11540])]
_Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    Field(description="Of a file or a directory, without a slash at its end.", examples=["data/2026"]),
]
_Metadata = dict[str, Any] | None
_PackageMetadata = Annotated[_Metadata, Field(description="Of the package.", examples=[{"source": "UCI"}])]
_Message = Annotated[str | None, Field(max_length=65_536, examples=["Add the 2026 harvest"])]
_Workflow = Annotated[
    str | None,
    Field(
        max_length=64,
        description="Of the bucket's workflows; the empty string is expressly none. Left out: the bucket's default.",
        examples=["default"],
    ),
]
_Expected = Annotated[
    "Expected | None",
    Field(
        description="Left out: the push is made whatever is there.",
        examples=[{"latest": "7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537", "entries": 178}],
    ),
]
_Hash = Annotated[Hash | None, Field(description="Of the content, checked; computed if left out.", examples=[None])]


class Expected(BaseModel, extra="forbid"):
    """What the caller has seen: when it is not so any more, nothing is pushed."""

    latest: str | None = Field(
        max_length=64,
        description="Top hash of the package's latest revision; null when there is no such package.",
        examples=["7a67ff45a4a4c4814ea89d82bb9fb6fbf06caebc79d6507121b549213c747537"],
    )
    entries: int | None = Field(
        default=None, ge=0, description="How many entries the revision has that the change starts from.", examples=[178]
    )


class NewEntry(BaseModel, extra="forbid"):
    logical_key: LogicalKey
    physical_key: _PhysicalKey
    size: _Size | None = None
    hash: _Hash = None
    meta: _Metadata = Field(
        default=None,
        description="The entry's metadata as the manifest has it; what its author gives is `user_meta`.",
        examples=[{"user_meta": {"split": "train"}}],
    )


class Construction(BaseModel, extra="forbid"):
    """A revision made of objects in S3."""

    message: _Message = None
    metadata: _PackageMetadata = None
    workflow: _Workflow = None
    entries: list[NewEntry] = Field(
        max_length=MAX_ENTRIES,
        examples=[[{"logical_key": "wine.csv", "physical_key": "s3://quilt-example/raw/wine.csv"}]],
    )
    expected: _Expected = None


class Add(NewEntry):
    """A file, new or instead of the one there."""

    op: Literal["add"]


class Remove(BaseModel, extra="forbid"):
    """A file, or a directory with everything in it."""

    op: Literal["remove"]
    path: _Path


class Move(BaseModel, extra="forbid"):
    """A file or a directory to where there is nothing."""

    op: Literal["move"]
    path: _Path
    to: _Path


class Annotate(BaseModel, extra="forbid"):
    """What its author says of a file, a directory, or (without a path) the package; null takes it away."""

    op: Literal["annotate"]
    path: Annotated[str, StringConstraints(max_length=4096), Field(examples=["data/2026/wine.csv"])] = ""
    metadata: _Metadata = Field(examples=[{"split": "train"}])


Operation = Annotated[Add | Remove | Move | Annotate, Field(discriminator="op")]


class Patch(BaseModel, extra="forbid"):
    """A revision made of another, by operations one after the other."""

    operations: list[Operation] = Field(
        max_length=MAX_OPERATIONS, examples=[[{"op": "move", "path": "data/2026", "to": "harvest"}]]
    )
    message: _Message = None
    metadata: _PackageMetadata = Field(default=None, description="Instead of the package's; kept if left out.")
    workflow: _Workflow = None
    expected: _Expected = None


class Destination(BaseModel, extra="forbid"):
    bucket: str = Field(min_length=1, max_length=255, examples=["quilt-release"])
    package: str = Field(min_length=3, max_length=512, examples=["amy/wine"])


class Promotion(BaseModel, extra="forbid"):
    """A revision pushed to another bucket, or under another name."""

    to: Destination = Field(examples=[{"bucket": "quilt-release", "package": "amy/wine"}])
    message: _Message = None
    metadata: _PackageMetadata = Field(default=None, description="Instead of the package's; kept if left out.")
    workflow: _Workflow = None
    copy_objects: bool = Field(
        default=True,
        alias="copy",
        description="Whether objects are copied to the destination; else it refers to them where they are.",
    )
    prefix: str = Field(
        default="",
        max_length=512,
        description="Objects are copied to PREFIX/PACKAGE/LOGICAL_KEY.",
        examples=["released"],
    )
    expected: _Expected = None
