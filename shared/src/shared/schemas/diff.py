from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.schemas.package import Entry, TopHash
from shared.schemas.page import Page

_Key = Annotated[
    str, Field(description="Logical key; of a directory, with a slash at its end.", examples=["data/2026/wine.csv"])
]

DiffKind = Literal["added", "removed", "changed", "moved", "metadata"]


class DiffSide(BaseModel):
    """A revision that is compared."""

    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(description="AUTHOR/NAME", examples=["amy/wine"])
    top_hash: TopHash
    message: str | None = Field(examples=["Add the 2026 harvest"])


class DiffBytes(BaseModel):
    """Bytes of the files of each kind: as they are now; of those removed, as they were."""

    added: int = Field(examples=[11540])
    removed: int = Field(examples=[0])
    changed: int = Field(examples=[0])
    moved: int = Field(examples=[0])
    metadata: int = Field(examples=[0])


class DiffTotals(BaseModel):
    """How many files are added, removed, … in all."""

    added: int = Field(examples=[1])
    removed: int = Field(examples=[0])
    changed: int = Field(examples=[0])
    moved: int = Field(examples=[0])
    metadata: int = Field(description="Files and directories.", examples=[0])
    bytes: DiffBytes


class DiffItem(BaseModel):
    """One difference."""

    kind: DiffKind = Field(
        description="`added`, `removed`; `changed`: another hash or size; `moved`: the same hash and size under another "
        "key; `metadata`: other metadata and nothing else, of a file, or of a directory that both sides have."
    )
    logical_key: _Key
    previous_key: str | None = Field(description="Where a file was that moved.", examples=["data/wine.csv"])
    metadata_changed: bool = Field(description="Both sides have it, with other metadata.")
    before: Entry | None
    after: Entry | None


class DiffHead(BaseModel):
    """What two revisions are, and how much differs."""

    base: DiffSide | None = Field(description="Null when there is none: everything is added.")
    head: DiffSide
    totals: DiffTotals | None = Field(
        description="Null while they are being counted: ask again a little later, without a cursor."
    )
    moves_found: bool = Field(
        description="False when files that moved are listed as removed in one place and added in another: while "
        "`totals` is null, on the pages after such a one, and when there are more than 100,000 to look through."
    )
    metadata_changed: bool = Field(description="The package's own metadata differ.")
    message_changed: bool = Field(description="The messages differ.")


class Diff(Page[DiffItem], DiffHead):
    """A page of the differences of two revisions, in the order of their keys, directory by directory."""
