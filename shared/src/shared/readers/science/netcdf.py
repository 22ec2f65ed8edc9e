"""netCDF classic, of the variants 1, 2 and 5: dimensions, variables and attributes. Layout: the netCDF Users Guide, appendix B."""

import struct
from typing import Any

from shared.readers.errors import UnreadableFile
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.science.hdf5 import preview_hdf5
from shared.readers.science.values import MAX_VALUE_BYTES, json_value
from shared.readers.source import RangeSource
from shared.schemas.previews import TablePreview, TreeNode, TreePreview

_MAX_HEADER_BYTES = 16 << 20
_MAX_ITEMS = 10_000
_TYPES = {
    1: ("int8", "b", 1), 2: ("char", "c", 1), 3: ("int16", "h", 2), 4: ("int32", "i", 4), 5: ("float32", "f", 4),
    6: ("float64", "d", 8), 7: ("uint8", "B", 1), 8: ("uint16", "H", 2), 9: ("uint32", "I", 4), 10: ("int64", "q", 8),
    11: ("uint64", "Q", 8),
}  # fmt: skip
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12


def preview_netcdf(source: RangeSource, name: str, options: PreviewOptions) -> TreePreview | TablePreview:
    head = source.read(0, 4)
    if not head.startswith(b"CDF"):
        return preview_hdf5(source, name, options)
    header = _Header(source.read(0, _MAX_HEADER_BYTES), head[3])
    try:
        nodes, dimensions = header.parse()
    except (struct.error, KeyError, IndexError) as error:
        raise UnreadableFile("The header of the netCDF file is damaged or cut off") from error
    details = {"dimensions": dimensions, "variant": f"classic, CDF-{head[3]}"}
    return TreePreview(**blank(complete=True), format="netcdf", nodes=nodes, details=details)


class _Header:
    def __init__(self, data: bytes, variant: int) -> None:
        self._data = data
        self._at = 4
        self._count_format = ">Q" if variant == 5 else ">I"
        self._offset_format = ">I" if variant == 1 else ">Q"

    def parse(self) -> tuple[list[TreeNode], dict[str, int]]:
        records = self._take(self._count_format)
        dimensions = [(self._name(), self._take(self._count_format)) for _ in range(self._list(_DIMENSIONS))]
        sizes = [(name, size or records) for name, size in dimensions]
        nodes = [TreeNode(path="/", kind="group", attributes=self._attributes())]
        nodes += [self._variable(sizes) for _ in range(self._list(_VARIABLES))]
        return nodes, dict(sizes)

    def _variable(self, sizes: list[tuple[str, int]]) -> TreeNode:
        name = self._name()
        count = self._bounded(self._take(self._count_format))
        own = [sizes[self._take(self._count_format)] for _ in range(count)]
        attributes = self._attributes()
        kind = _TYPES[self._take(">I")][0]
        self._take(self._count_format)
        self._take(self._offset_format)
        attributes["(dimensions)"] = [each[0] for each in own]
        return TreeNode(
            path=f"/{name}",
            kind="array" if own else "value",
            type=kind,
            shape=[each[1] for each in own],
            attributes=attributes,
        )

    def _attributes(self) -> dict[str, Any]:
        return {self._name(): self._values() for _ in range(self._list(_ATTRIBUTES))}

    def _values(self) -> Any:
        _, code, width = _TYPES[self._take(">I")]
        count = self._take(self._count_format)
        raw = self._bytes(count * width)
        if code == "c":
            return raw[:MAX_VALUE_BYTES].decode("utf-8", "replace").rstrip("\0")
        shown = min(count, MAX_VALUE_BYTES // width)
        values = struct.unpack_from(f">{shown}{code}", raw)
        return json_value(values[0] if count == 1 else list(values))

    def _list(self, expected: int) -> int:
        """The length of a list, which an absent one says as well."""
        tag, count = self._take(">I"), self._take(self._count_format)
        if tag not in {0, expected} or (tag == 0 and count):
            raise UnreadableFile("The header of the netCDF file is damaged")
        return self._bounded(count)

    def _bounded(self, count: int) -> int:
        if count > _MAX_ITEMS:
            raise UnreadableFile(f"The netCDF file says that it has {count:,} dimensions, variables or attributes")
        return count

    def _name(self) -> str:
        return self._bytes(self._take(self._count_format)).decode("utf-8", "replace")

    def _bytes(self, length: int) -> bytes:
        """They are padded to four."""
        found = self._data[self._at : self._at + length]
        if len(found) < length:
            raise UnreadableFile("The header of the netCDF file is cut off, or too long to be shown")
        self._at += length + -length % 4
        return found

    def _take(self, kind: str) -> int:
        value: int = struct.unpack_from(kind, self._data, self._at)[0]
        self._at += struct.calcsize(kind)
        return value


READER = Reader("netcdf", 1, "science", preview_netcdf)
