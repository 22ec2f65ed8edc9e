"""Runs a statement over files of packages, with DuckDB. It reads nothing but these files, and writes nothing."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.ipc as pa_ipc

from shared.queries.package_files import PackageFiles, address_of
from shared.queries.statements import table_of
from shared.queries.types import (
    PACKAGE_COLUMNS,
    QueryEnd,
    QueryFile,
    QuerySource,
    RunArguments,
    StatementProblem,
)
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SectionSource, SourceError, SourceFile
from shared.readers.tables.arrow import ArrowFileTable
from shared.readers.tables.engine.table import Table
from shared.readers.tables.spreadsheet import SheetTable

BATCH_ROWS = 8_192
"""Rows that are sent together."""
MAX_TABLE_BYTES = 256 << 20
"""Memory for the tables of files that DuckDB does not read itself."""
THREADS = 2

_READERS: dict[str, tuple[str, frozenset[str]]] = {
    ".parquet": ("read_parquet", frozenset()),
    ".csv": ("read_csv", frozenset({"header", "delim", "quote", "escape", "skip", "nullstr", "all_varchar"})),
    ".tsv": ("read_csv", frozenset({"header", "delim", "quote", "escape", "skip", "nullstr", "all_varchar"})),
    ".txt": ("read_csv", frozenset({"header", "delim", "quote", "escape", "skip", "nullstr", "all_varchar"})),
    ".jsonl": ("read_json", frozenset()),
    ".ndjson": ("read_json", frozenset()),
    ".json": ("read_json", frozenset()),
}
"""DuckDB's function for a suffix, and the options that a call may give it."""
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
_CONFIGURATION: dict[str, Any] = {
    "threads": THREADS,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "preserve_insertion_order": True,
    "max_expression_depth": 250,
}

_ADDRESS = re.compile(r"pkg://\S*?\$logical_key=([^/\s]*)/[^\s\"']*")
MAX_PROBLEM_CHARACTERS = 2_000

Send = Callable[[bytes], None]


class QueryStopped(Exception):
    """The answer is a problem."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def open_engine(memory_bytes: int, files: PackageFiles | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory. Its settings are locked by `lock_engine`."""
    connection = duckdb.connect(":memory:", config={**_CONFIGURATION, "memory_limit": f"{memory_bytes >> 20}MiB"})
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    if files is not None:
        connection.register_filesystem(files)
    return connection


