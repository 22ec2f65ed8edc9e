from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.schemas.package import Entry, TopHash
from shared.schemas.page import Page

_Key = Annotated[
    str, Field(description="Logical key; that of a directory ends in a slash.", examples=["data/2026/wine.csv"])
]

DiffKind = Literal["added", "removed", "changed", "moved", "metadata"]


class DiffSide(BaseModel):
    """A revision in a comparison."""

    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(description="AUTHOR/NAME", examples=["amy/wine"])
    top_hash: TopHash
    message: str | None = Field(examples=["Add the 2026 harvest"])


class DiffBytes(BaseModel):
    """Bytes of the files with each kind of difference: of the new files or, if removed, of the old ones."""

    added: int = Field(examples=[11540])
    removed: int = Field(examples=[0])
    changed: int = Field(examples=[0])
    moved: int = Field(examples=[0])
    metadata: int = Field(examples=[0])


class DiffTotals(BaseModel):
    """Number of files with each kind of difference."""

    added: int = Field(examples=[1])
    removed: int = Field(examples=[0])
    changed: int = Field(examples=[0])
    moved: int = Field(examples=[0])
    metadata: int = Field(description="Number of files and directories.", examples=[0])
    bytes: DiffBytes


class DiffItem(BaseModel):
    """One difference."""

    kind: DiffKind = Field(
        description="`added`; `removed`; `changed`: the hash or the size differs; `moved`: the same hash and size have another "
        "key; `metadata`: only the metadata of a file, or of a directory that both revisions have, differs."
    )
    logical_key: _Key
    previous_key: str | None = Field(
        description="Old logical key of a file that was moved.", examples=["data/wine.csv"]
    )
    metadata_changed: bool = Field(description="Both revisions have the item, with different metadata.")
    before: Entry | None
    after: Entry | None


class DiffHead(BaseModel):
    """Two revisions and the totals of their differences."""

    base: DiffSide | None = Field(description="Null if there is no revision to compare with; then all files are added.")
    head: DiffSide
    totals: DiffTotals | None = Field(
        description="Null while they are being counted. Request the first page again a little later."
    )
    moves_found: bool = Field(
        description="False when moved files are listed as removed and added: while `totals` is null, on the pages after such "
        "a page, and when more than 100,000 files would have to be compared."
    )
    metadata_changed: bool = Field(description="The metadata of the package differs.")
    message_changed: bool = Field(description="The messages differ.")


class Diff(Page[DiffItem], DiffHead):
    """A page of the differences between two revisions, in order of key, directory by directory."""
