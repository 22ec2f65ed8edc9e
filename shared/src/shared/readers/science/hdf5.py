"""HDF5 as a tree, AnnData and netCDF 4 too. Links to other files are named and never followed."""

import io
import math
from dataclasses import replace
from typing import Any

import h5py
import numpy as np

from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.queries import PreviewOptions
from shared.readers.registry import blank
from shared.readers.science.data_frames import is_table, open_frame, table_names
from shared.readers.science.values import MAX_VALUE_BYTES, json_value
from shared.readers.source import BytesSource, RangeSource, SourceFile
from shared.readers.tables.engine.answers import preview_table, table_reader, warm_up_reader
from shared.readers.tables.engine.table import Table
from shared.schemas.previews import TablePreview, TreeNode, TreePreview

_MAX_NODES = 5000
_MAX_DEPTH = 64
_MAX_ATTRIBUTES = 50
_MAX_LISTED_KEYS = 500
_MAX_TEXT_BYTES = 1 << 20
"""Bytes of the texts of a small array."""


def preview_hdf5(source: RangeSource, name: str, options: PreviewOptions) -> TreePreview | TablePreview:
    """The tree, or one of the file's tables if the options name it."""
    file = _open(source)
    with file:
        if options.table is not None:
            return preview_table(open_frame(file, options.table), options)
        tree = _Tree(options, source)
        tree.add_root(file)
        is_annotated = name.lower().endswith(".h5ad") or json_value(file.attrs.get("encoding-type")) == "anndata"
        details = _annotated_data(file) if is_annotated else {}
        kind = "anndata" if is_annotated else "netcdf" if "_NCProperties" in file.attrs else "hdf5"
        tables = table_names(file)
    return TreePreview(
        **blank(complete=not tree.notes, notes=tree.notes),
        format=kind,
        nodes=tree.nodes,
        tables=tables,
        details=details,
    )


def _open(source: RangeSource) -> h5py.File:
    try:
        return h5py.File(SourceFile(source), "r")
    except OSError as error:
        raise UnreadableFile(f"The HDF5 file is damaged or cut off: {error}") from error


def _open_table(source: RangeSource, _name: str, table: str | None) -> Table:
    file = _open(source)
    path = table or next(iter(table_names(file)), None)
    if path is None:
        raise NoSuchReader("The file has no tables")
    return open_frame(file, path)


