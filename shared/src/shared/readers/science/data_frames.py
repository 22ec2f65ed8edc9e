"""Tables in HDF5: data frames of AnnData (`obs`, `var`), and arrays of records. Layout: AnnData's on-disk format."""

from collections.abc import Iterator, Sequence
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.tables.engine.table import BATCH_ROWS, ReadColumn, Table, type_name, unique_names

MAX_CATEGORIES = 1_000_000
_MAX_COLUMNS = 5_000
_MAX_BATCH_BYTES = 16 << 20
_TEXT_BYTES = 64
"""Bytes that a text is taken to have, of which HDF5 does not say the length."""
_FRAMES = ("obs", "var", "raw/var")


def table_names(file: h5py.File) -> list[str]:
    """Paths of the tables in a file, without a slash at their beginning. The first one is shown unless another is asked for."""
    found = [path for path in _FRAMES if is_table(_member(file, path))]
    return found or [name for name in list(file)[:100] if is_table(_member(file, name))]


def is_table(member: Any) -> bool:
    if isinstance(member, h5py.Group):
        return "_index" in member.attrs and "column-order" in member.attrs
    return isinstance(member, h5py.Dataset) and bool(member.dtype.names) and len(member.shape or ()) == 1


def open_frame(file: h5py.File, path: str) -> "FrameTable":
    """Raises UnreadableFile."""
    member = _member(file, path)
    if not is_table(member):
        raise UnreadableFile(f"The file has no table {path!r}")
    return FrameTable(
        file, path, _record_columns(member) if isinstance(member, h5py.Dataset) else _frame_columns(member)
    )


def _member(file: h5py.File, path: str) -> Any:
    """The object at the path, or None. Links into other files are not followed."""
    holder: Any = file
    for name in path.strip("/").split("/"):
        if not isinstance(holder, h5py.Group) or name not in holder:
            return None
        if isinstance(holder.get(name, getlink=True), h5py.ExternalLink):
            return None
        holder = holder[name]
    return holder


class _StoredColumn:
    """A column as it is stored: one array of values, perhaps with one of marks, or numbers of categories."""

    def __init__(self, values: h5py.Dataset, field: str | None = None) -> None:
        if values.is_virtual or values.external or len(values.shape or ()) != 1:
            raise UnreadableFile("A column is not in this file, or is no list")
        self._values = values
        self._field = field
        self._type = values.dtype[field] if field else values.dtype
        self.total = int(values.shape[0])
        self.is_text = h5py.check_string_dtype(self._type) is not None
        self.source_type = "string" if self.is_text else str(self._type)[:200]
        self.row_bytes = _TEXT_BYTES if self.is_text else max(self._type.itemsize, 1)
        self.arrow_type = _as_arrow(np.zeros(0, object if self.is_text else self._type), self.is_text).type

    def read(self, start: int, stop: int) -> pa.Array:
        values = self._values.fields(self._field)[start:stop] if self._field else self._values[start:stop]
        return _as_arrow(values, self.is_text)


class _MarkedColumn(_StoredColumn):
    """AnnData's `nullable-…`: a second array says which values are missing."""

    def __init__(self, group: h5py.Group) -> None:
        super().__init__(group["values"])
        self._mask = group["mask"]

    @override
    def read(self, start: int, stop: int) -> pa.Array:
        values = super().read(start, stop)
        missing = pa.array(np.asarray(self._mask[start:stop], bool))
        return pa.compute.if_else(missing, pa.nulls(len(values), values.type), values)


