"""Parts of the one source that a worker has. A read never reaches beyond the part that it is for: next to it are other objects of the store."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from shared.readers.source import RangeSource, SectionSource

BLOCK_BYTES = 64 << 10
"""Shorter reads fetch whole blocks of their part, which are kept. DuckDB knows which longer ones it needs, and asks for each once."""
MAX_CACHED_BYTES = 32 << 20


@runtime_checkable
class ConcurrentSource(RangeSource, Protocol):
    def read_all(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Read parts of the source, as (offset, length), at the same time."""
        ...


class SectionedSource:
    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self._cache = _BlockCache()

    def section(self, offset: int, size: int) -> RangeSource:
        if isinstance(self._source, ConcurrentSource):
            return _CachedSection(self._source, offset, size, self._cache)
        return SectionSource(self._source, offset, size)

    def read_all(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        if isinstance(self._source, ConcurrentSource):
            return self._source.read_all(ranges)
        return [self._source.read(offset, length) for offset, length in ranges]


class _BlockCache:
    """The last blocks that were read, by their offset in the source. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0

    def find(self, offset: int) -> bytes | None:
        with self._lock:
            block = self._blocks.get(offset)
            if block is not None:
                self._blocks.move_to_end(offset)
            return block

    def keep(self, offset: int, block: bytes) -> None:
        with self._lock:
            if offset not in self._blocks:
                self._blocks[offset] = block
                self._bytes += len(block)
            while self._bytes > MAX_CACHED_BYTES:
                self._bytes -= len(self._blocks.popitem(last=False)[1])


class _CachedSection:
    def __init__(self, source: ConcurrentSource, offset: int, size: int, cache: _BlockCache) -> None:
        self._source = source
        self._offset = offset
        self._cache = cache
        self.size = max(min(size, source.size - offset), 0)

    @property
    def read_bytes(self) -> int:
        return self._source.read_bytes

    def read(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        if end - offset >= BLOCK_BYTES:
            return self._source.read_all([(self._offset + offset, end - offset)])[0]
        first = offset // BLOCK_BYTES * BLOCK_BYTES
        starts = range(first, end, BLOCK_BYTES)
        blocks = {start: self._cache.find(self._offset + start) for start in starts}
        missing = [start for start, block in blocks.items() if block is None]
        ranges = [(self._offset + start, min(BLOCK_BYTES, self.size - start)) for start in missing]
        for start, block in zip(missing, self._source.read_all(ranges) if ranges else [], strict=True):
            self._cache.keep(self._offset + start, block)
            blocks[start] = block
        content = b"".join([block for block in blocks.values() if block])
        return content[offset - first : end - first]
