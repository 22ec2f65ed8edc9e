"""Arrow IPC files, which Feather is, too, and Arrow streams."""

import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.ipc as pa_ipc
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.engine.table import BATCH_ROWS, Table, projected, typed_column

MAX_BATCH_BYTES = 192 << 20
_MAX_FOOTER_BYTES = 32 << 20
_MAX_COUNTED_BATCHES = 2_000
_MAGIC = b"ARROW1"
_MAX_METADATA_CHARACTERS = 2_000


class _Block(NamedTuple):
    """Place of a record batch in a file."""

    offset: int
    metadata_bytes: int
    body_bytes: int


class ArrowFileTable(Table):
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self._blocks = _blocks(source)
        self._schema = pa_ipc.open_file(SourceFile(source)).schema
        counted = len(self._blocks) <= _MAX_COUNTED_BATCHES
        self._rows = [_rows_of(source, block) for block in self._blocks] if counted else None
        super().__init__(
            format="arrow",
            columns=[typed_column(field.name, field.type) for field in self._schema],
            total=None if self._rows is None else sum(self._rows),
            details=_details(self._schema) | {"record_batches": len(self._blocks)},
        )

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        chosen = sorted(set(columns))
        reader = pa_ipc.open_file(
            SourceFile(self._source), options=pa_ipc.IpcReadOptions(included_fields=chosen, use_threads=False)
        )
        places = [chosen.index(column) for column in columns]
        for index, block in enumerate(self._blocks):
            if self._rows is not None and offset >= self._rows[index]:
                offset -= self._rows[index]
                continue
            if block.body_bytes > MAX_BATCH_BYTES:
                raise UnreadableFile(
                    f"A record batch has {block.body_bytes >> 20} MiB; at most {MAX_BATCH_BYTES >> 20} MiB can be read"
                )
            batch = reader.get_batch(index)
            if self._rows is not None and batch.num_rows != self._rows[index]:
                raise UnreadableFile("A record batch has another number of rows than it says")
            yield from _parts(projected(batch, places), offset)
            offset = max(offset - batch.num_rows, 0)


class ArrowStreamTable(Table):
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self._schema = pa_ipc.open_stream(SourceFile(source)).schema
        super().__init__(
            format="arrow",
            columns=[typed_column(field.name, field.type) for field in self._schema],
            total=None,
            details=_details(self._schema),
            sequential=True,
        )

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        for batch in pa_ipc.open_stream(SourceFile(self._source)):
            yield from _parts(projected(batch, columns), offset)
            offset = max(offset - batch.num_rows, 0)


def _parts(batch: pa.RecordBatch, offset: int) -> Iterator[pa.RecordBatch]:
    batch.validate(full=True)  # offsets of strings and lists may lead anywhere
    for start in range(offset, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _details(schema: pa.Schema) -> dict[str, Any]:
    found: dict[str, Any] = {"columns": len(schema)}
    if schema.metadata:
        found["metadata"] = {
            key.decode("utf-8", "replace"): value.decode("utf-8", "replace")[:_MAX_METADATA_CHARACTERS]
            for key, value in schema.metadata.items()
        }
    return found


def _blocks(source: RangeSource) -> list[_Block]:
    """The record batches that the footer of a file lists: a table of FlatBuffers, whose fourth field they are."""
    tail = source.read(max(source.size - 10, 0), 10)
    if tail[4:] != _MAGIC:
        raise UnreadableFile("The end of this Arrow file is missing")
    length = int.from_bytes(tail[:4], "little", signed=True)
    if not 0 < length <= min(source.size - 18, _MAX_FOOTER_BYTES):
        raise UnreadableFile("The footer of this Arrow file has an impossible length")
    footer = source.read(source.size - 10 - length, length)
    try:
        start = _field(footer, _root(footer), 3)
        if start is None:
            return []
        vector = start + _number("<I", footer, start)
        count = _number("<I", footer, vector)
        if vector + 4 + 24 * count > len(footer):
            raise UnreadableFile("The footer of this Arrow file lists more record batches than it holds")
        blocks = [_Block(*struct.unpack_from("<qi4xq", footer, vector + 4 + 24 * index)) for index in range(count)]
    except struct.error as error:
        raise UnreadableFile("The footer of this Arrow file is damaged") from error
    if any(min(block) < 0 or sum(block) > source.size for block in blocks):
        raise UnreadableFile("The footer of this Arrow file names places outside the file")
    return blocks


def _rows_of(source: RangeSource, block: _Block) -> int:
    """The length of a record batch: the first field of the header, which is the third of its message."""
    message = source.read(block.offset, min(block.metadata_bytes, 4096))
    start = 8 if message[:4] == b"\xff\xff\xff\xff" else 4
    message = message[start:]
    try:
        place = _field(message, _root(message), 2)
        header = None if place is None else place + _number("<I", message, place)
        length = None if header is None else _field(message, header, 0)
        rows = 0 if length is None else _number("<q", message, length)
    except struct.error as error:
        raise UnreadableFile("A record batch of this Arrow file is damaged") from error
    if rows < 0:
        raise UnreadableFile("A record batch of this Arrow file is damaged")
    return rows


def _root(buffer: bytes) -> int:
    return _number("<I", buffer, 0)


def _field(buffer: bytes, table: int, index: int) -> int | None:
    """Place of a field of a FlatBuffers table."""
    vtable = table - _number("<i", buffer, table)
    if vtable < 0 or 4 + 2 * index >= _number("<H", buffer, vtable):
        return None
    offset = _number("<H", buffer, vtable + 4 + 2 * index)
    return table + offset if offset else None


def _number(code: str, buffer: bytes, place: int) -> int:
    found: int = struct.unpack_from(code, buffer, place)[0]
    return found


def _open(source: RangeSource, _name: str, _table: str | None) -> Table:
    head = source.read(0, 8)
    if head.startswith(b"FEA1"):
        raise UnreadableFile("Version 1 of Feather is not read; write the file again with a newer version")
    return ArrowFileTable(source) if head.startswith(_MAGIC) else ArrowStreamTable(source)


READER = table_reader("arrow", 1, _open)


def warm_up() -> None:
    """Let the libraries load what they load at first use."""
    sample = pa.table({"number": [1, 2], "text": pa.array(["a", "b"]).dictionary_encode()})
    for writer_of in (pa_ipc.new_file, pa_ipc.new_stream):
        sink = BytesIO()
        with writer_of(sink, sample.schema, options=pa_ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(sample)
        warm_up_reader(READER, sink.getvalue(), "number")
