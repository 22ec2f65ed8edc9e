"""Nodes of a package tree: pages of the items of a directory, each named by the hash of its content.

A directory is a leaf page of items sorted by name, or an index page over pages of the level below. A page ends after a name
whose hash has certain bits zero. So equal items make equal pages whatever their history, and an insertion changes only the
pages on one path from the root. These are prolly trees, as in Noms (https://github.com/attic-labs/noms, doc/intro.md) and
Dolt (https://www.dolthub.com/blog/2022-06-27-prolly-chunker/); ends that depend on content come from LBFS (Muthitacharoen,
Chen, Mazières: A Low-bandwidth Network File System, SOSP 2001). Here they depend on names alone: a changed file leaves the
ends of all pages where they are.

Each page has two hashes, both SHA-256. *Storage* is the hash of its encoded body, and its name in the store. *Identity*
leaves out physical keys: pages of equal identity hold the same data, wherever it is.
"""

import hashlib
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import overload

import msgspec
from isal import isal_zlib  # the format of zlib, several times as fast
from typing_extensions import override

from shared.quilt.top_hash import canonical

TreePath = tuple[str, ...]
"""Names from the root down to a file or a directory."""
Fetch = Callable[[list[bytes]], Awaitable[dict[bytes, bytes]]]
"""Reads nodes: takes storage hashes, and returns stored bodies by storage hash, without those that are missing."""

_MULTIPLIER = 2_654_435_761
"""2^32 divided by the golden ratio: multiplicative hashing (Knuth, The Art of Computer Programming, vol. 3, 6.4)."""

_PLAIN, _ZLIB = b"\x00", b"\x01"


class PageShape:
    """The rule by which pages end. Equal items make equal pages only in trees of one shape, so all stored trees have PAGE_SHAPE."""

    __slots__ = ("_average_items", "_end_bits", "max_items", "max_meta_bytes")

    def __init__(self, *, average_items: int, max_items: int, max_meta_bytes: int) -> None:
        """`average_items` is a power of two. After `max_items`, or this much metadata, a page ends in any case."""
        self._average_items = average_items
        self._end_bits = (average_items - 1) << 25
        self.max_items = max_items
        self.max_meta_bytes = max_meta_bytes

    def ends_page(self, level: int, name: str) -> bool:
        """True if a page of this level (0: leaf pages) ends after this name."""
        if level == 0:
            # Called for every file, so cheap. The product mixes the bits of the checksum, which alone is linear in the name.
            return zlib.crc32(name.encode()) * _MULTIPLIER & self._end_bits == 0
        return hashlib.sha256(b"%d/%s" % (level, name.encode())).digest()[0] & (self._average_items - 1) == 0

    def leaf_ends(self, files: "Sequence[TreeFile]") -> list[int]:
        """Numbers of files after which a leaf page ends by a name: `ends_page` for many files, without a call for each."""
        end_bits, crc32 = self._end_bits, zlib.crc32
        return [
            number for number, file in enumerate(files, 1) if not crc32(file.name.encode()) * _MULTIPLIER & end_bits
        ]


PAGE_SHAPE = PageShape(average_items=128, max_items=1024, max_meta_bytes=1 << 18)


class TreeFile(msgspec.Struct, frozen=True, array_like=True, tag=0, gc=False):
    """A file as its manifest describes it."""

    name: str
    physical_key: str
    """Percent-encoded URL: s3://bucket/key?versionId=…"""
    size: int
    hash_type: str
    hash_value: str
    meta: bytes | None
    """JSON object as in the manifest; None when empty."""


class TreeDirectory(msgspec.Struct, frozen=True, array_like=True, tag=1, gc=False):
    """A directory and the totals of everything below it."""

    name: str
    storage: bytes
    identity: bytes
    entries: int
    size: int
    meta: bytes | None
    """JSON object from its record in the manifest; None when empty."""


TreeItem = TreeFile | TreeDirectory


class Standing(Enum):
    """Where files of a walk are: in the tree that is walked, in its base, or in both."""

    NEW = auto()
    """In the tree, and in the base not at this path."""
    KEPT = auto()
    """In both at the same path, and equal. Files of a tree without changes are KEPT."""
    REMOVED = auto()
    """In the base alone."""


class Child(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page, as it stands in the index page above it."""

    last: str
    """Name of the last item in or below the page."""
    storage: bytes
    identity: bytes
    items: int
    """Number of items of the directory in or below the page."""
    entries: int
    """Number of files in these items."""
    size: int
    """Bytes of these files."""


class Leaf(msgspec.Struct, frozen=True, array_like=True, tag=0):
    items: list[TreeItem]


class Index(msgspec.Struct, frozen=True, array_like=True, tag=1):
    children: list[Child]


@dataclass(frozen=True, slots=True)
class NodePage:
    """A finished page on its way to the store."""

    storage: bytes
    body: bytes
    """Encoded, not yet compressed; empty if the page is `packed`."""
    children: list[bytes]
    """Storage hashes of the pages that this page refers to."""
    packed: bytes | None = None
    """The body as it is stored, if another process has compressed it."""

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.body if self.packed is None else self.packed)

    def stored(self) -> bytes:
        """The body as it is stored."""
        return pack(self.body) if self.packed is None else self.packed


class FileIdentity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The part of a file that the identity of its page covers."""

    name: str
    kind: int
    hash_type: str
    hash_value: str
    size: int
    meta: bytes | None
    """Canonical JSON; None when empty."""


class DirectoryIdentity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The part of a directory that the identity of its page covers."""

    name: str
    kind: int
    identity: bytes
    meta: bytes | None
    """Canonical JSON; None when empty."""


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
    """An encoded body as it is stored: compressed when that saves an eighth or more."""
    packed = isal_zlib.compress(body, 1)
    return _ZLIB + packed if len(packed) < len(body) * 7 // 8 else _PLAIN + body


def pack_quickly(node: Leaf | Index) -> bytes:
    """A node as it is stored, but not compressed: for other processes."""
    return _PLAIN + _encode(node)


def body_of(stored: bytes) -> bytes:
    """The encoded body of a stored one; undoes `pack`."""
    return isal_zlib.decompress(memoryview(stored)[1:]) if stored[:1] == _ZLIB else stored[1:]


def unpack(stored: bytes) -> Leaf | Index:
    node: Leaf | Index = _decoder.decode(body_of(stored))
    return node


class LazyItems(Sequence[TreeItem]):
    """Items of a page, each decoded when it is accessed: a look-up needs few of them."""

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
    """A page for look-ups: a leaf page has `items`, an index page has `children`."""

    size: int
    """Bytes of the encoded body."""
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


def identity_of(item: TreeItem) -> Identity:
    """The part of an item that the identity of its page covers, when its canonical metadata is not at hand."""
    meta = canonical(item.meta) if item.meta else None
    return file_identity(item, meta) if isinstance(item, TreeFile) else directory_identity(item, meta)
