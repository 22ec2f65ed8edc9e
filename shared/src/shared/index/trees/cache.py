"""Pages of trees in memory. They never change, so the least recently used are dropped and nothing else."""

from collections import OrderedDict

from shared.index.trees.nodes import OpenedPage, open_page

_OPENED_FACTOR = 2
"""Memory of an opened page by the bytes of its body."""
_MAX_OPENED_BYTES = 4096
"""Bytes of a leaf page that is held opened. Larger ones are held as they are stored, which usually takes a quarter of the memory."""


class NodeCache:
    """An LRU cache of about `budget` bytes.

    An OrderedDict, since each look-up of a file asks for several pages: `cachetools.LRUCache` takes 0.23 µs for each that it
    has, this takes 0.13 µs.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held = 0
        self._pages: OrderedDict[bytes, OpenedPage | bytes] = OrderedDict()

    @property
    def held(self) -> int:
        """Bytes of all pages, roughly."""
        return self._held

    def find(self, storage: bytes) -> OpenedPage | None:
        page = self._pages.get(storage)
        if page is None:
            return None
        self._pages.move_to_end(storage)
        return open_page(page) if isinstance(page, bytes) else page

    def add(self, storage: bytes, stored: bytes) -> OpenedPage:
        opened = open_page(stored)
        if storage not in self._pages:
            packs_well = opened.items is not None and opened.size > max(_MAX_OPENED_BYTES, 2 * len(stored))
            held = stored if packs_well else opened
            self._pages[storage] = held
            self._held += _weight(held)
            while self._held > self._budget:
                _, gone = self._pages.popitem(last=False)
                self._held -= _weight(gone)
        return opened


def _weight(page: OpenedPage | bytes) -> int:
    return len(page) if isinstance(page, bytes) else _OPENED_FACTOR * page.size
