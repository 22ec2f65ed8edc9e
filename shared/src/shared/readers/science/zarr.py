"""Zarr, of which a file here is a JSON document: a group, an array, or the consolidated metadata of all."""

from typing import Any

import msgspec

from shared.readers.errors import UnreadableFile
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.science.values import json_value
from shared.readers.source import RangeSource
from shared.schemas.previews import TreeNode, TreePreview

_MAX_BYTES = 32 << 20
_MAX_NODES = 5000
_DOCUMENTS = (".zgroup", ".zarray", ".zattrs")


def preview_zarr(source: RangeSource, name: str, _options: PreviewOptions) -> TreePreview:
    data = source.read(0, _MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise UnreadableFile(f"Metadata of Zarr are read up to {_MAX_BYTES >> 20} MiB")
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableFile(f"The file is no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise UnreadableFile("The file is no metadata of Zarr")
    nodes = list(_nodes(document, name.rpartition("/")[2]).values())
    notes = [] if len(nodes) <= _MAX_NODES else [f"The first {_MAX_NODES:,} nodes are shown"]
    version = document.get("zarr_format", document.get("zarr_consolidated_format"))
    return TreePreview(
        **blank(complete=not notes, notes=notes),
        format="zarr",
        nodes=nodes[:_MAX_NODES],
        details={"zarr_format": json_value(version)},
    )


def _nodes(document: dict[str, Any], base: str) -> dict[str, TreeNode]:
    nodes: dict[str, TreeNode] = {}
    metadata = document.get("metadata")
    if isinstance(metadata, dict):  # version 2, consolidated
        for key in sorted(metadata):
            folder, _, part = f"/{key}".rpartition("/")
            _merge(nodes, folder or "/", part, metadata[key])
        return nodes
    _merge(nodes, "/", base, document)
    consolidated = document.get("consolidated_metadata")
    children = consolidated.get("metadata") if isinstance(consolidated, dict) else None
    for path, child in sorted(children.items()) if isinstance(children, dict) else ():
        _merge(nodes, f"/{path}", "zarr.json", child)
    return nodes


def _merge(nodes: dict[str, TreeNode], path: str, part: str, document: Any) -> None:
    if not isinstance(document, dict):
        return
    node = nodes.setdefault(path, TreeNode(path=path, kind="group"))
    if part == ".zattrs":
        node.attributes |= json_value(document)
        return
    if isinstance(document.get("attributes"), dict):
        node.attributes |= json_value(document["attributes"])
    shape = document.get("shape")
    if isinstance(shape, list) and part != ".zgroup":
        node.kind = "array"
        node.shape = [size for size in shape if isinstance(size, int)]
        node.type = str(document.get("dtype", document.get("data_type")))[:200]
        for key in ("chunks", "chunk_grid", "compressor", "codecs", "fill_value"):
            if key in document:
                node.attributes[f"({key})"] = json_value(document[key])


READER = Reader("zarr", 1, "science", preview_zarr)
