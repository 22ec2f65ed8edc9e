"""Trees that a push has built, on their way to the indexer.

A handover is a series of frames: a length (32 bits, big-endian) and that many bytes. The first holds a TreeHandover in msgpack, the second
a WrittenManifest, and each of the others a new page as it is stored, children before their parents. The receiver computes the names of
pages itself. The first frame of a large manifest is sent before the manifest is written, so that the receiver does not read it when S3
tells of it.
"""

import asyncio
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator

import msgspec

from shared.index.trees import nodes
from shared.index.trees.builder import TreeRoot
from shared.index.trees.manifest_reader import BATCH_BYTES, BATCH_PAGES, ManifestContents
from shared.index.trees.nodes import Index, NodePage, TreeDirectory
from shared.quilt.file_kinds import FileKind

MAX_FRAME_BYTES = 32 << 20
HANDOVER_IDLE_SECONDS = 900.0
"""Longest pause in a handover. A push sends nothing while it writes its manifest, and the receiver keeps that locked."""
_SENT_BYTES = 1 << 18
"""Bytes that are sent at a time."""
_LENGTH = struct.Struct(">I")


class HandoverBroken(ValueError):
    """The bytes that were received are not a whole handover, or do not fit to the index."""


class TreeHandover(msgspec.Struct, frozen=True):
    """The contents that the index would read from a manifest of a push."""

    bucket: str
    top_hash: str
    is_announced: bool
    """The manifest is not written yet."""
    longest_line: int
    """Bytes of its longest line."""
    header: str
    message: str | None
    root: bytes
    """Storage hash of the root of the tree."""
    identity: bytes
    entries: int
    size: int
    layout: bytes
    kinds: dict[FileKind, int]

    @property
    def contents(self) -> ManifestContents:
        root = TreeRoot(self.root, self.identity, self.entries, self.size)
        return ManifestContents(self.header, self.message, self.top_hash, root, self.layout, self.kinds)


class WrittenManifest(msgspec.Struct, frozen=True):
    """A manifest as S3 answered when it was written."""

    etag: str
    size: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(TreeHandover).decode
_decode_written = msgspec.msgpack.Decoder(WrittenManifest).decode


def frame(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


async def handover_body(
    handover: TreeHandover, written: Callable[[], Awaitable[WrittenManifest]], frames: Iterable[bytes]
) -> AsyncGenerator[bytes, None]:
    """The bytes of a handover; `frames` are those of its pages, in pieces of any size. Raises what `written` raises."""
    yield frame(_encode(handover))
    held = bytearray(frame(_encode(await written())))
    for each in frames:
        held += each
        if len(held) >= _SENT_BYTES:
            yield bytes(held)
            held.clear()
    yield bytes(held)


class ReceivedTree:
    """A handover that is being received. Its pages can be taken once."""

    def __init__(self, handover: TreeHandover, frames: AsyncGenerator[bytes, None]) -> None:
        self.handover = handover
        self._frames = frames
        self._written: WrittenManifest | None = None

    async def written(self) -> WrittenManifest:
        """The manifest, once it is written. Raises HandoverBroken, and what the stream raises."""
        if self._written is None:
            try:
                self._written = _decode_written(await anext(self._frames, b""))
            except msgspec.MsgspecError as error:
                raise HandoverBroken(f"the second frame is no manifest: {error}") from error
        return self._written

    async def batches(self) -> AsyncIterator[list[NodePage]]:
        """The pages, in batches of BATCH_PAGES or about BATCH_BYTES. Raises HandoverBroken, and what the stream raises."""
        held: list[bytes] = []
        size = 0
        async for stored in self._frames:
            held.append(stored)
            size += len(stored)
            if len(held) == BATCH_PAGES or size >= BATCH_BYTES:
                yield await asyncio.to_thread(_pages_of, held)
                held, size = [], 0
        if held:
            yield await asyncio.to_thread(_pages_of, held)

    async def drop(self) -> None:
        """Receive what was not taken."""
        async for _ in self._frames:
            pass


async def receive_tree(stream: AsyncIterator[bytes], *, idle_seconds: float = HANDOVER_IDLE_SECONDS) -> ReceivedTree:
    """Raises HandoverBroken, also after a longer pause than `idle_seconds`, and what the stream raises."""
    frames = _frames(stream, idle_seconds)
    try:
        first = await anext(frames, b"")
        return ReceivedTree(_decode(first), frames)
    except msgspec.MsgspecError as error:
        raise HandoverBroken(f"the first frame is no handover: {error}") from error


async def _frames(stream: AsyncIterator[bytes], idle_seconds: float) -> AsyncGenerator[bytes, None]:
    held = bytearray()
    while (chunk := await _next_chunk(stream, idle_seconds)) is not None:
        held += chunk
        end = 0
        for start, end in _whole_frames(held):
            yield bytes(held[start:end])
        del held[:end]
    if held:
        raise HandoverBroken("it ends within a frame")


async def _next_chunk(stream: AsyncIterator[bytes], idle_seconds: float) -> bytes | None:
    """The next bytes; None at the end."""
    try:
        async with asyncio.timeout(idle_seconds):
            return await anext(stream, None)
    except TimeoutError as error:
        raise HandoverBroken(f"nothing came for {idle_seconds:g} s") from error


def _whole_frames(held: bytearray) -> Iterator[tuple[int, int]]:
    """Start and end of the contents of frames that have been received. Raises HandoverBroken."""
    at = 0
    while at + _LENGTH.size <= len(held):
        [length] = _LENGTH.unpack_from(held, at)
        if length > MAX_FRAME_BYTES:
            raise HandoverBroken(f"a frame of {length} bytes")
        start, end = at + _LENGTH.size, at + _LENGTH.size + length
        if end > len(held):
            return
        yield start, end
        at = end


def _pages_of(frames: list[bytes]) -> list[NodePage]:
    """Raises HandoverBroken."""
    pages: list[NodePage] = []
    for stored in frames:
        try:
            body = nodes.body_of(stored)
            node = nodes.unpack(stored)
        except Exception as error:
            raise HandoverBroken(f"a page cannot be read: {type(error).__name__}") from error
        if isinstance(node, Index):
            children = [child.storage for child in node.children]
        else:
            children = [item.storage for item in node.items if isinstance(item, TreeDirectory)]
        pages.append(NodePage(nodes.digest(body), b"", children, stored))
    return pages
