"""A Parquet file of any length, made of one row group that is repeated. Only the group and the footer are in memory.

The footer is a structure of Thrift's compact protocol. It is taken apart and written again, with the places of the repeated groups.
"""

import copy
import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Struct = dict[int, tuple[int, Any]]
"""By number of the field: its type and its value."""

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_NUM_ROWS, _ROW_GROUPS = 3, 4
_COLUMNS, _GROUP_FILE_OFFSET = 1, 5
_COLUMN_FILE_OFFSET, _COLUMN_METADATA = 2, 3
_PLACES_OF_PAGES = (9, 10, 11)


def eight_columns(rows: int) -> pa.Table:
    random = np.random.default_rng(1)
    return pa.table(
        {
            "id": np.arange(rows),
            "x": random.normal(size=rows),
            "y": random.random(rows),
            "count": random.integers(0, 1000, rows),
            "name": [f"name {number % 50_000}" for number in range(rows)],
            "key": [f"{number:032x}" for number in random.integers(0, 2**63, rows)],
            "time": (np.arange(rows) * 1000 + 1_600_000_000_000).astype("datetime64[ms]"),
            "flag": random.random(rows) > 0.5,
        }
    )


class RepeatedParquet:
    """The bytes of the file, by range."""

    def __init__(self, table: pa.Table, size: int | None = None, groups: int | None = None) -> None:
        """A file of at least `size` bytes, or with `groups` row groups."""
        sink = io.BytesIO()
        pq.write_table(table, sink, row_group_size=len(table))
        content = sink.getvalue()
        length = int.from_bytes(content[-8:-4], "little")
        self._group = content[4 : -8 - length]
        self.groups = groups or -(-(size or 0) // len(self._group))
        self.rows = self.groups * len(table)
        footer = _footer(content[-8 - length : -8], self.groups, len(self._group))
        self._tail = footer + len(footer).to_bytes(4, "little") + b"PAR1"
        self.footer_bytes = len(footer)

    @property
    def size(self) -> int:
        return 4 + self.groups * len(self._group) + len(self._tail)

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        parts = []
        while offset < end:
            if offset < 4:
                part = b"PAR1"[offset:end]
            elif offset >= self.size - len(self._tail):
                start = offset - (self.size - len(self._tail))
                part = self._tail[start : start + end - offset]
            else:
                start = (offset - 4) % len(self._group)
                part = self._group[start : start + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)


def _footer(footer: bytes, groups: int, group_bytes: int) -> bytes:
    file, _ = _read_struct(footer, 0)
    kind, (item, [group]) = file[_ROW_GROUPS]
    repeated = [_moved(group, number * group_bytes) for number in range(groups)]
    file[_ROW_GROUPS] = kind, (item, repeated)
    file[_NUM_ROWS] = _I64, file[_NUM_ROWS][1] * groups
    return _write_struct(file)


def _moved(group: Struct, distance: int) -> Struct:
    moved = copy.deepcopy(group)
    if _GROUP_FILE_OFFSET in moved:
        _move(moved, _GROUP_FILE_OFFSET, distance)
    for column in moved[_COLUMNS][1][1]:
        if column[_COLUMN_FILE_OFFSET][1]:
            _move(column, _COLUMN_FILE_OFFSET, distance)
        for field in _PLACES_OF_PAGES:
            if field in column[_COLUMN_METADATA][1]:
                _move(column[_COLUMN_METADATA][1], field, distance)
    return moved


def _move(struct: Struct, field: int, distance: int) -> None:
    kind, place = struct[field]
    struct[field] = kind, place + distance


def _read_struct(data: bytes, place: int) -> tuple[Struct, int]:
    found: Struct = {}
    field = 0
    while True:
        head = data[place]
        place += 1
        if head == 0:
            return found, place
        if head >> 4:
            field += head >> 4
        else:
            value, place = _read_varint(data, place)
            field = _signed(value)
        kind = head & 15
        if kind in {_TRUE, _FALSE}:
            found[field] = kind, None
        else:
            content, place = _read_value(data, place, kind)
            found[field] = kind, content


def _read_value(data: bytes, place: int, kind: int) -> tuple[Any, int]:
    match kind:
        case 3 | 1 | 2:
            return data[place], place + 1
        case 4 | 5 | 6:
            value, place = _read_varint(data, place)
            return _signed(value), place
        case 7:
            return data[place : place + 8], place + 8
        case 8:
            length, place = _read_varint(data, place)
            return data[place : place + length], place + length
        case 9 | 10:
            head = data[place]
            place += 1
            count, item = head >> 4, head & 15
            if count == 15:
                count, place = _read_varint(data, place)
            items = []
            for _ in range(count):
                value, place = _read_value(data, place, item)
                items.append(value)
            return (item, items), place
        case 12:
            return _read_struct(data, place)
        case _:
            raise ValueError(f"Footers of Parquet have no type {kind}")


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place


def _signed(value: int) -> int:
    return value >> 1 ^ -(value & 1)


def _write_struct(struct: Struct) -> bytes:
    parts = []
    last = 0
    for field, (kind, value) in struct.items():
        step = field - last
        parts.append(bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _varint(field << 1))
        last = field
        if kind not in {_TRUE, _FALSE}:
            parts.append(_write_value(kind, value))
    return b"".join((*parts, b"\0"))


def _write_value(kind: int, value: Any) -> bytes:
    match kind:
        case 3 | 1 | 2:
            return bytes([value])
        case 4 | 5 | 6:
            return _varint(value << 1 ^ value >> 63)
        case 7:
            return bytes(value)
        case 8:
            return _varint(len(value)) + bytes(value)
        case 9 | 10:
            item, items = value
            head = bytes([len(items) << 4 | item]) if len(items) < 15 else bytes([240 | item]) + _varint(len(items))
            return head + b"".join(_write_value(item, each) for each in items)
        case 12:
            return _write_struct(value)
        case _:
            raise ValueError(f"Footers of Parquet have no type {kind}")


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
