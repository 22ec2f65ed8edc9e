"""Ranges: the pages of a directory in two trees that must be read to find the differences.

Pages of equal identity hold equal items, so they are left out. The rest is cut at the names at which pages of both sides
end together. Names determine the ends of pages (`trees.nodes`), so nearly all pages end together.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from shared.index.trees.nodes import Child, TreePath


@dataclass(frozen=True, slots=True)
class DiffLimits:
    """Bounds of the steps of a difference."""

    max_pages: int = 32
    """Pages of one side in a range. Longer ranges are cut at the last name of a page; pages across the cut are read twice."""
    max_level_ratio: int = 11
    """Ratio of items per page above which one side is taken to be a level higher: the square root of the average."""
    first_window: int = 32
    """Pages that are read together at first: few, so that the first changes come soon. Then twice as many each time."""
    largest_window: int = 512
    max_scanned_changes: int = 10_000
    """Changes that are read for one page when only some kinds are wanted."""


DIFF_LIMITS = DiffLimits()


class PageRange(msgspec.Struct, frozen=True):
    """Pages of one directory in both trees or in one. All pages of a side are of one level."""

    path: TreePath
    before: list[Child]
    after: list[Child]
    low: str | None = None
    """Only names after this one."""
    high: str | None = None
    """Only names up to this one."""
    floor: TreePath = ()
    """Only items at this path, relative to the directory, or after it."""
    is_flat: bool = False
    """Read both sides: they were found to be of one level."""
    moved_from: TreePath | None = None
    """Old path of a directory that moved as it is. Both sides hold equal items."""

    def wanted(self, limits: DiffLimits) -> tuple[list[Child], list[Child]]:
        """The pages of each side to be read next: those of the side that is a level higher, or both."""
        if self.is_flat or not self.before or not self.after:
            return self.before, self.after
        before, after = _items_per_page(self.before), _items_per_page(self.after)
        if after and before > after * limits.max_level_ratio:
            return self.before, []
        if before and after > before * limits.max_level_ratio:
            return [], self.after
        return self.before, self.after

    def parts(self, before: list[Child], after: list[Child], limits: DiffLimits) -> Iterator["PageRange"]:
        """The ranges that may differ when the sides have these pages, one level down; in order."""
        before, after = self.within(before), self.within(after)
        if self.moved_from is not None:
            for old, new in zip(before, after, strict=True):
                yield replace(self, before=[old], after=[new])
            return
        for mine, other in _aligned(before, after):
            same = {page.identity for page in mine} & {page.identity for page in other}
            left = [page for page in mine if page.identity not in same]
            right = [page for page in other if page.identity not in same]
            if left and right:
                yield from self._cut(left, right, limits.max_pages)
            else:
                for page in left:
                    yield replace(self, before=[page], after=[])
                for page in right:
                    yield replace(self, before=[], after=[page])

    def floor_in(self, name: str) -> TreePath:
        """The floor for the directory of this name."""
        return self.floor[1:] if self.floor and self.floor[0] == name else ()

    def names(self) -> tuple[str | None, str | None, str | None]:
        return self.low, self.high, self.floor[0] if self.floor else None

    def within(self, pages: list[Child]) -> list[Child]:
        low, high, floor = self.names()
        start = 0 if low is None else bisect_right(pages, low, key=_last)
        if floor is not None:
            start = max(start, bisect_left(pages, floor, key=_last))
        end = len(pages) if high is None else bisect_left(pages, high, key=_last) + 1
        return pages[start:end]

    def _cut(self, left: list[Child], right: list[Child], max_pages: int) -> Iterator["PageRange"]:
        longer = max(left, right, key=len)
        cuts: list[str | None] = [page.last for page in longer[max_pages - 1 : -1 : max_pages]]
        low = self.low
        for cut in [*cuts, self.high]:
            part = replace(self, before=left, after=right, low=low, high=cut)
            before, after = part.within(left), part.within(right)
            if before or after:
                yield replace(part, before=before, after=after)
            low = cut


def _aligned(before: list[Child], after: list[Child]) -> Iterator[tuple[list[Child], list[Child]]]:
    """Both sides, cut at each name with which pages of both end."""
    i = j = 0
    cut_i = cut_j = 0
    while i < len(before) and j < len(after):
        mine, other = before[i].last, after[j].last
        i += mine <= other
        j += other <= mine
        if mine == other:
            yield before[cut_i:i], after[cut_j:j]
            cut_i, cut_j = i, j
    if before[cut_i:] or after[cut_j:]:
        yield before[cut_i:], after[cut_j:]


def _last(page: Child) -> str:
    return page.last


def _items_per_page(pages: list[Child]) -> float:
    """Average number of items; 0 when unknown."""
    return sum(page.items for page in pages) / len(pages)
