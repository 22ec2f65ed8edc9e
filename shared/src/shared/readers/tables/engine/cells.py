"""Arrow arrays as JSON values: what JavaScript cannot hold exactly is text."""

import math
from typing import Any

import pyarrow as pa
import pyarrow.types as pt

from shared.readers.tables.engine.arrays import is_bytes_type, plain_array

MAX_EXACT_INTEGER = 1 << 53
MAX_CELL_CHARACTERS = 10_000
MAX_CELL_ITEMS = 100
"""Items of a list or map."""
_MAX_DEPTH = 32


class CellWriter:
    """Turns arrays into JSON values. Long values are cut, which `has_cut` tells."""

    def __init__(self, max_characters: int = MAX_CELL_CHARACTERS, max_items: int = MAX_CELL_ITEMS) -> None:
        self.has_cut = False
        self._max_characters = max_characters
        self._max_items = max_items

    def cut(self, text: str) -> str:
        if len(text) <= self._max_characters:
            return text
        self.has_cut = True
        return text[: self._max_characters] + "…"

    def write(self, array: pa.Array) -> list[Any]:
        return self._write(array, _MAX_DEPTH)

    def _write(self, array: pa.Array, depth: int) -> list[Any]:
        array = plain_array(array)
        kind = array.type
        if pt.is_boolean(kind) or pt.is_null(kind):
            return list(array.to_pylist())
        if pt.is_integer(kind):
            return [integer_cell(value) for value in array.to_pylist()]
        if pt.is_floating(kind):
            return _floats(array)
        if pt.is_decimal(kind):
            return [None if value is None else f"{value:f}" for value in array.to_pylist()]
        if pt.is_nested(kind):
            return self._nested(array, depth)
        return self._texts(array)

    def _texts(self, array: pa.Array) -> list[Any]:
        kind = array.type
        if pt.is_timestamp(kind):
            zone = "Z" if kind.tz else ""
            texts = array.view(pa.int64()).view(pa.timestamp(kind.unit)).cast(pa.string()).to_pylist()
            return [None if text is None else _timestamp(text, zone) for text in texts]
        if pt.is_time(kind):
            return [None if text is None else _without_zeros(text) for text in array.cast(pa.string()).to_pylist()]
        if pt.is_date(kind):
            return list(array.cast(pa.string()).to_pylist())
        if pt.is_duration(kind):
            return [
                None if value is None else _duration(value, kind.unit) for value in array.view(pa.int64()).to_pylist()
            ]
        if is_bytes_type(kind):
            return [None if value is None else self._hexadecimal(value) for value in self._short(array)]
        return [None if text is None else self.cut(text) for text in self._short(array)]

    def _hexadecimal(self, value: bytes) -> str:
        return self.cut(value[: self._max_characters].hex())

    def _short(self, array: pa.Array) -> list[Any]:
        """Strings or bytes. Those that are much too long are not turned into objects of Python before they are cut."""
        try:
            return list(array.to_pylist())
        except UnicodeDecodeError:
            return [
                None if value is None else value.decode("utf-8", "replace")
                for value in array.cast(pa.large_binary()).to_pylist()
            ]
        except (ValueError, OverflowError):
            return [str(value) for value in array]

    def _nested(self, array: pa.Array, depth: int) -> list[Any]:
        if depth == 0:
            self.has_cut = True
            return ["…" if valid else None for valid in array.is_valid().to_pylist()]
        kind = array.type
        if pt.is_struct(kind):
            names = [kind.field(index).name for index in range(kind.num_fields)]
            fields = [self._write(field, depth - 1) for field in array.flatten()]
            validity = array.is_valid().to_pylist()
            return [
                {name: cells[row] for name, cells in zip(names, fields, strict=True)} if valid else None
                for row, valid in enumerate(validity)
            ]
        if pt.is_map(kind):
            return [self._map(array[row], depth) if array[row].is_valid else None for row in range(len(array))]
        if hasattr(kind, "value_type"):
            return [self._list(array[row].values, depth) if array[row].is_valid else None for row in range(len(array))]
        return [None if value is None else self.cut(str(value)) for value in array.to_pylist()]

    def _list(self, items: pa.Array, depth: int) -> list[Any]:
        cells = self._write(items.slice(0, self._max_items), depth - 1)
        if len(items) > self._max_items:
            self.has_cut = True
            cells.append("…")
        return cells

    def _map(self, value: pa.MapScalar, depth: int) -> Any:
        items = value.values
        shown = items.slice(0, self._max_items)
        keys = self._write(shown.field(0), depth - 1)
        values = self._write(shown.field(1), depth - 1)
        self.has_cut = self.has_cut or len(items) > len(shown)
        if all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys):
            return dict(zip(keys, values, strict=True))
        return [list(pair) for pair in zip(keys, values, strict=True)]


def integer_cell(value: int | None) -> int | str | None:
    if value is None or -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        return value
    return str(value)


def float_cell(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _floats(array: pa.Array) -> list[Any]:
    if array.type == pa.float64():
        return [float_cell(value) for value in array.to_pylist()]
    # the shortest number that is the same in single precision: 0.1, not 0.10000000149
    return [None if text is None else float_cell(float(text)) for text in array.cast(pa.string()).to_pylist()]


def _without_zeros(text: str) -> str:
    return text.rstrip("0").removesuffix(".") if "." in text else text


def _timestamp(text: str, zone: str) -> str:
    return text if text.startswith("<") else _without_zeros(text).replace(" ", "T") + zone


_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def _duration(value: int, unit: str) -> str:
    """Days, hours, minutes and seconds: `-1 12:00:00.5`."""
    seconds, fraction = divmod(abs(value), _UNITS[unit])
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if fraction:
        clock += "." + f"{fraction:0{len(str(_UNITS[unit])) - 1}}".rstrip("0")
    return ("-" if value < 0 else "") + (f"{days} " if days else "") + clock
