"""Answers of all readers of tables: preview, rows, statistics, texts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import pyarrow as pa

from shared.readers.errors import UnreadableFile
from shared.readers.queries import ArrowFileQuery, PreviewOptions, RecordsQuery, RowsQuery
from shared.readers.registry import ArrowFile, Reader, blank
from shared.readers.source import BytesSource, RangeSource
from shared.readers.tables.engine.arrays import plain_type
from shared.readers.tables.engine.cells import MAX_CELL_CHARACTERS, CellWriter
from shared.readers.tables.engine.conditions import parse_conditions
from shared.readers.tables.engine.matching import MatchingBatches
from shared.readers.tables.engine.selection import select_rows
from shared.readers.tables.engine.statistics import ColumnTally, missing_histograms, numbers_of, summarize
from shared.readers.tables.engine.table import Table
from shared.schemas.previews import RowsPage, TablePreview, TableStatistics

MAX_ROWS = 1_000
MAX_ROWS_BYTES = 4 << 20
MAX_ARROW_BYTES = 16 << 20
MAX_RECORDS = 100_000
MAX_RECORDS_BYTES = 24 << 20
MAX_SHOWN_COLUMNS = 1_000
MAX_STATISTICS_COLUMNS = 200
_SLICE_ROWS = 50
_FILE_BATCH_ROWS = 250


def table_reader(name: str, version: int, open_table: Callable[[RangeSource, str, str | None], Table]) -> Reader:
    """`open_table` takes a source, its name, and the name of one of its tables."""

    def preview(source: RangeSource, key: str, options: PreviewOptions) -> TablePreview:
        with _memory_given_back():
            return preview_table(open_table(source, key, options.table), options)

    def rows(source: RangeSource, key: str, query: RowsQuery) -> RowsPage | bytes:
        with _memory_given_back():
            return table_rows(open_table(source, key, query.table), query)

    def statistics(source: RangeSource, key: str, query: RowsQuery) -> TableStatistics:
        with _memory_given_back():
            return table_statistics(open_table(source, key, query.table), query)

    def arrow_file(source: RangeSource, key: str, query: ArrowFileQuery) -> ArrowFile:
        with _memory_given_back():
            return table_arrow_file(open_table(source, key, query.table), query)

    def records(source: RangeSource, key: str, query: RecordsQuery) -> bytes:
        with _memory_given_back():
            return table_records(open_table(source, key, query.table), query)

    def texts(source: RangeSource, key: str, max_bytes: int) -> str:
        with _memory_given_back():
            return table_text(open_table(source, key, None), max_bytes)

    return Reader(
        name,
        version,
        "tables",
        preview,
        rows=rows,
        statistics=statistics,
        arrow_file=arrow_file,
        records=records,
        texts=texts,
    )


@contextmanager
def _memory_given_back() -> Iterator[None]:
    """A worker that waits for the next file holds little memory."""
    try:
        yield
    finally:
        pa.default_memory_pool().release_unused()


def warm_up_reader(reader: Reader, content: bytes, column: str) -> None:
    """Run all operations on a sample, so that everything that is loaded late is loaded."""
    assert reader.rows  # noqa: S101 – table_reader sets all
    assert reader.statistics  # noqa: S101 – the same
    reader.preview(BytesSource(content), "sample", PreviewOptions())
    reader.statistics(BytesSource(content), "sample", RowsQuery())
    for query in (
        RowsQuery(sort=[f"-{column}"], where=[(column, "!=", "0")]),
        RowsQuery(where=[(column, "contains", "1")], arrow=True),
    ):
        reader.rows(BytesSource(content), "sample", query)
    if reader.records:
        reader.records(BytesSource(content), "sample", RecordsQuery(columns=[column]))
    if reader.arrow_file:
        reader.arrow_file(BytesSource(content), "sample", ArrowFileQuery())


def preview_table(table: Table, options: PreviewOptions) -> TablePreview:
    columns = list(range(min(len(table.columns), MAX_SHOWN_COLUMNS)))
    max_rows = max(0, min(options.max_rows, MAX_ROWS))
    page = _Page(table, columns, max_rows, options.max_bytes)
    is_at_end = True
    for batch in table.batches(columns, batch_rows=max_rows + 1):
        page.add(batch)
        if page.is_full and not (table.total is None and table.counts_rows):
            is_at_end = False
            break
    total = page.seen if table.total is None and is_at_end and not table.truncated else table.total
    complete = total is not None and len(page.rows) == total and len(columns) == len(table.columns) and not page.has_cut
    return TablePreview(
        **blank(complete=complete, notes=[*table.notes, *page.notes()]),
        format=table.format,
        columns=[table.columns[column].described() for column in columns],
        rows=page.rows,
        total=total,
        tables=table.tables,
        table=table.table,
        details=table.details,
    )


def table_rows(table: Table, query: RowsQuery) -> RowsPage | bytes:
    """Raises UnreadableFile for a query that does not fit the table."""
    if query.offset < 0 or not 0 <= query.limit <= MAX_ROWS:
        raise UnreadableFile(f"offset must not be negative, limit must be at most {MAX_ROWS}")
    columns = _chosen_columns(table, query.columns)
    selection = select_rows(table, query, columns)
    if query.arrow:
        return _arrow_stream(table, columns, selection.batches)
    page = _Page(table, columns, query.limit, MAX_ROWS_BYTES)
    for batch in selection.batches:
        page.add(batch)
    complete = (
        len(page.rows) == selection.total == table.total and len(columns) == len(table.columns) and not page.has_cut
    )
    return RowsPage(
        **blank(complete=complete, notes=[*table.notes, *selection.notes, *page.notes()]),
        columns=[table.columns[column].described() for column in columns],
        rows=page.rows,
        offset=query.offset,
        total=selection.total,
    )


def table_statistics(table: Table, query: RowsQuery) -> TableStatistics:
    """The columns of the query are described, by the rows that satisfy its conditions."""
    columns = _chosen_columns(table, query.columns)[:MAX_STATISTICS_COLUMNS]
    conditions = parse_conditions(table, query.where)
    tallies = [ColumnTally(table, column) for column in columns]
    batches = MatchingBatches(table, columns, conditions, keeps=table.sequential)
    total, answers = summarize(tallies, (batch for _, batch in batches))
    notes = [*table.notes, *(note for tally in tallies for note in tally.notes())]
    _fill_histograms(missing_histograms(tallies, answers), batches)
    if len(columns) < len(query.columns or table.columns):
        notes.append(f"Only the first {len(columns):,} columns are described")
    if conditions:
        notes.append("Only the rows that satisfy the conditions were counted")
    return TableStatistics(
        **blank(complete=not table.truncated, notes=notes),
        total=total,
        columns=[tally.describe(total, answer) for tally, answer in zip(tallies, answers, strict=True)],
    )


def table_records(table: Table, query: RecordsQuery) -> bytes:
    """Raises UnreadableFile for a query that does not fit the table."""
    if query.offset < 0 or not 0 < query.limit <= MAX_RECORDS:
        raise UnreadableFile(f"offset must not be negative, limit must be from 1 to {MAX_RECORDS}")
    columns = _chosen_columns(table, query.columns)
    rows: list[tuple[Any, ...]] = []
    taken = 0
    for batch in table.batches(columns, offset=query.offset):
        part = batch.slice(0, query.limit - len(rows))
        rows += zip(*(_record_values(column) for column in part.columns), strict=True)
        taken += part.nbytes
        if len(rows) == query.limit or taken > MAX_RECORDS_BYTES:
            break
    return orjson.dumps({"total": table.total, "rows": rows}, default=str, option=orjson.OPT_NON_STR_KEYS)


def _record_values(column: pa.Array) -> list[Any]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
    found: list[Any] = column.to_pylist()
    return found


def table_text(table: Table, max_bytes: int) -> str:
    """Names of the columns and the first cells, for the search."""
    columns = list(range(min(len(table.columns), MAX_SHOWN_COLUMNS)))
    parts = [" ".join(table.columns[column].name for column in columns)]
    size = len(parts[0])
    for batch in table.batches(columns, batch_rows=MAX_ROWS):
        for row in _rows_of(table, columns, batch, CellWriter(max_items=20)):
            line = " ".join(_words(cell) for cell in row if cell is not None)
            parts.append(line)
            size += len(line) + 1
            if size >= max_bytes:
                return "\n".join(parts)
    return "\n".join(parts)


def _words(cell: Any) -> str:
    return cell if isinstance(cell, str) else orjson.dumps(cell).decode()


def _chosen_columns(table: Table, names: list[str] | None) -> list[int]:
    if not names:
        return list(range(min(len(table.columns), MAX_SHOWN_COLUMNS)))
    if len(names) > MAX_SHOWN_COLUMNS:
        raise UnreadableFile(f"At most {MAX_SHOWN_COLUMNS} columns are possible")
    return [table.find_column(name) for name in names]


class _Page:
    """Rows of an answer, as far as they fit."""

    def __init__(self, table: Table, columns: list[int], max_rows: int, max_bytes: int) -> None:
        self.rows: list[list[Any]] = []
        self.seen = 0
        self._table = table
        self._columns = columns
        self._max_rows = max_rows
        self._left = max_bytes
        characters = max(64, min(MAX_CELL_CHARACTERS, max_bytes // max(len(columns), 1) // 2))
        self._writer = CellWriter(characters)

    @property
    def is_full(self) -> bool:
        return self.seen > len(self.rows)

    @property
    def has_cut(self) -> bool:
        return self._writer.has_cut

    def add(self, batch: pa.RecordBatch) -> None:
        self.seen += batch.num_rows
        wanted = batch.slice(0, self._max_rows - len(self.rows)) if self._left > 0 else batch.slice(0, 0)
        for row in _rows_of(self._table, self._columns, wanted, self._writer):
            self._left -= len(orjson.dumps(row)) + 1
            if self._left < 0 and self.rows:
                self._left = -1
                return
            self.rows.append(row)

    def notes(self) -> list[str]:
        found = []
        if self._left < 0:
            found.append(f"Only {len(self.rows):,} rows fit into this answer")
        if self._writer.has_cut:
            found.append("Long values are cut; they end with …")
        if len(self._columns) < len(self._table.columns) and len(self._columns) == MAX_SHOWN_COLUMNS:
            found.append(f"The first {MAX_SHOWN_COLUMNS:,} of {len(self._table.columns):,} columns are shown")
        return found


def _rows_of(table: Table, columns: Sequence[int], batch: pa.RecordBatch, writer: CellWriter) -> Iterator[list[Any]]:
    for start in range(0, batch.num_rows, _SLICE_ROWS):
        part = batch.slice(start, _SLICE_ROWS)
        cells = [table.cells(column, part.column(index), writer) for index, column in enumerate(columns)]
        yield from map(list, zip(*cells, strict=True))


def _fill_histograms(tallies: list[ColumnTally], batches: MatchingBatches) -> None:
    if tallies:
        for batch in batches.only([tally.column for tally in tallies]):
            for index, tally in enumerate(tallies):
                if tally.histogram:
                    tally.histogram.add(numbers_of(tally.values(batch.column(index))))


def _arrow_stream(table: Table, columns: list[int], batches: Iterable[pa.RecordBatch]) -> bytes:
    schema = pa.schema([pa.field(table.columns[column].name, table.columns[column].arrow_type) for column in columns])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            for start in range(0, batch.num_rows, _SLICE_ROWS):
                part = batch.slice(start, _SLICE_ROWS)
                arrays = [table.values(column, part.column(index)) for index, column in enumerate(columns)]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
                if sink.tell() > MAX_ARROW_BYTES:
                    break
            if sink.tell() > MAX_ARROW_BYTES:
                break
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def table_arrow_file(table: Table, query: ArrowFileQuery) -> ArrowFile:
    """Values that not all programs know, such as lists and decimals, are texts."""
    columns = list(range(min(len(table.columns), MAX_SHOWN_COLUMNS)))
    kinds = [_known_type(table.columns[column].arrow_type) for column in columns]
    schema = pa.schema(
        [pa.field(table.columns[column].name, kind or pa.string()) for column, kind in zip(columns, kinds, strict=True)]
    )
    max_bytes = min(query.max_bytes, MAX_ARROW_BYTES)
    writer = CellWriter()
    sink = pa.BufferOutputStream()
    rows, is_cut = 0, len(columns) < len(table.columns)
    with pa.ipc.new_file(sink, schema) as file:
        for part in _parts(table.batches(columns, batch_rows=query.max_rows + 1)):
            arrays = [
                table.values(column, part.column(index)).cast(kind)
                if kind
                else _as_texts(table.cells(column, part.column(index), writer))
                for index, (column, kind) in enumerate(zip(columns, kinds, strict=True))
            ]
            made = pa.RecordBatch.from_arrays(arrays, schema=schema).slice(0, query.max_rows - rows)
            while made.nbytes > max_bytes - sink.tell() and made.num_rows > (0 if rows else 1):
                made = made.slice(0, made.num_rows // 2)
            file.write_batch(made)
            rows += made.num_rows
            if made.num_rows < part.num_rows:
                is_cut = True
                break
    return ArrowFile(sink.getvalue().to_pybytes(), is_cut)


def _parts(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, _FILE_BATCH_ROWS):
            yield batch.slice(start, _FILE_BATCH_ROWS)


def _known_type(kind: pa.DataType) -> pa.DataType | None:
    plain = plain_type(kind)
    if pa.types.is_large_string(plain):
        return pa.string()
    is_known = any(
        check(plain)
        for check in (
            pa.types.is_boolean,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_string,
            pa.types.is_date,
            pa.types.is_timestamp,
        )
    )
    return plain if is_known else None


def _as_texts(cells: list[Any]) -> pa.Array:
    return pa.array([None if cell is None else _words(cell) for cell in cells], pa.string())
