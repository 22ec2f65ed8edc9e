"""Parquet. The footer tells schema and counts; of the data, pages are read as far as rows are asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.engine.table import BATCH_BYTES, BATCH_ROWS, Bounds, Table, projected, typed_column

MAX_FOOTER_BYTES = 32 << 20
_STREAM_BYTES = 64 << 10
_MAX_DETAILED_GROUPS = 20
_MAX_BOUNDED_GROUPS = 1_000
"""Row groups whose ranges are looked up for a column."""
_MAX_METADATA_CHARACTERS = 2_000
_PROBED_ROWS = 64


@dataclass(frozen=True, slots=True)
class _Group:
    """A row group."""

    index: int
    start: int
    rows: int
    batch_rows: int


class ParquetTable(Table):
    def __init__(self, source: RangeSource) -> None:
        _check_ends(source)
        self._file = pq.ParquetFile(
            SourceFile(source),
            pre_buffer=False,
            buffer_size=_STREAM_BYTES,
            coerce_int96_timestamp_unit="us",
            thrift_string_size_limit=MAX_FOOTER_BYTES,
            thrift_container_size_limit=1_000_000,
            arrow_extensions_enabled=False,
        )
        self._metadata = self._file.metadata
        schema = self._file.schema_arrow
        super().__init__(
            format="parquet",
            columns=[typed_column(field.name, field.type) for field in schema],
            total=self._metadata.num_rows,
        )
        self._leaves = _leaves(schema)
        if self._leaves[-1:] and self._leaves[-1][-1:] != [self._metadata.num_columns - 1]:
            raise UnreadableFile("The schema of this Parquet file does not fit its columns")
        self._groups = list(self._list_groups())
        if sum(group.rows for group in self._groups) != self.total:
            raise UnreadableFile("The row groups of this Parquet file do not have as many rows as its footer says")
        self.details = self._describe()

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        for group in self._groups:
            if offset >= group.rows:
                offset -= group.rows
                continue
            yield from self._group_batches(group, columns, offset, batch_rows)
            offset = 0

    @override
    def batches_with(
        self, columns: Sequence[int], rows: "np.ndarray[Any, np.dtype[np.int64]]"
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        for group in self._groups:
            within = rows[np.searchsorted(rows, group.start) : np.searchsorted(rows, group.start + group.rows)]
            if not len(within):
                continue
            start = int(within[0])
            for batch in self._group_batches(group, columns, start - group.start, None):
                yield start, batch
                start += batch.num_rows
                if start > within[-1]:
                    break

    @override
    def bounds(self, column: int) -> Bounds | None:
        leaves = self._leaves[column]
        found: list[float] = []
        if len(leaves) != 1 or len(self._groups) > _MAX_BOUNDED_GROUPS:
            return None
        for group in self._groups:
            statistics = self._metadata.row_group(group.index).column(leaves[0]).statistics
            if statistics is None or not statistics.has_min_max:
                return None
            least, greatest = _number(statistics.min_raw), _number(statistics.max_raw)
            if least is None or greatest is None:
                return None
            found += [least, greatest]
        return Bounds(min(found), max(found)) if found else None

    def _list_groups(self) -> Iterator[_Group]:
        start = 0
        for index in range(self._metadata.num_row_groups):
            group = self._metadata.row_group(index)
            width = max(group.total_byte_size // max(group.num_rows, 1), 1)
            yield _Group(index, start, group.num_rows, max(1, min(BATCH_ROWS, BATCH_BYTES // width)))
            start += group.num_rows

    def _group_batches(
        self, group: _Group, columns: Sequence[int], offset: int, batch_rows: int | None
    ) -> Iterator[pa.RecordBatch]:
        chosen = sorted(set(columns))
        places = [chosen.index(column) for column in columns]
        leaves = [leaf for column in chosen for leaf in self._leaves[column]]
        largest = group.batch_rows
        if offset > _PROBED_ROWS or batch_rows is None or batch_rows > _PROBED_ROWS:
            largest = min(largest, max(1, int(BATCH_BYTES / max(self._repeated_bytes(group, leaves), 1))))
        size = min(largest, max(batch_rows or largest, 1))
        if offset:
            # the rows before are read in large steps
            size = max(size, min(largest, offset))
        for batch in self._file.reader.iter_batches(size, [group.index], column_indices=leaves, use_threads=False):
            if offset >= batch.num_rows:
                offset -= batch.num_rows
                continue
            yield projected(batch, places).slice(offset)
            offset = 0

    def _repeated_bytes(self, group: _Group, leaves: list[int]) -> float:
        """Bytes of a row in columns with a dictionary: their values may be long, and stored once only."""
        described = [(leaf, self._metadata.row_group(group.index).column(leaf)) for leaf in leaves]
        repeated = [
            leaf for leaf, chunk in described if chunk.physical_type == "BYTE_ARRAY" and chunk.has_dictionary_page
        ]
        if not repeated:
            return 0
        probe = next(
            iter(
                self._file.reader.iter_batches(_PROBED_ROWS, [group.index], column_indices=repeated, use_threads=False)
            ),
            None,
        )
        return 0 if probe is None else probe.nbytes / max(probe.num_rows, 1)

    def _describe(self) -> dict[str, Any]:
        metadata = self._metadata
        groups = [metadata.row_group(group.index) for group in self._groups[:_MAX_DETAILED_GROUPS]]
        found: dict[str, Any] = {
            "created_by": metadata.created_by,
            "footer_bytes": metadata.serialized_size,
            "format_version": metadata.format_version,
            "row_groups": metadata.num_row_groups,
            "columns": len(self.columns),
            "rows_of_groups": [group.num_rows for group in groups],
            "bytes_of_groups": [group.total_byte_size for group in groups],
        }
        if groups and metadata.num_columns:
            found["compression"] = groups[0].column(0).compression
        own = {_text(key): _text(value) for key, value in (metadata.metadata or {}).items() if key != b"ARROW:schema"}
        if own:
            found["metadata"] = own
        return found


def _text(value: bytes) -> str:
    text = value[: 4 * _MAX_METADATA_CHARACTERS].decode("utf-8", "replace")
    return text if len(text) <= _MAX_METADATA_CHARACTERS else text[:_MAX_METADATA_CHARACTERS] + "…"


def _number(value: Any) -> float | None:
    if isinstance(value, bool | bytes | str | date | datetime | time) or not isinstance(value, int | float):
        return None
    return float(value)


def _check_ends(source: RangeSource) -> None:
    end = source.read(max(source.size - 8, 0), 8)
    if source.size < 12 or end[4:] not in {b"PAR1", b"PARE"}:
        raise UnreadableFile("The file is no Parquet file, or its end is missing")
    if end[4:] == b"PARE":
        raise UnreadableFile("The file is encrypted")
    footer = int.from_bytes(end[:4], "little")
    if footer > source.size - 12:
        raise UnreadableFile("The footer of this Parquet file is longer than the file")
    if footer > MAX_FOOTER_BYTES:
        raise UnreadableFile(f"The footer of this Parquet file is larger than {MAX_FOOTER_BYTES >> 20} MiB")


def _leaves(schema: pa.Schema) -> list[list[int]]:
    """The physical columns of each column."""
    found = []
    start = 0
    for field in schema:
        count = _count_leaves(field.type)
        found.append(list(range(start, start + count)))
        start += count
    return found


def _count_leaves(kind: pa.DataType) -> int:
    if isinstance(kind, pa.BaseExtensionType):
        return _count_leaves(kind.storage_type)
    if isinstance(kind, pa.DictionaryType):
        return _count_leaves(kind.value_type)
    if kind.num_fields == 0:
        return 1
    return sum(_count_leaves(kind.field(index).type) for index in range(kind.num_fields))


READER = table_reader("parquet", 1, lambda source, _name, _table: ParquetTable(source))


def warm_up() -> None:
    """Let the libraries load what they load at first use."""
    sample = pa.table({"number": [1, 2], "text": ["a", "b"], "time": pa.array([0, 1], pa.timestamp("us", "UTC"))})
    sink = BytesIO()
    pq.write_table(sample, sink)
    warm_up_reader(READER, sink.getvalue(), "number")
