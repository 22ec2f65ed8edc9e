"""A table as the readers give it: columns, and batches of rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from shared.readers.errors import UnreadableFile
from shared.readers.tables.engine.arrays import is_bytes_type, is_text_type, plain_type
from shared.readers.tables.engine.cells import CellWriter
from shared.schemas.previews import ColumnDescription

BATCH_ROWS = 65_536
MAX_COUNTED_BYTES = 2 << 20
"""Bytes of a file whose rows are counted for a preview."""
BATCH_BYTES = 16 << 20
"""Bytes of a batch, as far as a reader can foresee them."""


@dataclass(frozen=True, slots=True)
class ReadColumn:
    name: str
    type: str
    """A type of `shared.schemas.previews.ColumnDescription`."""
    source_type: str
    arrow_type: pa.DataType
    """The type of `Table.values`."""

    def described(self) -> ColumnDescription:
        return ColumnDescription(name=self.name, type=self.type, source_type=self.source_type)


@dataclass(slots=True)
class Bounds:
    """The least and the greatest value of a column, as the file says."""

    least: float
    greatest: float


@dataclass(kw_only=True)
class Table(ABC):
    format: str
    columns: list[ReadColumn]
    total: int | None
    """Rows; None when the file does not say."""
    notes: list[str] = field(default_factory=list)
    """A table may add notes while it is read."""
    details: dict[str, Any] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    table: str | None = None
    truncated: bool = False
    counts_rows: bool = False
    """The file is small: its rows are counted for a preview."""
    sequential: bool = False
    """Reading one column takes as long as reading all."""
    """Rows at the end could not be read; a note says why."""

    def add_note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    @abstractmethod
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows from `offset` on, with these columns in this order. `batch_rows` are enough for the caller; None reads to the end."""

    def batches_with(
        self, columns: Sequence[int], rows: "np.ndarray[Any, np.dtype[np.int64]]"
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches that hold these rows, which ascend, each with the number of its first row. There may be others among them."""
        start = int(rows[0])
        for batch in self.batches(columns, offset=start):
            yield start, batch
            start += batch.num_rows
            if start > rows[-1]:
                return

    def values(self, column: int, array: pa.Array) -> pa.Array:
        """A column of a batch with the type that its column says; values that are not of that type are null."""
        assert array.type == self.columns[column].arrow_type  # noqa: S101 – tables of texts override this
        return array

    def cells(self, column: int, array: pa.Array, writer: CellWriter) -> list[Any]:
        """A column of a batch as JSON."""
        del column
        return writer.write(array)

    def bounds(self, column: int) -> Bounds | None:
        """The range of a column's numbers, if the file says it without being read. It may be wrong."""
        del column
        return None

    def count_misfits(self, column: int, array: pa.Array, values: pa.Array) -> int:
        """Values of a batch that are not of the type that their column says."""
        del column, array, values
        return 0

    def find_column(self, name: str) -> int:
        for index, column in enumerate(self.columns):
            if column.name == name:
                return index
        raise UnreadableFile(f"The table has no column {name!r}")


def unique_names(names: Sequence[str]) -> list[str]:
    """Names by which columns can be asked for: repeated ones are numbered."""
    found: dict[str, None] = {}
    for name in names:
        unique, number = name, 1
        while unique in found:
            number += 1
            unique = f"{name} ({number})"
        found[unique] = None
    return list(found)


def typed_column(name: str, arrow_type: pa.DataType, source_type: str = "") -> ReadColumn:
    return ReadColumn(name, type_name(arrow_type), source_type or str(arrow_type), arrow_type)


def projected(batch: pa.RecordBatch, places: Sequence[int]) -> pa.RecordBatch:
    """Some columns of a batch, in this order. Their names are numbers, since names may be repeated."""
    arrays = [batch.column(place) for place in places]
    return pa.RecordBatch.from_arrays(arrays, [str(index) for index in range(len(arrays))])


def type_name(arrow_type: pa.DataType) -> str:
    """The name of a type in answers."""
    inner = plain_type(arrow_type)
    return next((name for name, holds in _TYPE_NAMES if holds(inner)), "string")


_TYPE_NAMES = (
    ("null", pt.is_null),
    ("boolean", pt.is_boolean),
    ("integer", pt.is_integer),
    ("number", pt.is_floating),
    ("decimal", pt.is_decimal),
    ("string", is_text_type),
    ("date", pt.is_date),
    ("timestamp", pt.is_timestamp),
    ("time", pt.is_time),
    ("duration", lambda kind: pt.is_duration(kind) or pt.is_interval(kind)),
    ("bytes", is_bytes_type),
    ("map", pt.is_map),
    (
        "list",
        lambda kind: (
            pt.is_list(kind)
            or pt.is_large_list(kind)
            or pt.is_fixed_size_list(kind)
            or pt.is_list_view(kind)
            or pt.is_large_list_view(kind)
        ),
    ),
    ("struct", pt.is_struct),
)
