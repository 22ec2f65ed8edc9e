"""Rows in an order that the caller wants. DuckDB keeps as many of the first ones as are asked for."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.types as pt

from shared.readers.errors import UnreadableFile
from shared.readers.tables.engine.arrays import plain_array

MAX_SORT_COLUMNS = 5
_MEMORY_BYTES = 280 << 20
_SETTINGS: dict[str, Any] = {
    "threads": 2,
    "memory_limit": f"{_MEMORY_BYTES >> 20}MiB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "preserve_insertion_order": False,
}


def open_duckdb() -> duckdb.DuckDBPyConnection:
    """A database in memory that reads nothing but the streams that are registered with it."""
    connection = duckdb.connect(":memory:", config=_SETTINGS)
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


class BatchStream:
    """Batches as a stream that DuckDB reads once. An error of their reader is kept, since DuckDB makes a text of it."""

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        self.error: Exception | None = None
        self._reader = pa.RecordBatchReader.from_batches(schema, self._watch(batches))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._reader.__arrow_c_stream__(requested_schema)

    def _watch(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except Exception as error:
            self.error = error
            raise


def query_batches(
    schema: pa.Schema, batches: Iterator[pa.RecordBatch], fetch: Callable[[duckdb.DuckDBPyConnection], Any]
) -> Any:
    """The result of a query of the table `batches`. Raises UnreadableFile when it needs too much memory, and what the batches raise."""
    stream = BatchStream(schema, batches)
    connection = open_duckdb()
    try:
        connection.register("batches", stream)
        return fetch(connection)
    except duckdb.OutOfMemoryException as error:
        raise UnreadableFile("This needs more memory than there is for it; ask for fewer columns or rows") from error
    except duckdb.Error as error:
        raise stream.error or error from error
    finally:
        connection.close()


def order_rows(
    schema: pa.Schema, batches: Iterator[pa.RecordBatch], descending: list[bool], *, offset: int, limit: int
) -> list[int]:
    """The values of the column `row` in the order of the columns `key0`, `key1` and so on, from `offset` on.

    Equal rows keep their order. Nulls are last; NaN is greater than all other numbers.
    """
    keys = [f"key{index} {'DESC' if descends else 'ASC'} NULLS LAST" for index, descends in enumerate(descending)]
    sql = f"SELECT row FROM batches ORDER BY {', '.join([*keys, 'row'])} LIMIT {max(limit, 1)} OFFSET {int(offset)}"  # noqa: S608 – own names and numbers
    found = query_batches(schema, batches, lambda connection: connection.execute(sql).fetchall())
    return [row for (row,) in found][:limit]  # DuckDB reads nothing for a limit of 0, and the rows are counted


def sort_key(array: pa.Array, name: str) -> pa.Array:
    """The values in a type that DuckDB sorts. Raises UnreadableFile for values without an order."""
    array = plain_array(array)
    kind = array.type
    if pt.is_temporal(kind) and not pt.is_interval(kind):
        return array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    if pt.is_null(kind):
        return array.cast(pa.int32())
    if pt.is_decimal256(kind):
        return array.cast(pa.float64())
    if pt.is_nested(kind) or pt.is_interval(kind):
        raise UnreadableFile(f"Rows cannot be sorted by {name!r}, whose type is {kind}")
    return array
