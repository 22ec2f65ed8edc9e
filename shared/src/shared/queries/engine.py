"""Runs a statement over files of packages, with DuckDB. It reads nothing but these files, and writes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import duckdb
import msgspec

from shared.queries.errors import QueryStopped, batches_of, problem_of
from shared.queries.file_sections import SectionedSource
from shared.queries.package_files import PackageFiles
from shared.queries.result_parts import EngineProgress, encode_part
from shared.queries.sending import BATCH_ROWS, RowSender, Send
from shared.queries.sources import add_files, add_stream
from shared.queries.sql_text import text_list
from shared.queries.statements import table_of
from shared.queries.tabulator import add_tabulated
from shared.queries.types import QueryEnd, QuerySource, RunArguments, StatementProblem
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource

THREADS = 2
PREFETCH_GAP_BYTES = 256 << 10
"""Bytes between two wanted columns up to which both are fetched by one read. The engine's own choice fetches nearly whole files."""
PROGRESS_SECONDS = 0.5

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


def open_engine(memory_bytes: int, files: PackageFiles | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory. Its settings are locked by `lock_engine`."""
    connection = duckdb.connect(":memory:", config={**_CONFIGURATION, "memory_limit": f"{memory_bytes >> 20}MiB"})
    connection.execute("SET enable_progress_bar = true")  # so that it measures
    connection.execute("SET enable_progress_bar_print = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET parquet_prefetch_column_gap = {PREFETCH_GAP_BYTES}")
    if files is not None:
        connection.register_filesystem(files)
    return connection


def lock_engine(connection: duckdb.DuckDBPyConnection, addresses: Sequence[str] = ()) -> None:
    """From now on only these addresses can be read, and no setting changed."""
    connection.execute(f"SET allowed_paths = {text_list(addresses)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def loaded_engine(
    source: RangeSource, sources: Sequence[QuerySource], memory_bytes: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The engine with a table for each source, locked. Raises QueryStopped, UnreadableFile and errors of DuckDB."""
    files = PackageFiles(source)
    connection = open_engine(memory_bytes, files)
    try:
        for wanted in sources:
            table = table_of(wanted.ordinal)
            if wanted.table is not None:
                add_stream(connection, table, SectionedSource(source).section(*wanted.table))
            elif wanted.definition is not None:
                add_tabulated(connection, files, table, wanted.files, wanted.definition)
            else:
                add_files(connection, files, table, wanted)
        lock_engine(connection, files.addresses)
        yield connection
    finally:
        connection.close()


def run_statement(source: RangeSource, arguments: RunArguments, send: Send) -> QueryEnd | StatementProblem:
    """Send the rows as Arrow streams, each with its schema."""
    [encoded] = SectionedSource(source).read_all([arguments.sources])
    sources = msgspec.msgpack.decode(encoded, type=list[QuerySource])
    try:
        with loaded_engine(source, sources, arguments.memory_bytes) as connection:
            return _send_rows(connection, arguments, send)
    except (QueryStopped, UnreadableFile, duckdb.Error) as error:
        return problem_of(error)


@contextmanager
def _reported_progress(connection: duckdb.DuckDBPyConnection, send: Send, *, is_wanted: bool) -> Iterator[None]:
    """Send the engine's estimates while a statement runs."""
    is_ended = Event()

    def report() -> None:
        last = 0.0
        while not is_ended.wait(PROGRESS_SECONDS):
            share = min(1.0, connection.query_progress() / 100)  # it is negative when the engine cannot tell
            if share > last:
                last = share
                send(encode_part(EngineProgress(share)))

    thread = Thread(target=report, daemon=True)
    if is_wanted:
        thread.start()
    try:
        yield
    finally:
        is_ended.set()
        if is_wanted:
            thread.join()


def _send_rows(connection: duckdb.DuckDBPyConnection, arguments: RunArguments, send: Send) -> QueryEnd:
    values = {name: bound.unbound for name, bound in arguments.parameters.items()}
    reader = connection.sql(arguments.sql, params=values).to_arrow_reader(BATCH_ROWS)
    sender = RowSender(reader.schema, send, arguments)
    with _reported_progress(connection, send, is_wanted=arguments.is_stored):
        for batch in batches_of(reader):
            sender.take(batch)
            if sender.is_cut:
                break
    sender.close()
    return QueryEnd(sender.rows, sender.is_cut, sender.columns)
