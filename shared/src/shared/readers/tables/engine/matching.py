"""The rows of a table that satisfy conditions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.readers.tables.engine.conditions import Condition
from shared.readers.tables.engine.table import Table, projected

MAX_KEPT_BYTES = 64 << 20
"""Batches that are kept for a second look, where reading again would take long."""


class MatchingBatches:
    """The rows of a table that satisfy conditions, with their numbers. They can be read twice; where that would take long, they are kept if they are few."""

    def __init__(
        self,
        table: Table,
        columns: list[int],
        conditions: list[Condition],
        *,
        keys: list[int] | None = None,
        keeps: bool = False,
    ) -> None:
        self._table = table
        self._columns = columns
        self._keys = keys or []
        self._conditions = conditions
        self._kept: list[tuple[pa.Array, pa.RecordBatch]] | None = [] if keeps else None
        self._kept_bytes = 0
        self._is_read = False

    def __iter__(self) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
        """Numbers of the rows, and their columns."""
        if self._is_read and self._kept is not None:
            yield from self._kept
            return
        yield from self._read(self._columns)
        self._is_read = True

    def only(self, columns: list[int]) -> Iterator[pa.RecordBatch]:
        """Some of the columns again."""
        if self._is_read and self._kept is not None:
            places = [self._columns.index(column) for column in columns]
            yield from (batch.select(places) for _, batch in self._kept)
            return
        yield from (batch for _, batch in self._read(columns))

    def key_batches(self) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
        """Numbers of the rows, and the columns that they are sorted by."""
        width = len(self._keys)
        if self._kept is None:
            yield from self._read(self._keys)
            return
        for rows, batch in self._read([*self._keys, *self._columns]):
            yield rows, batch.select(range(width))
        if self._kept is not None:
            self._kept = [(rows, batch.select(range(width, batch.num_columns))) for rows, batch in self._kept]
            self._is_read = True

    def take(self, order: list[int]) -> list[pa.RecordBatch]:
        """The rows with these numbers, in this order."""
        wanted = np.sort(np.array(order, np.int64))
        found: dict[int, pa.RecordBatch] = {}
        for start, batch in self._batches_with(wanted):
            end = start + batch.num_rows
            rows = wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, end)]
            taken = batch.take(pa.array(rows - start))  # a copy: slices would hold the whole batch
            found.update((int(row), taken.slice(place, 1)) for place, row in enumerate(rows))
        return [found[row] for row in order]

    def _batches_with(self, wanted: "np.ndarray[Any, Any]") -> Iterator[tuple[int, pa.RecordBatch]]:
        if not len(wanted):
            return
        if self._is_read and self._kept is not None:
            for rows, batch in self._kept:
                numbers = rows.to_numpy()
                for index in np.flatnonzero(np.isin(numbers, wanted)):
                    yield int(numbers[index]), batch.slice(int(index), 1)
            return
        yield from self._table.batches_with(self._columns, wanted)

    def _read(self, columns: list[int]) -> Iterator[tuple[pa.Array, pa.RecordBatch]]:
        needed = list(dict.fromkeys([*columns, *(condition.column for condition in self._conditions)]))
        places = [needed.index(column) for column in columns]
        start = 0
        for batch in self._table.batches(needed):
            rows = pa.array(np.arange(start, start + batch.num_rows))
            start += batch.num_rows
            mask = self._mask(batch, needed)
            shown = projected(batch, places)
            if mask is not None:
                rows, shown = rows.filter(mask), shown.filter(mask)
            self._keep(rows, shown)
            yield rows, shown

    def _mask(self, batch: pa.RecordBatch, needed: list[int]) -> pa.Array | None:
        mask = None
        for condition in self._conditions:
            found = condition.mask(self._table.values(condition.column, batch.column(needed.index(condition.column))))
            mask = found if mask is None else pc.and_(mask, found)
        return mask

    def _keep(self, rows: pa.Array, batch: pa.RecordBatch) -> None:
        if self._kept is None:
            return
        self._kept_bytes += batch.nbytes
        if self._kept_bytes > MAX_KEPT_BYTES:
            self._kept = None
        else:
            self._kept.append((rows, batch))
