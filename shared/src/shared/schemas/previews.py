"""Answers of the readers: what a file holds. The S3 proxy serves them below `/-/`."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Cell = Any
"""JSON value. Integers beyond 2^53, decimals, NaN, infinities, dates and times are strings, bytes are hexadecimal; the column's type tells them apart."""


class ColumnDescription(BaseModel):
    name: str
    type: str = Field(
        description="Of: boolean, integer, number, decimal, string, date, time, timestamp, duration, bytes, list, struct, map, null."
    )
    source_type: str = Field(
        default="", description="The type as the file names it, `int64` or `SAS DATE9` for example."
    )


class ReadAnswer(BaseModel):
    """The part that all answers share."""

    reader: str = Field(description="Name and version of the reader.", examples=["parquet/1"])
    size: int = Field(description="Bytes of the file as stored.")
    read_bytes: int = Field(description="Bytes that were fetched for this answer.")
    complete: bool = Field(description="The whole content is in this answer.")
    compression: Literal["gzip", "bzip2", "zstd", "lz4", "xz"] | None = None
    notes: list[str] = Field(
        default_factory=list, description="Sentences for people: what was assumed, what is left out and why."
    )


class TablePreview(ReadAnswer):
    kind: Literal["table"] = "table"
    format: str = Field(examples=["parquet"])
    columns: list[ColumnDescription]
    rows: list[list[Cell]]
    total: int | None = Field(
        description="Rows of the table; null when the file does not say and was not read to its end."
    )
    tables: list[str] = Field(default_factory=list, description="Names of the tables or sheets of the file.")
    table: str | None = Field(default=None, description="The table that is shown.")
    details: dict[str, Any] = Field(default_factory=dict, description="Row groups, separator, encoding and such.")


class TextPreview(ReadAnswer):
    kind: Literal["text"] = "text"
    text: str
    language: str | None = Field(default=None, description="Name of the language as highlight.js knows it.")
    encoding: str
    details: dict[str, Any] = Field(default_factory=dict)


class TreeNode(BaseModel):
    path: str = Field(description="Path within the file, with slashes.")
    kind: str = Field(examples=["group", "array", "value"])
    type: str | None = None
    shape: list[int] | None = None
    value: Any = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class TreePreview(ReadAnswer):
    kind: Literal["tree"] = "tree"
    format: str = Field(examples=["hdf5"])
    nodes: list[TreeNode]
    tables: list[str] = Field(
        default_factory=list,
        description="Tables of the file, such as `obs` and `var` of AnnData: `table` names one for the preview, its rows and statistics.",
    )
    details: dict[str, Any] = Field(default_factory=dict)


class NotebookOutput(BaseModel):
    type: Literal["text", "html", "markdown", "image", "error", "json", "other"]
    media_type: str
    data: str = Field(description="Text; of pictures, base64.")
    plain: str | None = Field(default=None, description="The same as text, for those who do not show HTML.")
    complete: bool = True


class NotebookCell(BaseModel):
    type: Literal["markdown", "code", "raw"]
    source: str
    execution_count: int | None = None
    outputs: list[NotebookOutput] = Field(default_factory=list)


class NotebookPreview(ReadAnswer):
    kind: Literal["notebook"] = "notebook"
    language: str | None
    cells: list[NotebookCell]


class DocumentPicture(BaseModel):
    member: str = Field(description="Path within the document: `member` of its thumbnail.")
    description: str | None = Field(default=None, description="What the author wrote for those who cannot see it.")


class DocumentPage(BaseModel):
    number: int = Field(description="From 1.")
    title: str | None = None
    text: str
    notes: str | None = Field(default=None, description="What the speaker sees.")
    pictures: list[DocumentPicture] = Field(default_factory=list)


class DocumentPreview(ReadAnswer):
    kind: Literal["document"] = "document"
    format: Literal["pdf", "docx", "pptx", "doc", "ppt"]
    pages: list[DocumentPage]
    total_pages: int | None
    has_pictures: bool = Field(description="Pages can be had as pictures (thumbnail).")
    details: dict[str, Any] = Field(default_factory=dict)


class ImagePreview(ReadAnswer):
    kind: Literal["image"] = "image"
    format: str = Field(examples=["tiff"])
    width: int
    height: int
    channels: list[str]
    bits: int = Field(description="Bits of a channel.")
    pages: int
    has_regions: bool = Field(
        default=False, description="Parts of it can be asked for, at up to its own resolution: `region` of thumbnails."
    )
    details: dict[str, Any] = Field(default_factory=dict)


class MediaPreview(ReadAnswer):
    kind: Literal["media"] = "media"
    media_type: str = Field(examples=["video/mp4"])


class ArchiveMember(BaseModel):
    path: str
    size: int | None
    compressed_size: int | None = None
    modified: str | None = None
    type: Literal["file", "folder", "link", "other"] = "file"


class ArchivePreview(ReadAnswer):
    kind: Literal["archive"] = "archive"
    format: Literal["zip", "tar", "7z", "gzip"]
    members: list[ArchiveMember]
    total: int | None = Field(description="Members; null when the archive was not read to its end.")


class PackagePreview(ReadAnswer):
    kind: Literal["package"] = "package"
    message: str | None
    metadata: dict[str, Any] | None
    entries: list[dict[str, Any]] = Field(description="First entries: logical_key, physical_key, size, hash.")


class BytesPreview(ReadAnswer):
    kind: Literal["bytes"] = "bytes"
    hexadecimal: str = Field(description="The first bytes.")


Preview = Annotated[
    TablePreview
    | TextPreview
    | TreePreview
    | NotebookPreview
    | DocumentPreview
    | ImagePreview
    | MediaPreview
    | ArchivePreview
    | PackagePreview
    | BytesPreview,
    Field(discriminator="kind"),
]


class RowsPage(ReadAnswer):
    columns: list[ColumnDescription]
    rows: list[list[Cell]]
    offset: int
    total: int | None = Field(description="Rows that match, of the whole table; null when not known yet.")


class ColumnStatistics(BaseModel):
    name: str
    type: str
    count: int = Field(description="Values that are not null.")
    nulls: int
    distinct: int | None = Field(description="Estimate.")
    min: Cell = None
    max: Cell = None
    mean: float | None = None
    quantiles: dict[str, Cell] = Field(default_factory=dict, description="0.25, 0.5 and 0.75.")
    histogram: list[tuple[Cell, Cell, int]] = Field(default_factory=list, description="From, to, count.")
    top: list[tuple[Cell, int]] = Field(default_factory=list, description="Most frequent values and their counts.")


class TableStatistics(ReadAnswer):
    total: int
    columns: list[ColumnStatistics]
