"""Tables of cells that are written as text."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from typing_extensions import override

from shared.readers.tables.engine.cells import CellWriter
from shared.readers.tables.engine.table import ReadColumn, Table, unique_names
from shared.readers.tables.text.values import TextType, count_misfits, infer_type, text_cells, typed_values

MAX_BATCH_CELLS = 400_000
MAX_BATCH_CHARACTERS = 8 << 20
_BATCH_ROWS = 16_384


class TextTable(Table):
    """Its batches hold texts, null for empty ones."""

    types: list[TextType]

    def __init__(
        self,
        *,
        names: Sequence[str],
        sample: Sequence[Sequence[str]],
        decimal: str = ".",
        types: Mapping[str, TextType] | None = None,
        source_type: str = "text",
        **rest: Any,
    ) -> None:
        """`sample` holds the first rows, from which the types are inferred, except those that `types` names."""
        self.types = [
            (types or {}).get(name) or infer_type([row[column] for row in sample if column < len(row)], decimal)
            for column, name in enumerate(names)
        ]
        columns = [
            ReadColumn(name, kind.name, source_type, kind.arrow_type)
            for name, kind in zip(unique_names(names), self.types, strict=True)
        ]
        super().__init__(columns=columns, total=None, sequential=True, **rest)

    @abstractmethod
    def records(self) -> Iterator[list[str]]:
        """The rows."""

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        width = len(self.columns)
        size = max(1, min(batch_rows or _BATCH_ROWS, MAX_BATCH_CELLS // max(width, 1)))
        number = offset
        rows: list[list[str]] = []
        characters = 0
        for record in islice(self.records(), offset, None):
            number += 1
            if len(record) != width:
                record = self.fitted(record, number)  # noqa: PLW2901 – the same row
            rows.append(record)
            characters += sum(map(len, record))
            if len(rows) == size or characters > MAX_BATCH_CHARACTERS:
                yield batch_of(rows, columns)
                rows = []
                characters = 0
        if rows:
            yield batch_of(rows, columns)

    def fitted(self, record: list[str], number: int) -> list[str]:
        """The cells of a row, as many as there are columns. `number` is that of the row, from 1."""
        width = len(self.columns)
        if len(record) < width:
            self.add_note("Some rows have fewer cells than the table has columns; the missing cells are empty")
            return record + [""] * (width - len(record))
        if any(record[width:]):
            self.add_note(f"Row {number:,} has {len(record)} cells; those beyond the {width} columns are left out")
        return record[:width]

    @override
    def values(self, column: int, array: pa.Array) -> pa.Array:
        return typed_values(self.types[column], array)

    @override
    def cells(self, column: int, array: pa.Array, writer: CellWriter) -> list[Any]:
        return text_cells(self.types[column], array, writer)

    @override
    def count_misfits(self, column: int, array: pa.Array, values: pa.Array) -> int:
        return 0 if self.types[column].name == "string" else count_misfits(array, values)


def batch_of(rows: list[list[str]], columns: Sequence[int]) -> pa.RecordBatch:
    if len(columns) * 2 > len(rows[0]):
        texts = list(zip(*rows, strict=True))
        chosen = [texts[column] for column in columns]
    else:
        chosen = [tuple(row[column] for row in rows) for column in columns]
    return pa.RecordBatch.from_arrays([_array(texts) for texts in chosen], [str(index) for index in range(len(chosen))])


def _array(texts: Sequence[str]) -> pa.Array:
    try:
        array = pa.array(texts, pa.string())
    except UnicodeEncodeError:
        # lone surrogates, which JSON can write
        array = pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.string())
    return pc.if_else(pc.equal(array, ""), None, array) if "" in texts else array
