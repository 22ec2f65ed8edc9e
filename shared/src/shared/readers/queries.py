"""Arguments of the operations, as they travel to a worker."""

from typing import Any

import msgspec

MAX_THUMBNAIL_PIXELS = 2048
"""Width and height of a thumbnail."""
ARROW_FILE = "application/vnd.apache.arrow.file"
ARROW_FILE_CUT = f"{ARROW_FILE}; truncated=true"
"""Media types of a file of Arrow, and of one that lacks rows of the table."""


class FileArguments(msgspec.Struct, frozen=True, kw_only=True):
    """Arguments of all operations."""

    encoding: str = ""
    """`Content-Encoding` with which the object is stored; gzip and others that have magic bytes are seen without it."""
    member: str | None = None
    """Path within an archive; `!/` separates the path of an archive from a path within that."""


class PreviewOptions(FileArguments, frozen=True, kw_only=True):
    max_rows: int = 100
    max_bytes: int = 512 << 10
    """Bytes of text in the answer, and of each picture in it."""
    table: str | None = None
    page: int | None = None
    """From 1."""
    as_text: bool = False
    """The text, also of a file that another reader would read."""


class RowsQuery(FileArguments, frozen=True, kw_only=True):
    offset: int = 0
    limit: int = 100
    columns: list[str] | None = None
    sort: list[str] = []
    """Names of columns; `-` before a name means descending."""
    where: list[tuple[str, str, Any]] = []
    """Column, operator (`= != < <= > >= in contains null`) and value; all must hold."""
    table: str | None = None
    arrow: bool = False
    """The answer is an Arrow IPC stream."""


class RecordsQuery(FileArguments, frozen=True, kw_only=True):
    """Many rows of a few columns, for services that read all of a table."""

    columns: list[str] = []
    """All, when there are none."""
    offset: int = 0
    limit: int = 100_000
    """The answer may have fewer rows than that before the end of the table."""
    table: str | None = None


class ArrowFileQuery(FileArguments, frozen=True, kw_only=True):
    """The first rows of a table as a file of Arrow."""

    max_rows: int = 1_000
    max_bytes: int = 100_000
    table: str | None = None


class Region(msgspec.Struct, frozen=True):
    """A part of a picture, in pixels of the whole."""

    left: int
    top: int
    width: int
    height: int


class ThumbnailQuery(FileArguments, frozen=True, kw_only=True):
    width: int = 256
    height: int = 256
    page: int | None = None
    channels: list[int] | None = None
    region: Region | None = None
    """The whole picture without it."""


class TextsQuery(FileArguments, frozen=True, kw_only=True):
    max_bytes: int = 64 << 10
    """Bytes of the text in UTF-8."""
