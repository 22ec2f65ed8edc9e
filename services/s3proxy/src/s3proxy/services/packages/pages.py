"""Pages of files in memory, so that the neighbours of a file that was asked for need no question. They never change."""

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, field

from shared.clients.package_gateway import GatewayFile, GatewayPage, decode_file

Directory = tuple[str, str]
"""A tree and the path of a directory in it."""
_Bound = tuple[bool, str]
"""Names to which a page goes: (False, last name), or (True, "") for the last page."""

_PAGE_BYTES = 500
"""Memory of a page beside its files."""
_FILE_BYTES = 150
"""Memory of a file beside its bytes."""


@dataclass(slots=True)
class _Pages:
    """Some pages of one directory, in order."""

    bounds: list[_Bound] = field(default_factory=list)
    by_bound: dict[_Bound, GatewayPage] = field(default_factory=dict)


class PageCache:
    """An LRU cache of about `budget` bytes."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held = 0
        self._directories: dict[Directory, _Pages] = {}
        self._used: OrderedDict[tuple[Directory, _Bound], int] = OrderedDict()
        """Weights of all pages; the least recently used is the first."""

    def find(self, directory: Directory, name: str) -> GatewayPage | None:
        """The page in which the name is, or would be."""
        pages = self._directories.get(directory)
        if pages is None:
            return None
        at = bisect_left(pages.bounds, (False, name))
        if at == len(pages.bounds):
            return None
        bound = pages.bounds[at]
        page = pages.by_bound[bound]
        if page.after is not None and name <= page.after:
            return None
        self._used.move_to_end((directory, bound))
        return page

    def add(self, directory: Directory, page: GatewayPage) -> None:
        bound = (page.last is None, page.last or "")
        pages = self._directories.setdefault(directory, _Pages())
        if bound in pages.by_bound:
            return
        insort(pages.bounds, bound)
        pages.by_bound[bound] = page
        weight = _PAGE_BYTES + sum(len(file) + _FILE_BYTES for file in page.files)
        self._used[directory, bound] = weight
        self._held += weight
        while self._held > self._budget and len(self._used) > 1:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        (directory, bound), weight = self._used.popitem(last=False)
        self._held -= weight
        pages = self._directories[directory]
        del pages.bounds[bisect_left(pages.bounds, bound)]
        del pages.by_bound[bound]
        if not pages.bounds:
            del self._directories[directory]


def file_in(page: GatewayPage, name: str) -> GatewayFile | None:
    at = bisect_left(page.names, name)
    return decode_file(page.files[at]) if at < len(page.names) and page.names[at] == name else None
