"""Messages to a process that reads or writes blocks, and its answers: a length (64 bits, big-endian), and msgpack."""

import socket
import struct

import msgspec

from shared.archives.layout import LayoutPart
from shared.index.trees.builder import BuiltLeaf
from shared.index.trees.nodes import Standing
from shared.quilt.file_kinds import FileKind

_LENGTH = struct.Struct(">Q")


class BlockTask(msgspec.Struct, array_like=True, tag=0):
    """A block of whole lines, all of which are files."""

    block: bytes
    line: int
    """Number of the line before the block."""
    entries_before: int
    """Files before the block."""
    record_limit: int
    """Longest line, in bytes."""


class DraftPage(msgspec.Struct, array_like=True):
    """A leaf page of files, as it is stored."""

    prefix: str
    """Path of the directory with a slash at its end; empty for the root."""
    stored: bytes
    entries: int
    """Files in it, of which there is at least one."""
    standing: Standing


class DraftTask(msgspec.Struct, array_like=True, tag=1):
    """Pages whose files become lines of a manifest."""

    pages: list[DraftPage]
    entries_before: int
    """Files of the manifest before those in the pages."""


class LeafRun(msgspec.Struct, array_like=True, gc=False):
    """Files that follow each other in one directory, as leaf pages."""

    prefix: str
    """Path of the directory with a slash at its end; empty for the root."""
    first: str
    """Name of the first file."""
    line: int
    """Line of the first file."""
    leaves: list[BuiltLeaf]


class BlockFault(msgspec.Struct, array_like=True):
    """The fault that ended the reading of a block."""

    line: int
    """0: a directory stands among the files."""
    reason: str


class BlockSummary(msgspec.Struct, array_like=True):
    files: int
    runs: list[LeafRun]
    hashed: bytes
    """Bytes of the block that the top hash takes."""
    layout: LayoutPart
    kinds: dict[FileKind, int]
    fault: BlockFault | None


class DraftBlock(msgspec.Struct, array_like=True, kw_only=True):
    """Lines of a manifest. Files that are REMOVED count in `lengths` alone."""

    entries: int = 0
    size: int = 0
    """Bytes of the files."""
    longest_line: int = 0
    """Bytes of the longest line, or more than that if some are not ASCII."""
    hashed: bytes = b""
    """Bytes of the entries that the top hash takes."""
    lines: bytes = b""
    lengths: list[tuple[Standing, int]] = msgspec.field(default_factory=list)
    """Bytes of the lines of each page."""
    layout: LayoutPart
    kinds: dict[FileKind, int] = msgspec.field(default_factory=dict)
    is_too_deep: bool = False
    """Metadata has more levels than readers take; the block ends there."""
    is_broken: bool = False
    """A page is not what was said of it; the block ends there."""


_encode = msgspec.msgpack.Encoder().encode
decode_task = msgspec.msgpack.Decoder(BlockTask | DraftTask).decode
decode_summary = msgspec.msgpack.Decoder(BlockSummary).decode
decode_draft_block = msgspec.msgpack.Decoder(DraftBlock).decode


def send(peer: socket.socket, message: BlockTask | BlockSummary | DraftTask | DraftBlock) -> None:
    """Raises OSError."""
    encoded = _encode(message)
    peer.sendall(_LENGTH.pack(len(encoded)))
    peer.sendall(encoded)


def receive(peer: socket.socket) -> bytearray | None:
    """The next message, encoded; None at the end. Raises OSError."""
    start = _receive_exactly(peer, _LENGTH.size)
    return _receive_exactly(peer, _LENGTH.unpack(start)[0]) if start is not None else None


def _receive_exactly(peer: socket.socket, size: int) -> bytearray | None:
    """The bytes, or None if the other side has closed the connection."""
    received = bytearray(size)
    view, at = memoryview(received), 0
    while at < size:
        count = peer.recv_into(view[at:], size - at, socket.MSG_WAITALL)
        if not count:
            return None
        at += count
    return received
