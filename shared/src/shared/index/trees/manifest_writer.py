"""Writes manifests byte for byte as the clients do, and computes the top hash that names them.

The top hash is known only at the end, and directories stand before files. So a draft is two temporary files, and most of
it is never in memory.

A draft that is made from another manifest, its base, knows which of its bytes stand there, if the base was written alike.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from tempfile import SpooledTemporaryFile
from typing import Any

from shared.index.trees.blocks.frames import DraftBlock
from shared.index.trees.entry_writer import EntryWriter
from shared.index.trees.nodes import Standing, TreeFile
from shared.quilt.metadata import MAX_METADATA_DEPTH, require_depth
from shared.quilt.top_hash import TopHash

MAX_MEMORY_BYTES = 4 << 20
"""Bytes of each part of a draft that are held in memory; what is longer goes to a temporary file."""


@dataclass(frozen=True, slots=True)
class ManifestTotals:
    """Name and sizes of a finished draft."""

    top_hash: str
    entries: int
    size: int
    """Bytes of all files."""
    length: int
    """Bytes of the manifest."""


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """Lines of a draft that stand in its base, too."""

    start: int
    """Bytes of the draft before them."""
    to_end: int
    """Bytes of the base from the first of them to its end."""
    length: int


@dataclass(frozen=True, slots=True)
class DraftBytes:
    """The bytes of a finished draft in its two files. Threads may read at the same time."""

    head_file: int
    head_length: int
    entry_file: int

    def read(self, start: int, length: int) -> bytes:
        read = b""
        if start < self.head_length:
            read = os.pread(self.head_file, min(length, self.head_length - start), start)
        while len(read) < length:
            more = os.pread(self.entry_file, length - len(read), start + len(read) - self.head_length)
            if not more:
                break
            read += more
        return read


class ManifestDraft:
    """A manifest that is being written: takes directories in any order, and files in walk order.

    Raises JsonTooDeep for metadata that no reader takes.
    """

    def __init__(self, header: dict[str, Any]) -> None:
        self.header = json.dumps(header, ensure_ascii=False)
        """The first line."""
        self.message = header["message"] if isinstance(header.get("message"), str) else None
        line = self.header.encode()
        require_depth(line, MAX_METADATA_DEPTH)
        self.longest_line = len(line)
        """Bytes of the longest line, or more than that if some are not ASCII."""
        self._top_hash = TopHash(header)
        self._head_part = SpooledTemporaryFile(MAX_MEMORY_BYTES, prefix="patchwork-draft-")  # noqa: SIM115 – closed by close
        self._entry_part = SpooledTemporaryFile(MAX_MEMORY_BYTES, prefix="patchwork-draft-")  # noqa: SIM115
        self._head_part.write(line + b"\n")
        self._head_length = len(line) + 1
        self._entry_length = 0
        self._writer = EntryWriter()
        self._entries = 0
        self._size = 0
        self._base_length = 0
        """Bytes of the lines of files in the base, as far as they have been passed."""
        self._kept: list[tuple[int, int, int]] = []
        """Lines that stand in the base: bytes of files' lines before them in the draft and in the base, and their length."""

    def close(self) -> None:
        self._head_part.close()
        self._entry_part.close()

    def add_directory(self, path: str, meta: bytes) -> None:
        require_depth(meta, MAX_METADATA_DEPTH)
        line = b'{"logical_key": %b, "meta": %b}' % (encode_basestring(f"{path}/").encode(), meta)
        self.longest_line = max(self.longest_line, len(line))
        self._head_part.write(line + b"\n")
        self._head_length += len(line) + 1

    def add_files(self, prefix: str, files: Sequence[TreeFile], standing: Standing = Standing.NEW) -> None:
        """Files of one directory; `prefix` is its path with a slash at its end, or empty for the root.

        Those that are REMOVED are passed over, and lengthen the base.
        """
        if not files:
            return
        written = self._writer.write(prefix, files)
        self._pass_lines(standing, len(written.lines))
        if standing is Standing.REMOVED:
            return
        self.longest_line = max(self.longest_line, written.longest_line)
        self._size += sum([file.size for file in files])
        self._add_entries(len(files), written.hashed, written.lines)

    def add_block(self, block: DraftBlock) -> None:
        """Files whose lines are written already."""
        for standing, length in block.lengths:
            self._pass_lines(standing, length)
        self.longest_line = max(self.longest_line, block.longest_line)
        self._size += block.size
        self._add_entries(block.entries, block.hashed, block.lines)

    def _add_entries(self, entries: int, hashed: bytes, lines: bytes) -> None:
        self._entries += entries
        self._top_hash.update(hashed)
        self._entry_part.write(lines)

    def _pass_lines(self, standing: Standing, length: int) -> None:
        """Count lines of the draft or the base that follow each other."""
        if standing is Standing.KEPT:
            start, base = self._entry_length, self._base_length
            if self._kept and (start, base) == _ends_of(self._kept[-1]):
                start, base, before = self._kept.pop()
                self._kept.append((start, base, before + length))
            else:
                self._kept.append((start, base, length))
        if standing is not Standing.REMOVED:
            self._entry_length += length
        if standing is not Standing.NEW:
            self._base_length += length

    @property
    def entries(self) -> int:
        return self._entries

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self._size

    def finish(self) -> ManifestTotals:
        length = self._head_length + self._entry_length
        return ManifestTotals(self._top_hash.hexdigest(), self._entries, self._size, length)

    def kept_bytes(self) -> list[KeptBytes]:
        """The lines that stand in the base, if that has the lines of files that were KEPT or REMOVED at its end, and as a draft has them."""
        head = self._head_length
        return [KeptBytes(head + start, self._base_length - base, length) for start, base, length in self._kept]

    def open_bytes(self) -> "DraftBytes":
        """The bytes of the finished draft, until it is closed."""
        for part in (self._head_part, self._entry_part):
            part.rollover()
            part.flush()
        return DraftBytes(self._head_part.fileno(), self._head_length, self._entry_part.fileno())

    def parts(self, size: int) -> Iterator[bytes]:
        """The manifest's bytes, `size` at a time. They can be read once."""
        held = bytearray()
        for source in (self._head_part, self._entry_part):
            source.seek(0)
            while chunk := source.read(size - len(held)):
                held += chunk
                if len(held) == size:
                    yield bytes(held)
                    held.clear()
        if held:
            yield bytes(held)


def _ends_of(kept: tuple[int, int, int]) -> tuple[int, int]:
    """Bytes before the end of kept lines, in the draft and in the base."""
    start, base, length = kept
    return start + length, base + length
