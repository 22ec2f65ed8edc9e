"""Messages between the registry and the worker of a query."""

from typing import Any

import msgspec

SOURCE_FUNCTIONS: dict[str, tuple[int, int]] = {
    "package": (2, 2),
    "tabulator": (2, 2),
    "entries": (1, 1),
    "revisions": (1, 1),
    "packages": (1, 1),
}
"""Table functions that name data, with the least and the greatest number of their arguments, which are constant texts."""
PACKAGE_COLUMNS = ("$pkg_name", "$logical_key", "$physical_key", "$top_hash")
"""Columns of every row from a file, as Quilt's Tabulator names them."""


class SourceCall(msgspec.Struct, frozen=True):
    """A table function that names data. Equal calls of a statement are one."""

    ordinal: int
    function: str
    arguments: tuple[str, ...]
    options: dict[str, Any] = {}
    """Named arguments: texts, numbers and booleans."""
    position: int | None = None
    """Where it stands in the statement, in characters."""


class ParsedStatement(msgspec.Struct, frozen=True, tag="parsed"):
    sql: str
    """The statement with the table functions that name data replaced by names of tables."""
    calls: list[SourceCall]
    parameters: list[str]
    """Names of the parameters (`$name`) that need values."""


class QueryFile(msgspec.Struct, frozen=True):
    """A file of a source. Its bytes begin at `offset` of all that the worker may read."""

    offset: int
    size: int
    package: str
    """AUTHOR/NAME"""
    logical_key: str
    physical_key: str
    top_hash: str


class QuerySource(msgspec.Struct, frozen=True):
    """The data of one call: files of packages, or a table as an Arrow stream at `offset`."""

    ordinal: int
    files: list[QueryFile] = []
    table: tuple[int, int] | None = None
    """Offset and size of an Arrow stream."""
    options: dict[str, Any] = {}


class ParseArguments(msgspec.Struct, frozen=True):
    sql: str


class RunArguments(msgspec.Struct, frozen=True):
    sql: str
    sources: tuple[int, int]
    """Offset and size of the list of `QuerySource` in msgpack, since it may be longer than arguments may be."""
    parameters: dict[str, Any]
    max_rows: int
    max_result_bytes: int
    memory_bytes: int
    """Memory for the engine."""


class StatementProblem(msgspec.Struct, frozen=True, tag="problem"):
    """An answer that is none. `kind` says whose fault it is."""

    kind: str
    """`refused`, `failed` or `limit`."""
    text: str
    position: int | None = None


class QueryEnd(msgspec.Struct, frozen=True, tag="end"):
    """All batches were sent."""

    rows: int
    is_cut: bool
    """There were more rows than asked for."""
    columns: list[tuple[str, str]]
    """Name and type of each column."""


ParseAnswer = ParsedStatement | StatementProblem
RunAnswer = QueryEnd | StatementProblem
