"""Results in the worker: written as Parquet while rows come, read by pages, and turned into other formats."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.ipc as pa_ipc
import pyarrow.parquet as pq
import pyarrow.types as pt
from typing_extensions import override

from shared.queries.result_parts import (
    MAX_FIRST_ROWS,
    ExportArguments,
    ResultColumn,
    ResultHead,
    RowCount,
    encode_content,
    encode_part,
)
from shared.readers.errors import UnreadableFile
from shared.readers.queries import RowsQuery
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_rows
from shared.readers.tables.engine.cells import CellWriter
from shared.readers.tables.engine.table import typed_column
from shared.readers.tables.parquet import ParquetTable

ROW_GROUP_ROWS = 65_536
ROW_GROUP_BYTES = 32 << 20
_PART_BYTES = 1 << 20
_MAX_FIRST_BYTES = 512 << 10
"""Bytes of the first rows as JSON."""
_EXPORT_ROWS = 8_192

Send = Callable[[bytes], None]


class ResultWriter:
    """Sends a result as parts (`shared.queries.result_parts`)."""

    def __init__(self, schema: pa.Schema, send: Send) -> None:
        """Raises UnreadableFile when Parquet has no type for a column."""
        self.rows = 0
        self._schema = schema
        self._send = send
        self._columns = [_described(field) for field in schema]
        self._first: list[list[Any]] = []
        self._first_bytes = 0
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._sink = _SentFile(send)
        _require_parquet(schema)
        self._parquet = pq.ParquetWriter(self._sink, schema, compression="zstd")
        send(encode_part(ResultHead(self._columns)))

    @property
    def sent_bytes(self) -> int:
        """Size of the Parquet file up to now, with the rows that wait to be written at their size in memory."""
        return self._sink.position + self._waiting_bytes

    def write(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        self._show(batch)
        self.rows += batch.num_rows
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        self._waiting_bytes += batch.nbytes
        if self._waiting_rows >= ROW_GROUP_ROWS or self._waiting_bytes >= ROW_GROUP_BYTES:
            self._write_group()
        self._send(encode_part(RowCount(self.rows)))

    def close(self) -> None:
        self._write_group()
        self._parquet.close()
        self._sink.flush_all()

    def _show(self, batch: pa.RecordBatch) -> None:
        left = MAX_FIRST_ROWS - len(self._first)
        if left <= 0 or self._first_bytes > _MAX_FIRST_BYTES:
            return
        for row in _json_rows(batch.slice(0, left)):
            self._first_bytes += len(orjson.dumps(row))
            if self._first_bytes > _MAX_FIRST_BYTES and self._first:
                break
            self._first.append(row)
        self._send(encode_part(ResultHead(self._columns, self._first)))

    def _write_group(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting, self._schema)
            self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0
            self._parquet.write_table(table, row_group_size=ROW_GROUP_ROWS)


def page(source: RangeSource, query: RowsQuery) -> bytes:
    """A page of the rows of a stored result, as JSON. Raises UnreadableFile for a query that does not fit the result."""
    found = table_rows(ParquetTable(source), query)
    return found if isinstance(found, bytes) else found.model_dump_json().encode()


def export(source: RangeSource, wanted: ExportArguments, send: Send) -> int:
    """Send a stored result in another format, and return the number of its rows."""
    file = pq.ParquetFile(SourceFile(source), pre_buffer=False, buffer_size=_PART_BYTES)
    batches = file.iter_batches(batch_size=_EXPORT_ROWS, use_threads=False)
    match wanted.format:
        case "csv":
            parts = _csv(file.schema_arrow, batches)
        case "jsonl":
            parts = _jsonl(batches)
        case "arrow":
            parts = _arrow(file.schema_arrow, batches)
        case _:
            raise UnreadableFile(f"There is no format {wanted.format}")
    sink = _SentFile(send, frame=bytes)
    for part in parts:
        sink.write(part)
    sink.flush_all()
    return int(file.metadata.num_rows)


def _csv(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """As RFC 4180 has it, with quotes where they are needed. NULL is empty."""
    yield _csv_lines([schema.names])
    for batch in batches:
        columns = [[_csv_cell(value) for value in column] for column in _plain_columns(batch)]
        yield _csv_lines(zip(*columns, strict=True))


def _csv_lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _csv_cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() | dict():
            return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
        case _:
            return value


def _jsonl(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    for batch in batches:
        names = batch.schema.names
        rows = zip(*_plain_columns(batch), strict=True)
        yield b"".join(orjson.dumps(dict(zip(names, row, strict=True)), option=option) for row in rows)


def _arrow(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    sink = io.BytesIO()
    with pa_ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()


def _plain_columns(batch: pa.RecordBatch) -> list[list[Any]]:
    """Values of the columns as JSON has them, and not cut. Integers stay exact."""
    writer = CellWriter(max_characters=1 << 62, max_items=1 << 62)
    return [
        column.to_pylist() if pt.is_integer(column.type) or pt.is_floating(column.type) else writer.write(column)
        for column in batch.columns
    ]


def _json_rows(batch: pa.RecordBatch) -> Iterator[list[Any]]:
    writer = CellWriter()
    columns = [writer.write(column) for column in batch.columns]
    return (list(row) for row in zip(*columns, strict=True))


def _described(field: pa.Field) -> ResultColumn:
    column = typed_column(field.name, field.type)
    return ResultColumn(column.name, column.type, column.source_type)


def _require_parquet(schema: pa.Schema) -> None:
    for field in schema:
        try:
            pq.ParquetWriter(io.BytesIO(), pa.schema([field])).close()
        except (pa.ArrowException, NotImplementedError) as error:
            raise UnreadableFile(
                f"The column {field.name} has the type {field.type}, which a result cannot hold. Cast it: {field.name}::VARCHAR"
            ) from error


class _SentFile(io.RawIOBase):
    """A file that is sent as it is written."""

    def __init__(self, send: Send, frame: Callable[[bytes], bytes] = encode_content) -> None:
        super().__init__()
        self.position = 0
        self._send = send
        self._frame = frame
        self._waiting = bytearray()

    @override
    def writable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self.position

    @override
    def write(self, content: Any) -> int:
        view = memoryview(content).cast("B")
        self._waiting += view
        self.position += len(view)
        if len(self._waiting) >= _PART_BYTES:
            self.flush_all()
        return len(view)

    def flush_all(self) -> None:
        if self._waiting:
            self._send(self._frame(bytes(self._waiting)))
            self._waiting.clear()
