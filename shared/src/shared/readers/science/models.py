"""Models, listed and never loaded: safetensors, GGUF, ONNX, and the zip files of PyTorch.

Layouts: the README of safetensors, docs/gguf.md of ggml, onnx.proto3 of ONNX.
"""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from shared.readers.errors import UnreadableFile
from shared.readers.members import ZipArchive
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.science.pickles import list_pickle, pickle_nodes, pickle_notes
from shared.readers.science.values import json_value
from shared.readers.source import RangeSource, binary_file
from shared.schemas.previews import TreeNode, TreePreview

_MAX_HEADER_BYTES = 32 << 20
_MAX_TENSORS = 5000
_MAX_PICKLE_BYTES = 16 << 20
_MAX_MEMBERS = 20_000
_MAX_STRING_BYTES = 64 << 10
_MAX_FIELDS = 50_000
_MAX_SHOWN_CHARACTERS = 500


def preview_model(source: RangeSource, name: str, _options: PreviewOptions) -> TreePreview:
    head = source.read(0, 16)
    if head.startswith(b"GGUF"):
        return _preview_gguf(source)
    if head.startswith(b"PK"):
        return _preview_torch(source)
    if head[8:9] == b"{" and not name.lower().endswith(".onnx"):
        return _preview_safetensors(source)
    if name.lower().endswith(".onnx"):
        return _preview_onnx(source)
    raise UnreadableFile("The model is of an unknown format")


def _tree(kind: str, nodes: list[TreeNode], details: dict[str, Any], total: int | None = None) -> TreePreview:
    complete = total is None or len(nodes) >= total
    notes = [] if complete else [f"{len(nodes):,} of {total:,} tensors are shown"]
    return TreePreview(**blank(complete=complete, notes=notes), format=kind, nodes=nodes, details=details)


def _preview_safetensors(source: RangeSource) -> TreePreview:
    length = int.from_bytes(source.read(0, 8), "little")
    if length > _MAX_HEADER_BYTES:
        raise UnreadableFile(f"The list of tensors is longer than {_MAX_HEADER_BYTES >> 20} MiB")
    try:
        header = msgspec.json.decode(source.read(8, length))
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableFile(f"The list of tensors is damaged or cut off: {error}") from error
    if not isinstance(header, dict):
        raise UnreadableFile("The list of tensors is damaged")
    metadata = header.pop("__metadata__", {})
    nodes = [
        TreeNode(path=str(name), kind="array", type=str(each.get("dtype")), shape=_integers(each.get("shape")))
        for name, each in list(header.items())[:_MAX_TENSORS]
        if isinstance(each, dict)
    ]
    return _tree("safetensors", nodes, {"metadata": json_value(metadata), "tensors": len(header)}, len(header))


def _integers(value: Any) -> list[int]:
    return [size for size in value if isinstance(size, int)] if isinstance(value, list) else []


_GGUF_FORMATS = ["B", "b", "H", "h", "I", "i", "f", "?", None, None, "Q", "q", "d"]
_GGUF_STRING, _GGUF_ARRAY = 8, 9
_GGUF_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
    13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16",
}  # fmt: skip


class _GgufFile:
    def __init__(self, source: RangeSource) -> None:
        self._file = binary_file(source)
        self._file.seek(4)

    def take(self, kind: str) -> Any:
        size = struct.calcsize(kind)
        raw = self._file.read(size)
        if len(raw) < size or self._file.tell() > _MAX_HEADER_BYTES:
            raise UnreadableFile("The header of the GGUF file is cut off, or too long to be shown")
        return struct.unpack("<" + kind, raw)[0]

    def string(self) -> str:
        length = self.take("Q")
        if length > _MAX_STRING_BYTES:
            self._skip(length)
            return f"({length:,} bytes)"
        return self._file.read(length).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind == _GGUF_STRING:
            return self.string()[:_MAX_SHOWN_CHARACTERS]
        if kind == _GGUF_ARRAY and depth < 4:
            return self._array(depth)
        code = _GGUF_FORMATS[kind] if kind < len(_GGUF_FORMATS) else None
        if code is None:
            raise UnreadableFile("The header of the GGUF file is damaged")
        return json_value(self.take(code))

    def _array(self, depth: int) -> Any:
        """Short ones as they are; of long ones, vocabularies for example, the length."""
        kind, count = self.take("I"), self.take("Q")
        if count <= 16:
            return [self.value(kind, depth + 1) for _ in range(count)]
        code = _GGUF_FORMATS[kind] if kind < len(_GGUF_FORMATS) else None
        if code:
            self._skip(count * struct.calcsize(code))
        else:
            for _ in range(count):
                self.value(kind, depth + 1)
        return f"({count:,} values)"

    def _skip(self, length: int) -> None:
        if self._file.tell() + length > _MAX_HEADER_BYTES:
            raise UnreadableFile("The header of the GGUF file is cut off, or too long to be shown")
        self._file.seek(length, 1)


