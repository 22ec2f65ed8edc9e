"""Layouts and slices of archives in memory. They never change, so the least recently used are dropped and nothing else."""

from collections.abc import Hashable

from cachetools import LRUCache

from registry.services.archives.slices import ArchiveSlice, ArchiveSource

MAX_CHECKPOINTS = 100_000
"""Checkpoints of all layouts in memory: those of a hundred million files, about 60 MB."""
MAX_SLICES = 10_000


class ArchiveCache:
    def __init__(self) -> None:
        self._sources: LRUCache[Hashable, ArchiveSource] = LRUCache(MAX_CHECKPOINTS, getsizeof=_weight)
        self._slices: LRUCache[Hashable, ArchiveSlice] = LRUCache(MAX_SLICES)

    def find_source(self, key: Hashable) -> ArchiveSource | None:
        return self._sources.get(key)

    def add_source(self, key: Hashable, source: ArchiveSource) -> None:
        if _weight(source) <= MAX_CHECKPOINTS:
            self._sources[key] = source

    def find_slice(self, key: Hashable) -> ArchiveSlice | None:
        return self._slices.get(key)

    def add_slice(self, key: Hashable, piece: ArchiveSlice) -> None:
        self._slices[key] = piece


def _weight(source: ArchiveSource) -> int:
    return 1 + len(source.layout.checkpoints)
