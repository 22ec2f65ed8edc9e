"""Pages of trees in memory: they never change, only the least recently used must go."""

from collections import OrderedDict

from shared.index.trees.nodes import OpenedPage, open_page

_OPENED = 2
"""Times the bytes of its body is what an opened page takes."""
_SMALL = 4096
"""Bytes of a page of items that is held opened; larger ones usually take a quarter as much as they are stored, and open fast."""


class NodeCache:
    def __init__(self, budget: int) -> None:
        """`budget` in bytes, roughly."""
        self._budget = budget
        self._held = 0
        self._pages: OrderedDict[bytes, OpenedPage | bytes] = OrderedDict()

    @property
    def held(self) -> int:
        """Bytes, roughly."""
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
            packs_well = opened.items is not None and opened.size > max(_SMALL, 2 * len(stored))
            held = stored if packs_well else opened
            self._pages[storage] = held
            self._held += _weight(held)
            while self._held > self._budget:
                _, gone = self._pages.popitem(last=False)
                self._held -= _weight(gone)
        return opened


def _weight(page: OpenedPage | bytes) -> int:
    return len(page) if isinstance(page, bytes) else _OPENED * page.size