def lock_engine(connection: duckdb.DuckDBPyConnection, addresses: Sequence[str] = ()) -> None:
    """From now on only these addresses can be read, and no setting changed."""
    connection.execute(f"SET allowed_paths = {_text_list(addresses)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def run_statement(source: RangeSource, arguments: RunArguments, send: Send) -> QueryEnd | StatementProblem:
    """Send the rows as Arrow streams, each with its schema."""
    offset, size = arguments.sources
    sources = msgspec.msgpack.decode(source.read(offset, size), type=list[QuerySource])
    try:
        with _loaded(source, sources, arguments.memory_bytes) as connection:
            return _send_rows(connection, arguments, send)
    except QueryStopped as stop:
        return StatementProblem(stop.kind, str(stop))
    except duckdb.OutOfMemoryException:
        return StatementProblem(
            "limit", "The query needs more memory than there is for it. Read fewer columns, or group first"
        )
    except UnreadableFile as error:
        return StatementProblem("failed", str(error))
    except duckdb.Error as error:
        if _is_source_error(error):
            raise SourceError(str(error)) from error
        return StatementProblem("failed", _explained(error))


def _is_source_error(error: BaseException | None) -> bool:
    """DuckDB makes a text of an error of the file system."""
    return "SourceError" in str(error) or isinstance(error.__cause__ if error else None, SourceError)


def _explained(error: duckdb.Error) -> str:
    """DuckDB's own words about the caller's files and columns, without those about the statement that was made of theirs."""
    text = str(error).partition("\n\nLINE ")[0]
    return _ADDRESS.sub(lambda found: unquote(found[1]), text)[:MAX_PROBLEM_CHARACTERS]


@contextmanager
def _loaded(
    source: RangeSource, sources: Sequence[QuerySource], memory_bytes: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The engine with a table for each source."""
    files = PackageFiles()
    connection = open_engine(memory_bytes, files)
    try:
        addresses: list[str] = []
        number = 0
        for each in sources:
            named = {address_of(number + at, file): file for at, file in enumerate(each.files)}
            number += len(named)
            files.add({address: SectionSource(source, file.offset, file.size) for address, file in named.items()})
            addresses += named
            _add_source(connection, source, each, named)
        lock_engine(connection, addresses)
        yield connection
    finally:
        connection.close()


def _add_source(
    connection: duckdb.DuckDBPyConnection, source: RangeSource, wanted: QuerySource, files: Mapping[str, QueryFile]
) -> None:
    name = table_of(wanted.ordinal)
    if wanted.table is not None:
        with pa_ipc.open_stream(SourceFile(SectionSource(source, *wanted.table))) as stream:
            connection.register(name, stream.read_all())
        return
    parts: list[str] = []
    by_kind: dict[str, list[str]] = {}
    for address, file in files.items():
        by_kind.setdefault(_kind_of(file.logical_key), []).append(address)
    for kind, addresses in by_kind.items():
        if kind in _TABLES:
            table = f"{name}_{kind[1:]}"
            connection.register(table, _read_tables(source, kind, [files[each] for each in addresses], wanted.options))
            parts.append(f'SELECT * FROM "{table}"')  # noqa: S608 – own names
        else:
            parts.append(f"SELECT * FROM {_call(kind, addresses, wanted.options)}")  # noqa: S608 – made of own texts
    if not parts:
        columns = ", ".join(f"NULL::VARCHAR AS {_quoted(column)}" for column in PACKAGE_COLUMNS)
        parts.append(f"SELECT {columns} WHERE false")
    connection.execute(f"CREATE TEMP VIEW {name} AS {' UNION ALL BY NAME '.join(parts)}")


def _kind_of(logical_key: str) -> str:
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


def _call(kind: str, addresses: Sequence[str], options: Mapping[str, Any]) -> str:
    function, allowed = _READERS[kind]
    if unknown := options.keys() - allowed - {"sheet"}:
        raise QueryStopped(
            "refused", f"{kind} files have no option {min(unknown)}; they have: {', '.join(sorted(allowed)) or 'none'}"
        )
    given = {**_FIXED.get(kind, {}), **{name: value for name, value in options.items() if name in allowed}}
    shared = {"hive_partitioning": True, "hive_types_autocast": False, "union_by_name": True}
    named = ", ".join(f"{name} = {_literal(value)}" for name, value in {**shared, **given}.items())
    return f"{function}({_text_list(addresses)}, {named})"


def _read_tables(source: RangeSource, kind: str, files: Sequence[QueryFile], options: Mapping[str, Any]) -> pa.Table:
    tables: list[pa.Table] = []
    for file in files:
        opened = _TABLES[kind](SectionSource(source, file.offset, file.size), options.get("sheet"))
        names = [column.name for column in opened.columns]
        schema = pa.schema([(column.name, column.arrow_type) for column in opened.columns])
        batches: list[pa.RecordBatch] = []
        for batch in opened.batches(range(len(names))):
            values = [opened.values(index, array) for index, array in enumerate(batch.columns)]
            batches.append(pa.record_batch(values, schema=schema))
            held = sum(each.nbytes for each in batches) + sum(each.nbytes for each in tables)
            if held > MAX_TABLE_BYTES:
                raise QueryStopped(
                    "limit", f"{kind} files are read whole, and these are too large together. Convert them to Parquet"
                )
        table = pa.Table.from_batches(batches) if batches else schema.empty_table()
        described = (file.package, file.logical_key, file.physical_key, file.top_hash)
        for column, value in zip(PACKAGE_COLUMNS, described, strict=True):
            table = table.append_column(column, pa.array([value] * table.num_rows, pa.string()))
        tables.append(table)
    return pa.concat_tables(tables, promote_options="permissive")


def _send_rows(connection: duckdb.DuckDBPyConnection, arguments: RunArguments, send: Send) -> QueryEnd:
    values = {name: bound.unbound for name, bound in arguments.parameters.items()}
    reader = connection.sql(arguments.sql, params=values).to_arrow_reader(BATCH_ROWS)
    rows, sent_bytes, is_cut = 0, 0, False
    send(_stream(reader.schema, []))
    for batch in reader:
        if rows + batch.num_rows > arguments.max_rows:
            batch, is_cut = batch.slice(0, arguments.max_rows - rows), True  # noqa: PLW2901 – the rest is not wanted
        rows += batch.num_rows
        content = _stream(reader.schema, [batch])
        sent_bytes += len(content)
        if sent_bytes > arguments.max_result_bytes:
            raise QueryStopped(
                "limit", f"The result has more than {arguments.max_result_bytes:,} bytes. Ask for fewer rows or columns"
            )
        if batch.num_rows:
            send(content)
        if is_cut:
            break
    return QueryEnd(rows, is_cut, [(field.name, str(field.type)) for field in reader.schema])


def _stream(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> bytes:
    sink = io.BytesIO()
    with pa_ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def _text_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(_literal(text) for text in texts)}]"
