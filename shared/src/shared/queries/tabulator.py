"""Tables of Tabulator: files of packages as one table whose columns a document defines.

A file without a column that may be null has null in it, and its rows say so in `$issue`. Any other problem of a file fails the query, or, with
`continue_on_error`, leaves one row with the problem in `$issue` instead of the file's.
"""

import codecs
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from shared.queries.errors import QueryStopped, explained, is_source_error
from shared.queries.package_files import PackageFiles
from shared.queries.sources import CSV_BUFFER_BYTES, create_view
from shared.queries.sql_text import literal, quoted, text_list
from shared.queries.types import ISSUE_COLUMN, PACKAGE_COLUMNS, ColumnDefinition, QueryFile, TableDefinition
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SourceFile
from shared.readers.unwrapping import Method, UnwrappedSource

MAX_FIRST_RECORD_BYTES = 16 << 20
MAX_ISSUE_CHARACTERS = 500
_HEAD_BYTES = 16 << 10
_BATCH_FILES = 64
"""Files that are tried together, before each of them is tried alone."""


@dataclass(frozen=True)
class _Type:
    sql: str
    arrow: pa.DataType
    default: Any
    """Stands in rows of files that cannot be read, where null cannot."""


_TYPES: dict[str, _Type] = {
    "BOOLEAN": _Type("BOOLEAN", pa.bool_(), default=False),
    "TINYINT": _Type("TINYINT", pa.int8(), 0),
    "SMALLINT": _Type("SMALLINT", pa.int16(), 0),
    "INT": _Type("INTEGER", pa.int32(), 0),
    "BIGINT": _Type("BIGINT", pa.int64(), 0),
    "FLOAT": _Type("FLOAT", pa.float32(), 0.0),
    "DOUBLE": _Type("DOUBLE", pa.float64(), 0.0),
    "STRING": _Type("VARCHAR", pa.string(), ""),
    "BINARY": _Type("BLOB", pa.binary(), b""),
    "DATE": _Type("DATE", pa.date32(), dt.date(1970, 1, 1)),
    "TIMESTAMP": _Type("TIMESTAMP", pa.timestamp("us"), dt.datetime(1970, 1, 1)),  # noqa: DTZ001 – as in files
}
_COMPRESSIONS: dict[str, Method] = {".gz": "gzip", ".zst": "zstd"}


class _FileProblem(Exception):
    """The file cannot be read as the table's."""


@dataclass(frozen=True)
class _Layout:
    """The way in which some files are read together."""

    columns: tuple[tuple[str, str], ...]
    """Columns of the definition that the files have, and how each is made from theirs."""
    missing: tuple[str, ...]
    may_fail: bool
    """Values may be of no use for the column's type."""
    schema: str = ""
    """The whole schema of Parquet files."""
    constants: tuple[tuple[str, str | None], ...] = ()
    """Groups whose values cannot stand in an address."""


@dataclass(frozen=True)
class _Part:
    layout: _Layout
    files: list[QueryFile]
    addresses: list[str]


def add_tabulated(
    connection: duckdb.DuckDBPyConnection,
    package_files: PackageFiles,
    table: str,
    files: Sequence[QueryFile],
    definition: TableDefinition,
) -> None:
    """Raises QueryStopped and errors of DuckDB."""
    _Tabulated(connection, package_files, table, definition).add(files)


