"""The data of a call as a table of the engine."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.ipc as pa_ipc

from shared.queries.errors import QueryStopped
from shared.queries.package_files import PackageFiles
from shared.queries.sql_text import literal, quoted, text_list
from shared.queries.types import PACKAGE_COLUMNS, QueryFile, QuerySource
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.arrow import ArrowFileTable
from shared.readers.tables.engine.table import Table
from shared.readers.tables.spreadsheet import SheetTable

MAX_TABLE_BYTES = 256 << 20
"""Memory for the tables of files that DuckDB does not read itself."""
MAX_META_COLUMNS = 500
META_COLUMN = "meta"
"""A column with objects of JSON. Each of their keys is a column as well."""

_CSV_OPTIONS = frozenset({"header", "delim", "quote", "escape", "skip", "nullstr", "all_varchar"})
_READERS: dict[str, tuple[str, frozenset[str]]] = {
    ".parquet": ("read_parquet", frozenset()),
    ".csv": ("read_csv", _CSV_OPTIONS),
    ".tsv": ("read_csv", _CSV_OPTIONS),
    ".txt": ("read_csv", _CSV_OPTIONS),
    ".jsonl": ("read_json", frozenset()),
    ".ndjson": ("read_json", frozenset()),
    ".json": ("read_json", frozenset()),
}
"""DuckDB's function for a suffix, and the options that a call may give it."""
CSV_BUFFER_BYTES = 8 << 20
"""Four times the longest line. DuckDB has several buffers for each file that it reads at the same time."""
_FIXED: dict[str, dict[str, Any]] = {
    ".tsv": {"delim": "\t"},
    ".jsonl": {"format": "newline_delimited"},
    ".ndjson": {"format": "newline_delimited"},
}
_TABLES: dict[str, Callable[[RangeSource, Any], Table]] = {
    ".feather": lambda source, _sheet: ArrowFileTable(source),
    ".arrow": lambda source, _sheet: ArrowFileTable(source),
    ".xlsx": SheetTable,
    ".xls": SheetTable,
    ".ods": SheetTable,
}
_COMPRESSIONS = frozenset({".gz", ".zst"})
_META_TYPES = {
    **dict.fromkeys(("BIGINT", "UBIGINT", "HUGEINT"), "BIGINT"),
    **{name: name for name in ("DOUBLE", "BOOLEAN", "VARCHAR")},
}
"""Types of columns by those that DuckDB finds for keys of JSON. Others are JSON."""


def add_files(connection: duckdb.DuckDBPyConnection, files: PackageFiles, table: str, wanted: QuerySource) -> None:
    """Add a table with the rows of files, whose suffixes say how they are read. Raises QueryStopped."""
    parts: list[str] = []
    by_kind: dict[str, list[QueryFile]] = {}
    for file in wanted.files:
        by_kind.setdefault(kind_of(file.logical_key), []).append(file)
    for kind, of_kind in by_kind.items():
        if kind in _TABLES:
            name = f"{table}_{kind[1:]}"
            connection.register(name, _read_tables(files, kind, of_kind, wanted.options))
            parts.append(f"SELECT * FROM {name}")  # noqa: S608 – own names
        else:
            opened = files.with_pieces(of_kind, at_end=True) if kind == ".parquet" else of_kind
            call = _call(kind, [files.add(file) for file in opened], wanted.options)
            parts.append(f"SELECT * FROM {call}")  # noqa: S608 – made of own texts
    if not parts:
        columns = ", ".join(f"NULL::VARCHAR AS {quoted(column)}" for column in PACKAGE_COLUMNS)
        parts.append(f"SELECT {columns} WHERE false")
    create_view(connection, table, parts)


def add_stream(connection: duckdb.DuckDBPyConnection, table: str, stream: RangeSource) -> None:
    """Add a table that the service has made, and columns for the keys of its metadata."""
    with pa_ipc.open_stream(SourceFile(stream)) as opened:
        content = opened.read_all()
    rows = f"{table}_rows"
    connection.register(rows, content)
    columns = ["*"]
    if META_COLUMN in content.schema.names:
        taken = {name.lower() for name in content.schema.names}
        for key, kind in _meta_keys(connection, rows).items():
            name = f"{META_COLUMN}.{key}"
            if name.lower() not in taken and len(columns) <= MAX_META_COLUMNS:
                taken.add(name.lower())
                columns.append(f"{_meta_value(key, kind)} AS {quoted(name)}")
    create_view(connection, table, [f"SELECT {', '.join(columns)} FROM {rows}"])  # noqa: S608 – quoted names


