"""Nodes of a package tree: pages of a directory's items, named by the hash of what they hold.

A directory is a leaf page of items sorted by name, or an index page over pages of the level below. Pages end where the
hash of a name says so, hence an insertion changes the pages on one path and leaves all others alone.

Each page has two hashes. *Storage* is the hash of its encoded body, and its name in the store. *Identity* leaves out
where files physically are: pages of equal identity hold the same data.
"""

import hashlib
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import overload

import msgspec
from isal import isal_zlib  # the same format, several times as fast
from typing_extensions import override

TreePath = tuple[str, ...]
"""Names from the root down to a file or a directory."""
Fetch = Callable[[list[bytes]], Awaitable[dict[bytes, bytes]]]
"""Stored bodies of nodes by their storage hashes."""

AVERAGE_ITEMS = 128
"""Of a page; a power of two."""
MAX_ITEMS = 1024
MAX_META = 1 << 18
"""Bytes of metadata after which a page ends in any case."""

_MIX = 2_654_435_761
_MIXED = (AVERAGE_ITEMS - 1) << 25
"""Bits of the product that must be zero."""

_PLAIN, _ZLIB = b"\x00", b"\x01"


class TreeFile(msgspec.Struct, frozen=True, array_like=True, tag=0, gc=False):
    """A file as its manifest describes it."""

    name: str
    physical_key: str
    """URL, percent-encoded: s3://bucket/key?versionId=…"""
    size: int
    hash_type: str
    hash_value: str
    meta: bytes | None
    """JSON object as the manifest has it; None when empty."""


class TreeDirectory(msgspec.Struct, frozen=True, array_like=True, tag=1, gc=False):
    """A directory and the totals of everything below it."""

    name: str
    storage: bytes
    identity: bytes
    entries: int
    size: int
    meta: bytes | None
    """JSON object that its author gave it; None when empty."""


TreeItem = TreeFile | TreeDirectory


class Child(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page, as the index page above it sees it."""

    last: str
    """Name of the last item below."""
    storage: bytes
    identity: bytes
    items: int
    """How many items of the directory are below."""
    entries: int
    size: int


class Leaf(msgspec.Struct, frozen=True, array_like=True, tag=0):
    items: list[TreeItem]


class Index(msgspec.Struct, frozen=True, array_like=True, tag=1):
    children: list[Child]


@dataclass(frozen=True, slots=True)
class NodePage:
    """A finished page on its way to the store."""

    storage: bytes
    body: bytes
    """Encoded, not yet packed."""
    children: list[bytes]
    """Storage hashes of the pages that this one refers to."""


class FileIdentity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a page's identity covers of a file."""

    name: str
    kind: int
    hash_type: str
    hash_value: str
    size: int
    meta: bytes | None
    """Canonical."""


class DirectoryIdentity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a page's identity covers of a directory."""

    name: str
    kind: int
    identity: bytes
    meta: bytes | None
    """Canonical."""


Identity = FileIdentity | DirectoryIdentity

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Leaf | Index)
_decode_parts = msgspec.msgpack.Decoder(tuple[int, list[msgspec.Raw]]).decode
_decode_item = msgspec.msgpack.Decoder(TreeFile | TreeDirectory).decode
_decode_child = msgspec.msgpack.Decoder(Child).decode


def digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def encode(node: Leaf | Index) -> bytes:
    return _encode(node)


def pack(body: bytes) -> bytes:
    """An encoded body as it is stored: compressed where that pays."""
    packed = isal_zlib.compress(body, 1)
    return _ZLIB + packed if len(packed) < len(body) * 7 // 8 else _PLAIN + body


def body_of(stored: bytes) -> bytes:
    """The encoded body again."""
    return isal_zlib.decompress(memoryview(stored)[1:]) if stored[:1] == _ZLIB else stored[1:]


def unpack(stored: bytes) -> Leaf | Index:
    node: Leaf | Index = _decoder.decode(body_of(stored))
    return node


class LazyItems(Sequence[TreeItem]):
    """Items of a page, each decoded when it is looked at: a look-up needs a few of many."""

    def __init__(self, parts: list[msgspec.Raw]) -> None:
        self._parts = parts

    @override
    def __len__(self) -> int:
        return len(self._parts)

    @overload
    def __getitem__(self, at: int) -> TreeItem: ...
    @overload
    def __getitem__(self, at: slice) -> list[TreeItem]: ...
    @override
    def __getitem__(self, at: int | slice) -> TreeItem | list[TreeItem]:
        return _decode_item(self._parts[at]) if isinstance(at, int) else list(map(_decode_item, self._parts[at]))


@dataclass(frozen=True, slots=True)
class OpenedPage:
    """A page to look things up in: of one kind or the other."""

    size: int
    """Bytes of its body."""
    items: LazyItems | None
    children: list[Child]


def open_page(stored: bytes) -> OpenedPage:
    body = body_of(stored)
    kind, parts = _decode_parts(body)
    if kind == 1:
        return OpenedPage(len(body), None, list(map(_decode_child, parts)))
    return OpenedPage(len(body), LazyItems(parts), [])


def leaf_identity(items: list[Identity]) -> bytes:
    return digest(_encode([0, items]))


def index_identity(children: list[Child]) -> bytes:
    return digest(_encode([1, [(child.last, child.identity) for child in children]]))


def file_identity(file: TreeFile, canonical_meta: bytes | None) -> Identity:
    return FileIdentity(file.name, 0, file.hash_type, file.hash_value, file.size, canonical_meta)


def directory_identity(directory: TreeDirectory, canonical_meta: bytes | None) -> Identity:
    return DirectoryIdentity(directory.name, 1, directory.identity, canonical_meta)


def ends_page(level: int, name: str) -> bool:
    """Whether a page of this level (0: leaves) ends after the item or page whose last name this is."""
    if level == 0:
        # The product mixes the bits of a checksum that is linear; all files are asked about, few pages.
        return zlib.crc32(name.encode()) * _MIX & _MIXED == 0
    return hashlib.sha256(b"%d/%s" % (level, name.encode())).digest()[0] & (AVERAGE_ITEMS - 1) == 0