class _Tabulated:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        package_files: PackageFiles,
        table: str,
        definition: TableDefinition,
    ) -> None:
        self._connection = connection
        self._package_files = package_files
        self._table = table
        self._definition = definition
        self._issues: list[tuple[QueryFile, str]] = []

    def add(self, files: Sequence[QueryFile]) -> None:
        groups = self._definition.groups or (list(files[0].groups) if files else [])
        self._require_distinct_names(groups)
        parts = [part for part in self._parts(files) if part.addresses]
        selects = [self._select(part, groups) for part in parts]
        if self._issues or not selects:
            selects.append(self._select_issues(groups))
        create_view(self._connection, self._table, selects)

    def _require_distinct_names(self, groups: Sequence[str]) -> None:
        names = [*(column.name for column in self._definition.columns), *groups, *PACKAGE_COLUMNS, ISSUE_COLUMN]
        seen: set[str] = set()
        for name in names:
            if name.lower() in seen:
                raise QueryStopped("refused", f"The table has two columns {name}. Rename one in its definition")
            seen.add(name.lower())

    def _parts(self, files: Sequence[QueryFile]) -> Iterator[_Part]:
        parts: dict[_Layout, _Part] = {}
        at_end = self._definition.format == "parquet"
        for file in self._package_files.with_pieces(files, at_end=at_end):
            try:
                layout = self._layout(file)
            except _FileProblem as problem:
                self._note(file, str(problem))
                continue
            if layout is None:
                continue
            part = parts.setdefault(layout, _Part(layout, [], []))
            constants = dict(layout.constants)
            groups = {name: value for name, value in file.groups.items() if value and name not in constants}
            part.files.append(file)
            part.addresses.append(self._package_files.add(file, groups))
        for part in parts.values():
            yield self._tried(part) if part.layout.may_fail and self._definition.continue_on_error else part

    def _layout(self, file: QueryFile) -> _Layout | None:
        """How a file is read; None when it has no rows. Raises _FileProblem."""
        find = self._layout_of_parquet if self._definition.format == "parquet" else self._layout_of_csv
        try:
            layout = find(file, self._package_files.section(file))
        except UnreadableFile as error:
            raise _FileProblem(str(error)) from error
        if layout is None:
            return None
        needed = {column.name for column in self._definition.columns if not column.nullable}
        if lost := [name for name in layout.missing if name in needed]:
            raise _FileProblem(f"The file has no {_columns(lost)}, which cannot be null")
        return layout

    def _layout_of_csv(self, file: QueryFile, source: RangeSource) -> _Layout | None:
        columns = self._definition.columns
        compression = next((name for suffix, name in _COMPRESSIONS.items() if file.logical_key.endswith(suffix)), None)
        content: RangeSource = UnwrappedSource(source, compression) if compression else source
        count = _count_fields(content, self._delimiter)
        if count == 0:
            return None
        if count > len(columns):
            raise _FileProblem(f"The file has {count} columns instead of {len(columns)}")
        found = tuple((column.name, _from_text(column)) for column in columns[:count])
        return _Layout(
            *(found, tuple(column.name for column in columns[count:])), may_fail=True, constants=_constants(file)
        )

    def _layout_of_parquet(self, file: QueryFile, source: RangeSource) -> _Layout:
        try:
            schema = pq.read_schema(SourceFile(source))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _FileProblem(f"The file is no Parquet: {error}") from error
        found: list[tuple[str, str]] = []
        missing: list[str] = []
        may_fail = False
        for column in self._definition.columns:
            named = _named(schema, column.name)
            if named is None:
                missing.append(column.name)
                continue
            expression = _from_arrow(column, named)
            may_fail = may_fail or named.type != _TYPES[column.type].arrow
            found.append((column.name, expression))
        text = str(schema.remove_metadata())
        return _Layout(tuple(found), tuple(missing), may_fail, schema=text, constants=_constants(file))

    def _tried(self, part: _Part) -> _Part:
        """The part without the files that cannot be read."""
        kept = _Part(part.layout, [], [])
        for start in range(0, len(part.files), _BATCH_FILES):
            files = part.files[start : start + _BATCH_FILES]
            addresses = part.addresses[start : start + _BATCH_FILES]
            whole = self._problem(part.layout, addresses) is None
            for file, address in zip(files, addresses, strict=True):
                problem = None if whole else self._problem(part.layout, [address])
                if problem:
                    self._note(file, problem)
                else:
                    kept.files.append(file)
                    kept.addresses.append(address)
        return kept

    def _problem(self, layout: _Layout, addresses: Sequence[str]) -> str | None:
        """Read all values."""
        counts = ", ".join(f"count({expression})" for _, expression in layout.columns) or "count(*)"
        try:
            self._connection.execute(f"SELECT {counts} FROM {self._call(layout, addresses)}").fetchall()  # noqa: S608 – quoted names
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            if is_source_error(error):
                raise
            return explained(error)
        return None

    def _note(self, file: QueryFile, problem: str) -> None:
        if not self._definition.continue_on_error:
            raise QueryStopped("failed", f"{file.logical_key} of {file.package}: {problem}")
        self._issues.append((file, problem[:MAX_ISSUE_CHARACTERS]))

    @property
    def _delimiter(self) -> str:
        return self._definition.delimiter.replace("\\t", "\t")

    def _select(self, part: _Part, groups: Sequence[str]) -> str:
        layout = part.layout
        made = dict(layout.columns)
        values = [
            f"{made.get(column.name, f'NULL::{_TYPES[column.type].sql}')} AS {quoted(column.name)}"
            for column in self._definition.columns
        ]
        constants = dict(layout.constants)
        values += [
            f"{_text(constants[group])} AS {quoted(group)}" if group in constants else quoted(group) for group in groups
        ]
        values += [quoted(name) for name in PACKAGE_COLUMNS]
        issue = f"The file has no {_columns(layout.missing)}" if layout.missing else None
        values.append(f"{_text(issue)} AS {quoted(ISSUE_COLUMN)}")
        return f"SELECT {', '.join(values)} FROM {self._call(layout, part.addresses)}"  # noqa: S608 – quoted names

    def _call(self, layout: _Layout, addresses: Sequence[str]) -> str:
        partitions = "hive_partitioning = true, hive_types_autocast = false"
        if self._definition.format == "parquet":
            return f"read_parquet({text_list(addresses)}, {partitions})"
        present = self._definition.columns[: len(layout.columns)]
        types = ", ".join(f"{literal(column.name)}: {literal(_text_type(column))}" for column in present)
        options: dict[str, Any] = {
            "header": self._definition.header,
            "delim": self._delimiter,
            "quote": '"',
            "escape": '"',
        }
        options["buffer_size"] = CSV_BUFFER_BYTES
        given = ", ".join(f"{name} = {literal(value)}" for name, value in options.items())
        return f"read_csv({text_list(addresses)}, auto_detect = false, columns = {{{types}}}, {given}, {partitions})"

    def _select_issues(self, groups: Sequence[str]) -> str:
        files = [file for file, _ in self._issues]
        columns: dict[str, pa.Array] = {}
        for column in self._definition.columns:
            kind = _TYPES[column.type]
            columns[column.name] = pa.array([None if column.nullable else kind.default for _ in files], kind.arrow)
        for group in groups:
            columns[group] = pa.array([file.groups.get(group) for file in files], pa.string())
        for name in PACKAGE_COLUMNS:
            columns[name] = pa.array([file.columns[name] for file in files], pa.string())
        columns[ISSUE_COLUMN] = pa.array([problem for _, problem in self._issues], pa.string())
        name = f"{self._table}_issues"
        self._connection.register(name, pa.table(columns))
        return f"SELECT * FROM {name}"  # noqa: S608 – own names