class _Tree:
    def __init__(self, options: PreviewOptions, source: RangeSource) -> None:
        self._source = source
        self.nodes: list[TreeNode] = []
        self.notes: list[str] = []
        self._limit = min(_MAX_NODES, max(options.max_bytes // 100, 10))
        self._seen: set[Any] = set()

    def add_root(self, file: h5py.File) -> None:
        self._is_seen(file)
        self._add_group(file, "", 0)

    def _add_group(self, group: h5py.Group, path: str, depth: int) -> None:
        self._add(TreeNode(path=path or "/", kind="group", attributes=self._attributes(group)))
        if depth >= _MAX_DEPTH:
            self._note(f"Groups are shown up to {_MAX_DEPTH} deep")
            return
        for name in group:
            if len(self.nodes) >= self._limit:
                self._note(f"The first {self._limit:,} nodes are shown")
                return
            self._add_member(group, name, f"{path}/{name}", depth)

    def _add_member(self, group: h5py.Group, name: str, path: str, depth: int) -> None:
        try:
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                target = f"{getattr(link, 'filename', '')}:{link.path}".lstrip(":")
                self._add(TreeNode(path=path, kind="link", value=target[:MAX_VALUE_BYTES]))
                return
            member = group[name]
            if self._is_seen(member):
                self._add(TreeNode(path=path, kind="link", value="shown before"))
            elif isinstance(member, h5py.Group):
                self._add_group(member, path, depth + 1)
            elif isinstance(member, h5py.Dataset):
                self._add(self._dataset(member, path))
            else:
                self._add(TreeNode(path=path, kind="type", type=str(getattr(member, "dtype", ""))))
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            self._add(TreeNode(path=path, kind="damaged", value=str(error)[:MAX_VALUE_BYTES]))
            self._note("Some nodes are damaged")

    def _is_seen(self, member: Any) -> bool:
        """Several names may lead to one object, even to one that is above it."""
        token = h5py.h5o.get_info(member.id)
        key = (token.fileno, token.addr)
        if key in self._seen:
            return isinstance(member, h5py.Group)
        self._seen.add(key)
        return False

    def _dataset(self, dataset: h5py.Dataset, path: str) -> TreeNode:
        attributes = self._attributes(dataset)
        if dataset.compression:
            attributes["(compression)"] = str(dataset.compression)
        if dataset.chunks:
            attributes["(chunks)"] = list(dataset.chunks)
        shape = None if dataset.shape is None else [int(size) for size in dataset.shape]
        return TreeNode(
            path=path,
            kind="array" if shape else "value",
            type=_type_name(dataset.dtype),
            shape=shape,
            value=self._small_value(dataset),
            attributes=attributes,
        )

    def _small_value(self, dataset: h5py.Dataset) -> Any:
        is_elsewhere = bool(dataset.is_virtual or dataset.external)
        if dataset.shape is None or is_elsewhere or math.prod(dataset.shape) * dataset.dtype.itemsize > MAX_VALUE_BYTES:
            return None
        if dataset.dtype.kind == "O" and self._has_long_texts(dataset):
            return None
        return json_value(dataset[()])

    def _has_long_texts(self, dataset: h5py.Dataset) -> bool:
        """Each text is stored as its length and its place. The library reserves memory for the lengths, whatever is there."""
        place, count = dataset.id.get_offset(), math.prod(dataset.shape)
        if place is None or not count:
            return False
        size = max(dataset.id.get_storage_size() // count, 4)
        data = self._source.read(place, size * count)
        lengths = (int.from_bytes(data[index : index + 4], "little") for index in range(0, len(data), size))
        return sum(lengths) > _MAX_TEXT_BYTES

    def _attributes(self, holder: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in list(holder.attrs)[:_MAX_ATTRIBUTES]:
            try:
                attribute = holder.attrs.get_id(name)
                size = math.prod(attribute.shape) * attribute.dtype.itemsize
                found[str(name)] = json_value(holder.attrs[name]) if size <= MAX_VALUE_BYTES else f"{size:,} bytes"
            except (OSError, RuntimeError, KeyError, ValueError, TypeError):
                found[str(name)] = None
        return found

    def _add(self, node: TreeNode) -> None:
        self.nodes.append(node)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _type_name(dtype: Any) -> str:
    if h5py.check_string_dtype(dtype):
        return "string"
    return str(dtype)[:200]


def _annotated_data(file: h5py.File) -> dict[str, Any]:
    """Observations × variables, and what is annotated. Layout: AnnData's on-disk format."""
    details: dict[str, Any] = {}
    matrix = file.get("X")
    if isinstance(matrix, h5py.Dataset):
        details["shape"] = [int(size) for size in matrix.shape]
    elif isinstance(matrix, h5py.Group):
        details["shape"] = json_value(matrix.attrs.get("shape", matrix.attrs.get("h5sparse_shape")))
        details["encoding"] = json_value(matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format")))
    for part in ("obs", "var", "obsm", "varm", "obsp", "layers", "uns"):
        holder = file.get(part)
        if isinstance(holder, h5py.Group):
            hidden = {"_index", "__categories", json_value(holder.attrs.get("_index"))}
            details[part] = [name for name in list(holder)[:_MAX_LISTED_KEYS] if name not in hidden]
        elif isinstance(holder, h5py.Dataset) and holder.dtype.names:
            details[part] = list(holder.dtype.names[:_MAX_LISTED_KEYS])
    if "shape" not in details and is_table(file.get("obs")) and is_table(file.get("var")):
        details["shape"] = [open_frame(file, part).total for part in ("obs", "var")]
    return details


def warm_up() -> None:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_dataset("group/array", data=np.zeros((4, 4)), compression="gzip", chunks=(2, 2), shuffle=True)
        file["group/text"] = ["a", "b"]
        file.attrs["sample"] = "text"
    preview_hdf5(BytesSource(content.getvalue()), "sample.h5", PreviewOptions())
    frame = io.BytesIO()
    with h5py.File(frame, "w") as file:
        group = file.create_group("obs")
        group.attrs.update({"_index": "name", "column-order": ["number", "kind"]})
        group["name"], group["number"] = ["a", "b"], [1, 2]
        group["kind/codes"], group["kind/categories"] = np.zeros(2, np.int8), ["x"]
    warm_up_reader(READER, frame.getvalue(), "number")
    preview_hdf5(BytesSource(frame.getvalue()), "sample.h5ad", PreviewOptions(table="obs"))


READER = replace(table_reader("hdf5", 2, _open_table), family="science", preview=preview_hdf5, texts=None)
