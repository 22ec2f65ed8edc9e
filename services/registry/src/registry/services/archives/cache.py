"""Layouts and sections of archives in memory. They never change, so the least recently used are dropped and nothing else."""

from collections.abc import Hashable

from cachetools import LRUCache

from registry.services.archives.sections import ArchiveSection, ArchiveSource

MAX_CHECKPOINTS = 100_000
"""Checkpoints of all layouts in memory: those of a hundred million files, about 60 MB."""
MAX_SECTIONS = 10_000


class ArchiveCache:
    def __init__(self) -> None:
        self._sources: LRUCache[Hashable, ArchiveSource] = LRUCache(MAX_CHECKPOINTS, getsizeof=_weight)
        self._sections: LRUCache[Hashable, ArchiveSection] = LRUCache(MAX_SECTIONS)

    def find_source(self, key: Hashable) -> ArchiveSource | None:
        return self._sources.get(key)

    def add_source(self, key: Hashable, source: ArchiveSource) -> None:
        if _weight(source) <= MAX_CHECKPOINTS:
            self._sources[key] = source

    def find_section(self, key: Hashable) -> ArchiveSection | None:
        return self._sections.get(key)

    def add_section(self, key: Hashable, section: ArchiveSection) -> None:
        self._sections[key] = section


def _weight(source: ArchiveSource) -> int:
    return 1 + len(source.layout.checkpoints)
