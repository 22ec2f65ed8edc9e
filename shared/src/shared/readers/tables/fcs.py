"""Events of flow cytometry (FCS): one row for each event, one column for each channel."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource
from shared.readers.tables.engine.answers import table_reader
from shared.readers.tables.engine.table import BATCH_BYTES, BATCH_ROWS, Table, typed_column, unique_names

_MAX_CHANNELS = 2_000
_MAX_TEXT_BYTES = 16 << 20
_MAX_KEYWORDS = 300
_MAX_KEYWORD_CHARACTERS = 500
_BYTE_ORDERS = {"1,2,3,4": "<", "1,2": "<", "4,3,2,1": ">", "2,1": ">"}


class EventTable(Table):
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        text = _keywords(source)
        channels = _integer(text, "par")
        if not 0 < channels <= _MAX_CHANNELS:
            raise UnreadableFile(f"The file says that it has {channels:,} channels")
        self._type = _event_type(text, channels)
        begin, end = _data_segment(source, text)
        rows = min(
            _integer(text, "tot", (end - begin + 1) // self._type.itemsize),
            max(source.size - begin, 0) // self._type.itemsize,
        )
        names = unique_names([text.get(f"p{number}n", f"channel {number}") for number in range(1, channels + 1)])
        self._begin = begin
        self._masks = _masks(text, channels, self._type)
        self._is_little = _BYTE_ORDERS.get(text.get("byteord", "").replace(" ", "")) == "<"
        kinds = [_value_type(self._type[index]) for index in range(channels)]
        super().__init__(
            format="fcs",
            columns=[typed_column(name, pa.from_numpy_dtype(kind)) for name, kind in zip(names, kinds, strict=True)],
            total=rows,
            details={
                "version": source.read(0, 6).decode("ascii", "replace"),
                "channels": [_channel(text, number) for number in range(1, channels + 1)],
                "keywords": {
                    name.upper(): value[:_MAX_KEYWORD_CHARACTERS] for name, value in list(text.items())[:_MAX_KEYWORDS]
                },
            },
        )
        following = text.get("nextdata", "0").strip()
        if following.isdecimal() and int(following) > 0:
            self.add_note("The file holds further data sets; the first is shown")
        if rows < _integer(text, "tot", rows):
            self.truncated = True
            self.add_note(f"The file says that it has {_integer(text, 'tot'):,} events, but holds only {rows:,}")

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        width = self._type.itemsize
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // width, batch_rows or BATCH_ROWS))
        for start in range(offset, self.total or 0, size):
            count = min(size, (self.total or 0) - start)
            block = np.frombuffer(self._source.read(self._begin + start * width, count * width), self._type, count)
            arrays = [self._array(block, column) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, [str(index) for index in range(len(arrays))])

    def _array(self, block: "np.ndarray[Any, Any]", column: int) -> pa.Array:
        values = block[f"f{column}"]
        if values.ndim > 1:
            # three bytes
            low, high = (0, 2) if self._is_little else (2, 0)
            wide = values.astype(np.uint32)
            values = wide[:, low] | wide[:, 1] << 8 | wide[:, high] << 16
        values = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
        mask = self._masks[column]
        return pa.array(values if mask is None else values & mask)


def _keywords(source: RangeSource) -> dict[str, str]:
    """The names, in lower case and without `$`, and values of the text segment: separated by its first byte, which is doubled within a value."""
    header = source.read(0, 58)
    if not header.startswith(b"FCS") or len(header) < 58:
        raise UnreadableFile("The header of this FCS file is damaged")
    begin, end = _place(header[10:18]), _place(header[18:26])
    if not 0 < begin < end < source.size or end - begin > _MAX_TEXT_BYTES:
        raise UnreadableFile("The header of this FCS file names impossible places")
    segment = source.read(begin, end - begin + 1)
    mark, body = segment[:1], segment[1:]
    parts = [part.replace(b"\0", mark) for part in body.replace(mark * 2, b"\0").split(mark)]
    texts = [part.decode("utf-8", "replace").strip() for part in parts]
    return {name.lower().lstrip("$"): value for name, value in zip(texts[::2], texts[1::2], strict=False) if name}


def _place(field: bytes) -> int:
    return int(field) if field.strip().isdigit() else 0


def _integer(text: dict[str, str], name: str, default: int | None = None) -> int:
    value = text.get(name, "" if default is None else str(default)).strip()
    if not value.isdecimal() or len(value) > 18:
        raise UnreadableFile(f"The keyword ${name.upper()} of this FCS file is missing or no number")
    return int(value)


def _event_type(text: dict[str, str], channels: int) -> "np.dtype[Any]":
    kind = text.get("datatype", "").strip().upper()
    order = _BYTE_ORDERS.get(text.get("byteord", "").replace(" ", ""))
    if text.get("mode", "L").strip().upper() != "L" or kind not in {"I", "F", "D"} or order is None:
        raise UnreadableFile("Only events in list mode, as integers or floating-point numbers, can be read")
    formats = []
    for number in range(1, channels + 1):
        bits = _integer(text, f"p{number}b", {"F": 32, "D": 64}.get(kind))
        if bits not in ({8, 16, 24, 32, 64} if kind == "I" else {32, 64}):
            raise UnreadableFile(f"Channel {number} has values of {bits} bits, which cannot be read")
        formats.append("3u1" if bits == 24 else f"{order}{'u' if kind == 'I' else 'f'}{bits // 8}")
    try:
        return np.dtype({"names": [f"f{index}" for index in range(channels)], "formats": formats})
    except TypeError as error:
        raise UnreadableFile("The channels of this FCS file have impossible types") from error


def _value_type(stored: "np.dtype[Any]") -> "np.dtype[Any]":
    return np.dtype(np.uint32) if stored.shape else stored.newbyteorder("=")


def _masks(text: dict[str, str], channels: int, event: "np.dtype[Any]") -> list[int | None]:
    """Integers have as many bits as their range needs; the others are no data."""
    found: list[int | None] = []
    for number in range(1, channels + 1):
        limit = text.get(f"p{number}r", "").strip()
        whole = _value_type(event[number - 1]).kind == "u" and limit.isdecimal() and len(limit) < 20
        bits = (int(limit) - 1).bit_length() if whole else 0
        found.append((1 << bits) - 1 if 0 < bits < event[number - 1].itemsize * 8 else None)
    return found


def _data_segment(source: RangeSource, text: dict[str, str]) -> tuple[int, int]:
    header = source.read(26, 16)
    places = [_place(header[:8]), _place(header[8:])]
    begin = places[0] or _integer(text, "begindata", 0)
    end = places[1] or _integer(text, "enddata", 0)
    if not 0 < begin < source.size:
        raise UnreadableFile("The file does not say where its events are")
    return begin, min(end, source.size - 1)


def _channel(text: dict[str, str], number: int) -> dict[str, str | None]:
    return {"name": text.get(f"p{number}n"), "label": text.get(f"p{number}s"), "range": text.get(f"p{number}r")}


READER = table_reader("fcs", 1, lambda source, _name, _table: EventTable(source))
