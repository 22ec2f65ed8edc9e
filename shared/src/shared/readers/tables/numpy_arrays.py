"""NumPy arrays (`.npy`). Objects, which are pickles, are never loaded."""

from collections.abc import Iterator, Sequence
from math import prod
from tokenize import TokenError
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.lib import format as npy
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader
from shared.readers.tables.engine.table import BATCH_BYTES, BATCH_ROWS, ReadColumn, Table, type_name, unique_names

MAX_ARRAY_COLUMNS = 10_000
_MAX_HEADER_BYTES = 64 << 10


class NumpyTable(Table):
    """Rows are the first axis. Columns are the fields of a structured array, or the other axes, flattened."""

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        shape, self._is_fortran, self._type, self._start = _header(source)
        if self._type.hasobject:
            raise UnreadableFile("The array holds Python objects, which are stored as pickles and never loaded")
        self._shape = shape or (1,)
        rows, self._width = self._shape[0], prod(self._shape[1:])
        if self._start + prod(self._shape) * self._type.itemsize > source.size:
            raise UnreadableFile("The file is shorter than the array that its header describes")
        if self._is_fortran and len(self._shape) > 2:
            raise UnreadableFile("Arrays of more than two dimensions are read in C order only")
        self._fields = [name for name in self._type.names or () if not self._type[name].shape]
        names = list(self._fields) if self._type.names else _names(self._shape)
        if self._type.names and self._width > 1:
            raise UnreadableFile("Structured arrays are read with one dimension only")
        if len(names) > MAX_ARRAY_COLUMNS:
            raise UnreadableFile(f"The array has {self._width:,} columns; at most {MAX_ARRAY_COLUMNS:,} can be read")
        super().__init__(
            format="npy",
            columns=[self._column(name) for name in unique_names(names)],
            total=rows,
            details={"shape": list(shape), "dtype": str(self._type), "order": "Fortran" if self._is_fortran else "C"},
        )
        if len(shape) > 2:
            self.add_note("The dimensions after the first are shown one after the other as columns")

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        row_bytes = max(self._width * self._type.itemsize, 1)
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // row_bytes, batch_rows or BATCH_ROWS))
        rows = self._shape[0]
        for start in range(offset, rows, size):
            count = min(size, rows - start)
            block = (
                self._fortran_block(columns, start, count) if self._is_fortran else self._block(columns, start, count)
            )
            yield pa.RecordBatch.from_arrays(
                [_array(values) for values in block], [str(index) for index in range(len(block))]
            )

    def _column(self, name: str) -> ReadColumn:
        kind = self._type[name] if name in self._fields else self._type
        arrow_type = _array(np.zeros(0, kind)).type
        return ReadColumn(name, type_name(arrow_type), str(kind), arrow_type)

    def _block(self, columns: Sequence[int], start: int, count: int) -> list[Any]:
        row_bytes = self._width * self._type.itemsize
        block = self._read(self._start + start * row_bytes, count * self._width)
        if self._fields:
            return [block[self._fields[column]] for column in columns]
        table = block.reshape(count, self._width)
        return [table[:, column] for column in columns]

    def _fortran_block(self, columns: Sequence[int], start: int, count: int) -> list[Any]:
        size = self._type.itemsize
        return [self._read(self._start + (column * self._shape[0] + start) * size, count) for column in columns]

    def _read(self, place: int, count: int) -> "np.ndarray[Any, Any]":
        data = self._source.read(place, count * self._type.itemsize)
        return np.frombuffer(data, self._type, count)


def _header(source: RangeSource) -> tuple[tuple[int, ...], bool, "np.dtype[Any]", int]:
    file = SourceFile(source)
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, kind = read(file, max_header_size=_MAX_HEADER_BYTES)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, TokenError) as error:
        raise UnreadableFile(f"The header of this array cannot be read: {str(error)[:200]}") from error
    if any(length < 0 for length in shape):
        raise UnreadableFile("The header of this array has a negative length")
    return shape, is_fortran, kind, file.tell()


def _names(shape: tuple[int, ...]) -> list[str]:
    if len(shape) == 1:
        return ["value"]
    width = prod(shape[1:])
    if width > MAX_ARRAY_COLUMNS:
        raise UnreadableFile(f"The array has {width:,} columns; at most {MAX_ARRAY_COLUMNS:,} can be read")
    return [",".join(map(str, np.unravel_index(number, shape[1:]))) for number in range(width)]


def _array(values: "np.ndarray[Any, Any]") -> pa.Array:
    kind = values.dtype
    if kind.kind == "S":
        return pa.array([value.decode("utf-8", "replace") for value in values.tolist()], pa.string())
    if kind.kind in "cV":
        return pa.array([str(value) for value in values.tolist()], pa.string())
    if kind.kind == "U":
        return pa.array(values.tolist(), pa.string())
    if kind.kind in "mM":
        return _times(values)
    if kind.kind == "f" and kind.itemsize > 8:
        return pa.array(values.astype(np.float64))
    return pa.array(np.ascontiguousarray(values, kind.newbyteorder("=")))


def _times(values: "np.ndarray[Any, Any]") -> pa.Array:
    unit = np.datetime_data(values.dtype)[0]
    letter = values.dtype.kind
    if unit in {"s", "ms", "us", "ns"}:
        return pa.array(np.ascontiguousarray(values, values.dtype.newbyteorder("=")))
    if letter == "M" and unit in {"D", "W", "M", "Y"}:
        return pa.array(values.astype("M8[D]"))
    return pa.array(values.astype(f"{letter}8[s]"))


READER = table_reader("numpy", 1, lambda source, _name, _table: NumpyTable(source))
