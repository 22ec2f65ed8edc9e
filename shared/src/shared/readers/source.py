"""The bytes of a file, read by range."""

import io
from typing import Any, BinaryIO, Protocol

from typing_extensions import override

_BUFFER_BYTES = 32 << 10


class RangeSource(Protocol):
    """Bytes that can be read at any place. `size` is the number of bytes."""

    @property
    def size(self) -> int: ...

    @property
    def read_bytes(self) -> int:
        """Bytes that were fetched for this source so far."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; fewer at the end only. Raises SourceError when they cannot be fetched."""
        ...


class SourceError(Exception):
    """The bytes cannot be fetched: the object is gone, has changed, or may not be read."""


class BytesSource:
    """A source in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.read_bytes = 0

    @property
    def size(self) -> int:
        return len(self._content)

    def read(self, offset: int, length: int) -> bytes:
        found = self._content[offset : offset + length]
        self.read_bytes += len(found)
        return found


class SourceFile(io.RawIOBase):
    """A source as a binary file that can seek, for libraries that want one."""

    name = "object"
    """Some libraries ask for it."""

    def __init__(self, source: RangeSource) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._position

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise OSError("A position before the beginning of the file")
        self._position = start + offset
        return self._position

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        left = max(self._source.size - self._position, 0)
        found = self._source.read(self._position, left if size is None or size < 0 else min(size, left))
        self._position += len(found)
        return found

    @override
    def readall(self) -> bytes:
        return self.read(-1)

    @override
    def readinto(self, buffer: Any, /) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class SectionSource:
    """A part of a source."""

    def __init__(self, source: RangeSource, offset: int, length: int) -> None:
        self._source = source
        self._offset = offset
        self.size = max(min(length, source.size - offset), 0)

    @property
    def read_bytes(self) -> int:
        return self._source.read_bytes

    def read(self, offset: int, length: int) -> bytes:
        wanted = min(length, self.size - offset)
        return self._source.read(self._offset + offset, wanted) if wanted > 0 else b""


def binary_file(source: RangeSource) -> BinaryIO:
    """A source as a file that is read in pieces of at least `_BUFFER_BYTES`."""
    return io.BufferedReader(SourceFile(source), _BUFFER_BYTES)
