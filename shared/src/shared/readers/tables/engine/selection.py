"""The rows that a query asks for."""

import time
from collections.abc import Iterable, Iterator

import pyarrow as pa

from shared.readers.errors import UnreadableFile
from shared.readers.queries import RowsQuery
from shared.readers.tables.engine.conditions import Condition, parse_conditions
from shared.readers.tables.engine.matching import MatchingBatches
from shared.readers.tables.engine.ordering import MAX_SORT_COLUMNS, order_rows, sort_key
from shared.readers.tables.engine.table import Table

MAX_COUNT_SECONDS = 8.0
"""Seconds in which the matching rows after the page are counted."""


class Selection:
    """Rows of a page, and how many rows match in all."""

    def __init__(self, batches: Iterable[pa.RecordBatch], total: int | None) -> None:
        self.batches = batches
        self.total = total
        self.notes: list[str] = []


def select_rows(table: Table, query: RowsQuery, columns: list[int]) -> Selection:
    conditions = parse_conditions(table, query.where)
    if query.sort:
        return _sorted(table, query, columns, conditions)
    if conditions:
        return _matching(table, query, columns, conditions)
    return _page(table, query, columns)


def _page(table: Table, query: RowsQuery, columns: list[int]) -> Selection:
    found = []
    seen = 0
    is_at_end = True
    for batch in table.batches(columns, offset=query.offset, batch_rows=query.limit + 1):
        found.append(batch.slice(0, max(query.limit - seen, 0)))
        seen += batch.num_rows
        if seen > query.limit:
            is_at_end = False
            break
    # an offset beyond the end tells nothing
    ends_here = is_at_end and not table.truncated and (seen > 0 or query.offset == 0)
    return Selection(found, query.offset + seen if table.total is None and ends_here else table.total)


def _matching(table: Table, query: RowsQuery, columns: list[int], conditions: list[Condition]) -> Selection:
    found: list[pa.RecordBatch] = []
    matches = 0
    selection = Selection(found, None)
    started = time.monotonic()
    for _, batch in MatchingBatches(table, columns, conditions):
        start = max(query.offset - matches, 0)
        end = query.offset + query.limit - matches
        if end > start and batch.num_rows > start:
            found.append(batch.slice(start, end - start))
        matches += batch.num_rows
        if matches > query.offset + query.limit and time.monotonic() - started > MAX_COUNT_SECONDS:
            selection.notes.append("There are more matching rows, which were not counted to the end")
            return selection
    selection.total = None if table.truncated else matches
    return selection


def _sorted(table: Table, query: RowsQuery, columns: list[int], conditions: list[Condition]) -> Selection:
    if len(query.sort) > MAX_SORT_COLUMNS:
        raise UnreadableFile(f"Rows can be sorted by at most {MAX_SORT_COLUMNS} columns")
    keys = [table.find_column(name.removeprefix("-")) for name in query.sort]
    batches = MatchingBatches(table, columns, conditions, keys=keys, keeps=table.sequential)
    names = [query.sort[index].removeprefix("-") for index in range(len(keys))]
    empty = [sort_key(pa.nulls(0, table.columns[key].arrow_type), name) for key, name in zip(keys, names, strict=True)]
    schema = pa.schema(
        [*(pa.field(f"key{index}", array.type) for index, array in enumerate(empty)), pa.field("row", pa.int64())]
    )
    matches = 0

    def key_batches() -> Iterator[pa.RecordBatch]:
        nonlocal matches
        for rows, batch in batches.key_batches():
            matches += batch.num_rows
            arrays = [sort_key(table.values(key, batch.column(index)), names[index]) for index, key in enumerate(keys)]
            yield pa.RecordBatch.from_arrays([*arrays, rows], schema=schema)

    descending = [name.startswith("-") for name in query.sort]
    order = order_rows(schema, key_batches(), descending, offset=query.offset, limit=query.limit)
    return Selection(batches.take(order), None if table.truncated else matches)