def create_view(connection: duckdb.DuckDBPyConnection, table: str, parts: Sequence[str]) -> None:
    connection.execute(f"CREATE TEMP VIEW {table} AS {' UNION ALL BY NAME '.join(parts)}")


def kind_of(logical_key: str) -> str:
    """The suffix that chooses the reader. Raises QueryStopped."""
    name = logical_key.rpartition("/")[2].lower()
    stem, dot, last = name.rpartition(".")
    if f"{dot}{last}" in _COMPRESSIONS:
        last = stem.rpartition(".")[2]
    kind = f".{last}"
    if kind not in _READERS and kind not in _TABLES:
        known = ", ".join(sorted({*_READERS, *_TABLES}))
        raise QueryStopped(
            "refused", f"{logical_key} is no table that a query reads: {known}. Choose files by a pattern"
        )
    return kind


def is_delimited(logical_key: str) -> bool:
    """Types of its columns are guessed from its first rows. Raises QueryStopped."""
    return _READERS.get(kind_of(logical_key), ("", frozenset()))[1] is _CSV_OPTIONS


def _meta_keys(connection: duckdb.DuckDBPyConnection, rows: str) -> Mapping[str, Any]:
    """Keys of the objects with their types, as DuckDB finds them."""
    found = connection.execute(
        f"SELECT json_group_structure({META_COLUMN}::JSON) FROM {rows} WHERE json_type({META_COLUMN}) = 'OBJECT'"  # noqa: S608 – own names
    ).fetchone()
    structure = msgspec.json.decode(found[0]) if found and found[0] else None
    return structure if isinstance(structure, dict) else {}


def _meta_value(key: str, kind: Any) -> str:
    pointer = literal("/" + key.replace("~", "~0").replace("/", "~1"))
    if not isinstance(kind, str) or kind not in _META_TYPES:
        return f"json_extract({META_COLUMN}, {pointer})"
    return f"TRY_CAST(json_extract_string({META_COLUMN}, {pointer}) AS {_META_TYPES[kind]})"


def _call(kind: str, addresses: Sequence[str], options: Mapping[str, Any]) -> str:
    function, allowed = _READERS[kind]
    if unknown := options.keys() - allowed - {"sheet"}:
        raise QueryStopped(
            "refused", f"{kind} files have no option {min(unknown)}; they have: {', '.join(sorted(allowed)) or 'none'}"
        )
    given = {**_FIXED.get(kind, {}), **{name: value for name, value in options.items() if name in allowed}}
    shared: dict[str, Any] = {"hive_partitioning": True, "hive_types_autocast": False, "union_by_name": True}
    if function == "read_csv":
        shared["buffer_size"] = CSV_BUFFER_BYTES
    named = ", ".join(f"{name} = {literal(value)}" for name, value in {**shared, **given}.items())
    return f"{function}({text_list(addresses)}, {named})"


def _read_tables(
    package_files: PackageFiles, kind: str, files: Sequence[QueryFile], options: Mapping[str, Any]
) -> pa.Table:
    tables: list[pa.Table] = []
    for file in files:
        opened = _TABLES[kind](package_files.section(file), options.get("sheet"))
        names = [column.name for column in opened.columns]
        schema = pa.schema([(column.name, column.arrow_type) for column in opened.columns])
        batches: list[pa.RecordBatch] = []
        for batch in opened.batches(range(len(names))):
            values = [opened.values(index, array) for index, array in enumerate(batch.columns)]
            batches.append(pa.record_batch(values, schema=schema))
            held = sum(each.nbytes for each in batches) + sum(each.nbytes for each in tables)
            if held > MAX_TABLE_BYTES:
                raise QueryStopped(
                    "limit",
                    f"{kind} files are read whole, and these are too large together. Convert them to Parquet",
                    "memory",
                )
        table = pa.Table.from_batches(batches) if batches else schema.empty_table()
        for column, value in file.columns.items():
            table = table.append_column(column, pa.array([value] * table.num_rows, pa.string()))
        tables.append(table)
    return pa.concat_tables(tables, promote_options="permissive")
