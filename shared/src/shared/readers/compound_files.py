"""Compound files, in which Office kept documents until 2007: streams within one file. Layout: [MS-CFB]."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_SECTOR = 0xFFFFFFFA
_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_STREAM, _ROOT = 2, 5
_MAX_STREAMS = 10_000
_MAX_TABLE_BYTES = 16 << 20
"""Bytes of the allocation table: a file of 2 GiB."""
_MAX_STREAM_BYTES = 128 << 20


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    start: int
    size: int


class CompoundFile:
    """Raises UnreadableFile for a file whose sectors lead in a circle, or out of it. Reads no more than what is asked for."""

    def __init__(self, source: RangeSource) -> None:
        self._header = source.read(0, _HEADER_BYTES)
        if len(self._header) < _HEADER_BYTES or not self._header.startswith(MAGIC):
            raise UnreadableFile("The file is no document of Office, although its name says so")
        self._source = source
        shift, mini_shift = struct.unpack_from("<2H", self._header, 30)
        if shift not in {9, 12} or mini_shift != 6:
            raise UnreadableFile("The header of the document is damaged")
        self._sector_bytes = 1 << shift
        self._next = self._allocation_table()
        first_directory, self._cutoff = struct.unpack_from("<I4xI", self._header, 48)
        self._entries = list(self._directory(self._read(first_directory)))[:_MAX_STREAMS]
        self._mini_next = _numbers(self._read(struct.unpack_from("<I", self._header, 60)[0]))
        root = next((entry for entry in self._entries if entry.kind == _ROOT), None)
        self._mini_stream = self._read(root.start) if root else b""

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self._entries if entry.kind == _STREAM]

    def stream(self, name: str) -> bytes | None:
        for entry in self._entries:
            if entry.kind == _STREAM and entry.name == name:
                return self._content_of(entry)
        return None

    def check(self) -> None:
        """Raise UnreadableFile unless all streams can be read."""
        left = 4 * (len(self._next) + len(self._mini_next)) + _MAX_STREAMS
        for entry in self._entries:
            if entry.kind == _STREAM and entry.size:
                is_small = entry.size < self._cutoff
                left -= len(_chain(entry.start, self._mini_next if is_small else self._next))
                if left < 0:
                    raise UnreadableFile("The document is damaged: its streams share too much")

    def _content_of(self, entry: _Entry) -> bytes:
        if entry.size >= self._cutoff:
            return self._read(entry.start, entry.size)[: entry.size]
        places = _chain(entry.start, self._mini_next)
        return b"".join(self._mini_stream[place * 64 : place * 64 + 64] for place in places)[: entry.size]

    def _allocation_table(self) -> tuple[int, ...]:
        """For each sector, the one that follows it."""
        sectors = [each for each in struct.unpack_from("<109I", self._header, 76) if each < _MAX_SECTOR]
        further, seen = struct.unpack_from("<I", self._header, 68)[0], set()
        while further < _MAX_SECTOR:
            if further in seen:
                raise UnreadableFile("The document is damaged: its sectors lead in a circle")
            seen.add(further)
            listed = _numbers(self._sector(further))
            if not listed:
                break
            sectors += [each for each in listed[:-1] if each < _MAX_SECTOR]
            further = listed[-1]
        sectors = sectors[: self._source.size // self._sector_bytes + 1]
        if len(sectors) * self._sector_bytes > _MAX_TABLE_BYTES:
            raise UnreadableFile("The document is too large to be read")
        return _numbers(self._sectors(sectors))

    def _sector(self, number: int) -> bytes:
        return self._source.read((number + 1) * self._sector_bytes, self._sector_bytes)

    def _sectors(self, numbers: Sequence[int]) -> bytes:
        """Sectors that follow each other are read at once."""
        parts = []
        begin = 0
        for index in range(1, len(numbers) + 1):
            if index == len(numbers) or numbers[index] != numbers[index - 1] + 1:
                length = (index - begin) * self._sector_bytes
                parts.append(self._source.read((numbers[begin] + 1) * self._sector_bytes, length))
                begin = index
        return b"".join(parts)

    def _read(self, start: int, size: int = _MAX_STREAM_BYTES) -> bytes:
        sectors = _chain(start, self._next)[: -(-size // self._sector_bytes)]
        if len(sectors) * self._sector_bytes > _MAX_STREAM_BYTES:
            raise UnreadableFile("The document is too large to be read")
        return self._sectors(sectors)

    def _directory(self, data: bytes) -> Iterator[_Entry]:
        for place in range(0, len(data) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
            length, kind = struct.unpack_from("<HB", data, place + 64)
            start, size = struct.unpack_from("<2I", data, place + 116)
            if kind in {_STREAM, _ROOT}:
                name = data[place : place + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
                yield _Entry(name, kind, start, size)


def _chain(start: int, following: tuple[int, ...]) -> list[int]:
    found: list[int] = []
    seen = bytearray(len(following))
    while start < len(following):
        if seen[start]:
            raise UnreadableFile("The document is damaged: its sectors lead in a circle")
        seen[start] = 1
        found.append(start)
        start = following[start]
    return found


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