def _preview_gguf(source: RangeSource) -> TreePreview:
    file = _GgufFile(source)
    version, tensors, pairs = file.take("I"), file.take("Q"), file.take("Q")
    metadata: dict[str, Any] = {}
    for _ in range(pairs):
        key = file.string()
        metadata[key] = file.value(file.take("I"))
    nodes = []
    for _ in range(min(tensors, _MAX_TENSORS)):
        name = file.string()
        shape = [file.take("Q") for _ in range(min(file.take("I"), 16))]
        kind = file.take("I")
        file.take("Q")
        nodes.append(TreeNode(path=name, kind="array", type=_GGUF_TYPES.get(kind, str(kind)), shape=shape[::-1]))
    return _tree("gguf", nodes, {"version": version, "metadata": metadata, "tensors": tensors}, tensors)


def _preview_torch(source: RangeSource) -> TreePreview:
    archive = ZipArchive(source)
    nodes: list[TreeNode] = []
    notes: list[str] = []
    tensors, stored = 0, 0
    for index, member in enumerate(archive.members()):
        path = member.shown.path
        if index >= _MAX_MEMBERS:
            break
        if path.endswith(".pkl"):
            listing = list_pickle(archive.open(member).read(0, _MAX_PICKLE_BYTES))
            names = [text for text in listing.strings if "." in text or text.isidentifier()]
            nodes += [*pickle_nodes(listing), *(TreeNode(path=text, kind="string") for text in names[:_MAX_TENSORS])]
            notes += [note for note in pickle_notes(listing) if note not in notes]
        elif "/data/" in path:
            tensors, stored = tensors + 1, stored + (member.shown.size or 0)
    details = {"storages": tensors, "bytes": stored}
    return TreePreview(**blank(complete=False, notes=notes), format="pytorch", nodes=nodes, details=details)


class _Field(NamedTuple):
    number: int
    value: int
    """The number itself; for other types, the place where the bytes begin."""
    length: int


_ONNX_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
}  # fmt: skip


class _Messages:
    """Protocol buffers, walked by the lengths of their fields; contents are skipped."""

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self._left = _MAX_FIELDS

    def fields(self, begin: int, end: int) -> Iterator[_Field]:
        at = begin
        while at < end:
            self._left -= 1
            if self._left < 0:
                return
            tag, at = self._number(at)
            number, wire = tag >> 3, tag & 7
            if wire == 0:
                value, at = self._number(at)
                yield _Field(number, value, 0)
                continue
            if wire == 2:
                length, at = self._number(at)
            else:
                length = {1: 8, 5: 4}.get(wire, -1)
            if length < 0 or at + length > end:
                raise UnreadableFile("The model is damaged or cut off")
            yield _Field(number, at, length)
            at += length

    def text(self, field: _Field) -> str:
        return self._source.read(field.value, min(field.length, _MAX_SHOWN_CHARACTERS)).decode("utf-8", "replace")

    def integers(self, field: _Field) -> list[int]:
        """A packed list, or one number."""
        if not field.length:
            return [field.value]
        found, at = [], field.value
        while at < field.value + min(field.length, 256):
            value, at = self._number(at)
            found.append(value)
        return found

    def _number(self, at: int) -> tuple[int, int]:
        raw = self._source.read(at, 10)
        value = 0
        for index, byte in enumerate(raw):
            value |= (byte & 0x7F) << (7 * index)
            if not byte & 0x80:
                return value, at + index + 1
        raise UnreadableFile("The model is damaged or cut off")


def _preview_onnx(source: RangeSource) -> TreePreview:
    messages = _Messages(source)
    details: dict[str, Any] = {}
    nodes: list[TreeNode] = []
    names = {2: "producer_name", 3: "producer_version", 4: "domain", 6: "description"}
    numbers = {1: "ir_version", 5: "model_version"}
    for field in messages.fields(0, source.size):
        if field.number in names:
            details[names[field.number]] = messages.text(field)
        elif field.number in numbers:
            details[numbers[field.number]] = field.value
        elif field.number == 7:
            nodes = _onnx_graph(messages, field, details)
    if not details:
        raise UnreadableFile("The file is no model of ONNX")
    return _tree("onnx", nodes, details)


def _onnx_graph(messages: _Messages, graph: _Field, details: dict[str, Any]) -> list[TreeNode]:
    nodes: list[TreeNode] = []
    operations: dict[str, int] = {}
    for field in messages.fields(graph.value, graph.value + graph.length):
        if field.number == 1:
            kind = _first_text(messages, field, 4)
            operations[kind] = operations.get(kind, 0) + 1
        elif field.number == 2:
            details["graph"] = messages.text(field)
        elif field.number == 5 and len(nodes) < _MAX_TENSORS:
            nodes.append(_onnx_tensor(messages, field))
        elif field.number in {11, 12}:
            nodes.append(
                TreeNode(path=_first_text(messages, field, 1), kind="input" if field.number == 11 else "output")
            )
    details["operations"] = operations
    return nodes


def _onnx_tensor(messages: _Messages, tensor: _Field) -> TreeNode:
    node = TreeNode(path="", kind="array", shape=[])
    for field in messages.fields(tensor.value, tensor.value + tensor.length):
        if field.number == 1 and node.shape is not None:
            node.shape += messages.integers(field)
        elif field.number == 2:
            node.type = _ONNX_TYPES.get(field.value, str(field.value))
        elif field.number == 8:
            node.path = messages.text(field)
    return node


def _first_text(messages: _Messages, message: _Field, number: int) -> str:
    fields = messages.fields(message.value, message.value + message.length)
    return next((messages.text(field) for field in fields if field.number == number), "")


READER = Reader("model", 1, "science", preview_model)
