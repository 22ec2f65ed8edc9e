"""Messages between the registry and the worker of a query."""

from datetime import date
from typing import Any, Literal, Self

import msgspec

FAMILY = "queries"
"""Family of the workers."""
SOURCE_FUNCTIONS: dict[str, tuple[int, int]] = {
    "package": (2, 2),
    "tabulator": (2, 2),
    "entries": (1, 1),
    "revisions": (1, 1),
    "packages": (1, 1),
}
"""Table functions that name data, with the least and the greatest number of their arguments, which are constant texts."""
TABLE_FUNCTIONS = frozenset({"entries", "revisions", "packages"})
"""Functions whose tables the service makes."""
PACKAGE_COLUMNS = ("$pkg_name", "$logical_key", "$physical_key", "$top_hash")
"""Columns of every row from a file, as Quilt's Tabulator names them."""
ISSUE_COLUMN = "$issue"
"""A column of tables of Tabulator: what is wrong with the row's file, or null."""

ProblemKind = Literal["refused", "failed", "limit", "crashed"]
LimitName = Literal["seconds", "memory", "read_bytes", "result_bytes", "threads"]
ParameterValue = str | int | float | bool | date | None


class FileCondition(msgspec.Struct, frozen=True):
    """A part of WHERE that looks at a row's file and package alone."""

    sql: str
    """Gives the numbers of the candidates for which it holds."""
    parameters: list[str]
    calls: list[int]
    """Ordinals of the calls whose tables it reads."""
    needs_path: bool
    """It looks at the path, which a package has not."""


class SourceCall(msgspec.Struct, frozen=True):
    """A table function that names data. Equal calls of a statement are one."""

    ordinal: int
    function: str
    arguments: tuple[str, ...]
    options: dict[str, Any] = {}
    """Named arguments: texts, numbers and booleans."""
    position: int | None = None
    """Where it stands in the statement, in characters."""
    conditions: list[list[FileCondition]] = []
    """For each place where the statement names the call: conditions, all of which hold for files that it needs there. Empty: it needs all."""


class ParsedStatement(msgspec.Struct, frozen=True, tag="parsed"):
    sql: str
    """The statement with the table functions that name data replaced by names of tables."""
    calls: list[SourceCall]
    parameters: list[str]
    """Names of the parameters (`$name`) that are bound when it runs. Those that stand in the arguments of calls are not among them."""


class QueryFile(msgspec.Struct, frozen=True):
    """A file of a source. Its bytes begin at `offset` of all that the worker may read."""

    offset: int
    size: int
    package: str
    """AUTHOR/NAME"""
    logical_key: str
    physical_key: str
    top_hash: str
    groups: dict[str, str | None] = {}
    """For a table of Tabulator: named groups of its regular expressions, which become columns. All files of a source have the same names."""

    @property
    def columns(self) -> dict[str, str]:
        """Values of `PACKAGE_COLUMNS`."""
        values = (self.package, self.logical_key, self.physical_key, self.top_hash)
        return dict(zip(PACKAGE_COLUMNS, values, strict=True))


ColumnType = Literal[
    "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "STRING", "BINARY", "DATE", "TIMESTAMP"
]


class ColumnDefinition(msgspec.Struct, frozen=True):
    name: str
    type: ColumnType
    nullable: bool = True


class TableDefinition(msgspec.Struct, frozen=True):
    """How the files of a table of Tabulator are read, as its document says."""

    columns: list[ColumnDefinition]
    format: Literal["csv", "parquet"]
    delimiter: str = ","
    header: bool = False
    continue_on_error: bool = False
    groups: list[str] = []
    """Names of the groups of its files. It has these columns even when it has no files."""


class QuerySource(msgspec.Struct, frozen=True):
    """The data of one call: files of packages, or a table as an Arrow stream at `offset`."""

    ordinal: int
    files: list[QueryFile] = []
    table: tuple[int, int] | None = None
    """Offset and size of an Arrow stream. Its column `meta`, which is JSON text, is given as columns `meta.<key>`, too."""
    options: dict[str, Any] = {}
    definition: TableDefinition | None = None
    """For a table of Tabulator."""


class BoundValue(msgspec.Struct, frozen=True):
    """The value of a parameter. msgpack has no dates, so they travel as texts."""

    value: str | int | float | bool | None
    is_date: bool = False

    @classmethod
    def of(cls, value: ParameterValue) -> Self:
        return cls(value.isoformat(), is_date=True) if isinstance(value, date) else cls(value)

    @property
    def unbound(self) -> ParameterValue:
        return date.fromisoformat(str(self.value)) if self.is_date else self.value


class ParseArguments(msgspec.Struct, frozen=True):
    sql: str
    parameters: dict[str, BoundValue] | None = None
    """Values by name; None when they are not known yet."""


class RunArguments(msgspec.Struct, frozen=True):
    sql: str
    sources: tuple[int, int]
    """Offset and size of the list of `QuerySource` in msgpack, since it may be longer than arguments may be."""
    parameters: dict[str, BoundValue]
    max_rows: int
    max_result_bytes: int
    memory_bytes: int
    """Memory for the engine."""
    is_stored: bool = False
    """Send the rows as parts of a stored result (`result_parts`) instead of Arrow streams."""


class ChoiceRequest(msgspec.Struct, frozen=True):
    candidates: tuple[int, int]
    """Offset and size of an Arrow stream with a row for each candidate."""
    tables: list[QuerySource]
    """Tables that conditions read."""
    conditions: list[list[FileCondition]]
    parameters: dict[str, BoundValue]


class ChoiceArguments(msgspec.Struct, frozen=True):
    request: tuple[int, int]
    """Offset and size of a `ChoiceRequest` in msgpack."""
    memory_bytes: int


class ChosenCandidates(msgspec.Struct, frozen=True, tag="chosen"):
    numbers: list[int]
    """Ascending."""


class DifferenceArguments(msgspec.Struct, frozen=True):
    base: QueryFile
    head: QueryFile
    keys: list[str] | None
    """Names of columns; None when they are to be found."""
    max_rows: int
    max_result_bytes: int
    memory_bytes: int
    is_stored: bool = False


class StatementProblem(msgspec.Struct, frozen=True, tag="problem"):
    """An answer that is none. `kind` says whose fault it is."""

    kind: ProblemKind
    text: str
    position: int | None = None
    limit: LimitName | None = None
    """Which one, if the kind is `limit`."""


class QueryEnd(msgspec.Struct, frozen=True, tag="end"):
    """All batches were sent."""

    rows: int
    is_cut: bool
    """There were more rows than asked for."""
    columns: list[tuple[str, str]]
    """Name and type of each column."""


class RowDifference(msgspec.Struct, frozen=True):
    """Numbers of rows, whether or not all of them were sent."""

    keys: list[str]
    """Columns that tell which rows belong together. Without any, rows are either the same, or added and removed."""
    added: int
    removed: int
    changed: int
    same: int
    added_columns: list[str]
    removed_columns: list[str]
    cells: dict[str, int]
    """Changed cells of each column that has any."""
    types: dict[str, tuple[str, str]]
    """Types before and after, of columns whose type has changed."""


class DifferenceEnd(msgspec.Struct, frozen=True, tag="difference"):
    """All batches were sent."""

    rows: int
    is_cut: bool
    columns: list[tuple[str, str]]
    difference: RowDifference


ParseAnswer = ParsedStatement | StatementProblem
RunAnswer = QueryEnd | StatementProblem
ChoiceAnswer = ChosenCandidates | StatementProblem
DifferenceAnswer = DifferenceEnd | StatementProblem
