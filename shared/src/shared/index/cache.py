"""Pages of trees in memory: they never change, only the least recently used must go."""

from collections import OrderedDict

from shared.index.nodes import Opened, open_page

_OVERHEAD = 2
"""Times the bytes of its body is what a page takes."""


class NodeCache:
    def __init__(self, budget: int) -> None:
        """`budget` in bytes, roughly."""
        self._budget = budget
        self._held = 0
        self._pages: OrderedDict[bytes, Opened] = OrderedDict()

    def find(self, storage: bytes) -> Opened | None:
        page = self._pages.get(storage)
        if page is not None:
            self._pages.move_to_end(storage)
        return page

    def add(self, storage: bytes, stored: bytes) -> Opened:
        page = open_page(stored)
        if storage not in self._pages:
            self._pages[storage] = page
            self._held += _OVERHEAD * page.size
            while self._held > self._budget:
                _, gone = self._pages.popitem(last=False)
                self._held -= _OVERHEAD * gone.size
        return page