def _constants(file: QueryFile) -> tuple[tuple[str, str | None], ...]:
    return tuple((name, value) for name, value in file.groups.items() if not value)


def _columns(names: Sequence[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _text(value: str | None) -> str:
    return "NULL::VARCHAR" if value is None else literal(value)


def _text_type(column: ColumnDefinition) -> str:
    """As what a column of CSV is read. The bytes of BINARY are those of the text."""
    return "VARCHAR" if column.type == "BINARY" else _TYPES[column.type].sql


def _from_text(column: ColumnDefinition) -> str:
    return f"encode({quoted(column.name)})" if column.type == "BINARY" else quoted(column.name)


def _named(schema: pa.Schema, name: str) -> pa.Field | None:
    """The column of a name, which may differ in case."""
    if name in schema.names:
        return schema.field(schema.names.index(name))
    return next((field for field in schema if field.name.lower() == name.lower()), None)


def _from_arrow(column: ColumnDefinition, field: pa.Field) -> str:
    """Raises _FileProblem when values of the file's type are never of the column's."""
    kind, wanted = field.type, _TYPES[column.type]
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind)
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    if column.type == "STRING":
        return f"decode({quoted(field.name)})" if is_bytes else f"CAST({quoted(field.name)} AS VARCHAR)"
    if column.type == "BINARY" and is_text:
        return f"encode(CAST({quoted(field.name)} AS VARCHAR))"
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    is_time = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
    fits = {
        "BOOLEAN": pa.types.is_boolean(kind) or is_text,
        "BINARY": is_bytes,
        "DATE": is_time or is_text,
        "TIMESTAMP": is_time or is_text,
    }
    if not fits.get(column.type, is_number or is_text):
        raise _FileProblem(f"The column {column.name} is {kind} instead of {column.type}")
    return f"CAST({quoted(field.name)} AS {wanted.sql})"


def _count_fields(source: RangeSource, delimiter: str) -> int:
    """Fields of the first record; 0 when there is none. Raises UnreadableFile."""
    length = _HEAD_BYTES
    while True:
        content = source.read(0, length)
        is_whole = len(content) < length
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
        count = _fields_of(text, delimiter, is_whole=is_whole)
        if count is not None:
            return count
        if length >= MAX_FIRST_RECORD_BYTES:
            raise UnreadableFile("The first row is too long")
        length *= 4


def _fields_of(text: str, delimiter: str, *, is_whole: bool) -> int | None:
    """Fields of the record that a text begins with; None when it goes on after the text."""
    count, place, is_quoted = 1, 0, False
    text = text.lstrip("\r\n")
    if not text:
        return 0 if is_whole else None
    while place < len(text):
        if text[place] == '"':
            is_quoted = not is_quoted
        elif not is_quoted and text.startswith(delimiter, place):
            count += 1
            place += len(delimiter) - 1
        elif not is_quoted and text[place] in "\r\n":
            return count
        place += 1
    return count if is_whole else None
