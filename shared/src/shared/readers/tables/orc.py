"""ORC. Stripes are read in the order of their rows."""

import zoneinfo
from collections.abc import Iterator, Sequence
from io import BytesIO

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.orc as pa_orc
from typing_extensions import override

from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.engine.table import Table, projected, typed_column

_BATCH_ROWS = 8_192


class OrcTable(Table):
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        file = pa_orc.ORCFile(SourceFile(source))
        super().__init__(
            format="orc",
            columns=[typed_column(field.name, field.type) for field in file.schema],
            total=file.nrows,
            details={
                "compression": file.compression,
                "stripes": file.nstripes,
                "columns": len(file.schema),
                "written_by": file.software_version,
                "file_version": file.file_version,
            },
        )

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        fragment = ds.OrcFileFormat().make_fragment(SourceFile(self._source))
        names = list(dict.fromkeys(self.columns[column].name for column in columns))
        places = [names.index(self.columns[column].name) for column in columns]
        size = min(max(batch_rows or _BATCH_ROWS, offset, 1), _BATCH_ROWS)
        for batch in fragment.to_batches(
            columns=names, batch_size=size, batch_readahead=0, fragment_readahead=0, use_threads=False
        ):
            if offset >= batch.num_rows:
                offset -= batch.num_rows
                continue
            yield projected(batch, places).slice(offset)
            offset = 0


READER = table_reader("orc", 1, lambda source, _name, _table: OrcTable(source))


def warm_up() -> None:
    """Let the libraries load what they load at first use, among it the time zones that files may name as their writer's."""
    sample = _sample()
    warm_up_reader(READER, sample, "number")
    for zone in sorted(zoneinfo.available_timezones()):
        try:
            pa_orc.ORCFile(BytesIO(_with_time_zone(sample, zone))).read()
        except OSError:  # a file that is no time zone
            continue


def _sample() -> bytes:
    sink = BytesIO()
    # zones are loaded when a time is read
    sample = pa.table({"number": [1, 2], "text": ["a", "b"], "time": pa.array([0, 1], pa.timestamp("ns"))})
    pa_orc.write_table(sample, sink, compression="uncompressed")
    return sink.getvalue()


def _with_time_zone(content: bytes, zone: str) -> bytes:
    """An uncompressed ORC file of one stripe, written in this time zone. Its parts are messages of Protocol Buffers, the last byte is the length of the last."""
    tail = len(content) - 1 - content[-1]
    postscript = _fields(content[tail:-1])
    footer_start = tail - int(_value(postscript, _FOOTER_LENGTH))
    footer = _fields(content[footer_start:tail])
    stripe = _fields(bytes(_value(footer, _STRIPES)))
    stripe_end = sum(int(_value(stripe, number)) for number in _STRIPE_LENGTHS)
    metadata_start = stripe_end + int(_value(stripe, _STRIPE_FOOTER_LENGTH))
    stripe_footer = _message(_changed(_fields(content[stripe_end:metadata_start]), _WRITER_TIME_ZONE, zone.encode()))
    new_stripe = _message(_changed(stripe, _STRIPE_FOOTER_LENGTH, len(stripe_footer)))
    new_footer = _message(_changed(footer, _STRIPES, new_stripe))
    new_postscript = _message(_changed(postscript, _FOOTER_LENGTH, len(new_footer)))
    middle = content[metadata_start:footer_start]
    return b"".join(
        (content[:stripe_end], stripe_footer, middle, new_footer, new_postscript, bytes([len(new_postscript)]))
    )


_FOOTER_LENGTH, _STRIPES, _STRIPE_FOOTER_LENGTH, _WRITER_TIME_ZONE = 1, 3, 4, 3
_STRIPE_LENGTHS = (1, 2, 3)
"""Offset, length of the index, length of the data."""

_Fields = list[tuple[int, int | bytes]]


def _fields(message: bytes) -> _Fields:
    """Numbers and values of the fields of a message that holds integers, byte strings and messages only."""
    found: _Fields = []
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        value, place = _varint(message, place)
        if key & 7:
            found.append((key >> 3, message[place : place + value]))
            place += value
        else:
            found.append((key >> 3, value))
    return found


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place


def _value(fields: _Fields, number: int) -> int | bytes:
    return next(value for field, value in fields if field == number)


def _changed(fields: _Fields, number: int, value: int | bytes) -> _Fields:
    return [(field, value if field == number else old) for field, old in fields]


def _message(fields: _Fields) -> bytes:
    parts = []
    for number, value in fields:
        if isinstance(value, bytes):
            parts += [_encoded(number << 3 | 2), _encoded(len(value)), value]
        else:
            parts += [_encoded(number << 3), _encoded(value)]
    return b"".join(parts)


def _encoded(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