class _CategoricalColumn(_StoredColumn):
    """Numbers of categories; negative ones are missing values."""

    def __init__(self, codes: h5py.Dataset, categories: h5py.Dataset) -> None:
        super().__init__(codes)
        if len(categories.shape or ()) != 1 or categories.shape[0] > MAX_CATEGORIES:
            raise UnreadableFile(f"A column has more than {MAX_CATEGORIES:,} categories")
        self._categories = _StoredColumn(categories).read(0, int(categories.shape[0]))
        self.arrow_type = self._categories.type
        self.source_type = f"category of {type_name(self.arrow_type)}"

    @override
    def read(self, start: int, stop: int) -> pa.Array:
        codes = np.asarray(self._values[start:stop]).astype(np.int64)
        known = (codes >= 0) & (codes < len(self._categories))
        return self._categories.take(pa.array(codes, mask=~known))


class FrameTable(Table):
    def __init__(self, file: h5py.File, path: str, columns: dict[str, _StoredColumn]) -> None:
        self._file = file  # open as long as the table is
        if not columns:
            raise UnreadableFile(f"The table {path} has no columns that can be read")
        self._columns = list(columns.values())
        names = unique_names(list(columns))
        super().__init__(
            format="hdf5",
            columns=[
                ReadColumn(name, type_name(column.arrow_type), column.source_type, column.arrow_type)
                for name, column in zip(names, self._columns, strict=True)
            ],
            total=min(column.total for column in self._columns),
            table=path.strip("/"),
            tables=table_names(file),
            details={"columns": len(names)},
        )
        if len({column.total for column in self._columns}) > 1:
            self.add_note("The columns have different lengths; the table ends with the shortest one")

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        row_bytes = sum(self._columns[column].row_bytes for column in columns) or 1
        size = max(1, min(batch_rows or BATCH_ROWS, BATCH_ROWS, _MAX_BATCH_BYTES // row_bytes))
        total = self.total or 0
        for start in range(offset, total, size):
            stop = min(start + size, total)
            arrays = [self._columns[column].read(start, stop) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, [str(index) for index in range(len(arrays))])


def _record_columns(dataset: h5py.Dataset) -> dict[str, _StoredColumn]:
    return _readable({name: lambda name=name: _StoredColumn(dataset, name) for name in dataset.dtype.names})


def _frame_columns(group: h5py.Group) -> dict[str, _StoredColumn]:
    """The index comes first."""
    index = _text(group.attrs["_index"])
    order = np.asarray(group.attrs["column-order"]).ravel()[:_MAX_COLUMNS]
    names = [index, *(name for name in map(_text, order) if name != index)]
    return _readable({name: lambda name=name: _frame_column(group, name) for name in names})


def _readable(columns: dict[str, Any]) -> dict[str, _StoredColumn]:
    """Without columns of kinds that no table shows."""
    found = {}
    for name, make in list(columns.items())[:_MAX_COLUMNS]:
        try:
            found[name] = make()
        except (
            UnreadableFile,
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            OSError,
            RuntimeError,
            pa.ArrowException,
        ):
            continue
    return found


def _frame_column(group: h5py.Group, name: str) -> _StoredColumn:
    member = group[name]
    if isinstance(member, h5py.Group):
        if "codes" in member:
            return _CategoricalColumn(member["codes"], member["categories"])
        return _MarkedColumn(member)
    categories = member.attrs.get("categories")  # of files before AnnData 0.7.9
    if isinstance(categories, h5py.Reference):
        return _CategoricalColumn(member, group.file[categories])
    return _StoredColumn(member)


def _as_arrow(values: Any, is_text: bool) -> pa.Array:  # noqa: FBT001 – two of one line
    kind = values.dtype
    if is_text:
        texts = (value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in values.tolist())
        return pa.array(["" if text == 0 else str(text) for text in texts], pa.string())
    if kind.kind in "OVc" or kind.ndim:
        return pa.array([str(value) for value in values.tolist()], pa.string())
    if kind.kind == "f" and kind.itemsize not in {2, 4, 8}:
        return pa.array(values.astype(np.float64))
    plain = np.ascontiguousarray(values, kind.newbyteorder("="))
    return pa.array(plain.astype(np.float32) if kind.kind == "f" and kind.itemsize == 2 else plain)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
