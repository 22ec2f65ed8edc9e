"""Walks the files of a tree whose paths are in given ranges, and reads only the pages that hold some of them."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.index.trees import nodes
from shared.index.trees.nodes import Fetch, Index, Leaf, TreeDirectory, TreeFile, TreeItem, TreePath
from shared.index.trees.reader import TreeGone
from shared.index.trees.walk import Files

BATCH_NODES = 16
"""Nodes that are fetched together, which hold about two thousand files."""
_MAX_SCANNED_NODES = 200
"""Coming nodes that are looked at to fill a batch."""


@dataclass(frozen=True, slots=True)
class PathRange:
    """Paths in walk order from `first` on, and before `end`; to the last when `end` is None."""

    first: TreePath = ()
    end: TreePath | None = None


WHOLE = PathRange()


def range_below(path: TreePath) -> PathRange:
    """The file or directory at a path, with everything below it."""
    return PathRange(path, _after(path)) if path else WHOLE


Ranges = Sequence[PathRange]
"""Ranges in walk order that do not overlap."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that is still to be read, and the ranges that hold some of its items."""

    prefix: str
    """Path of the directory with a slash at its end."""
    parent: TreePath
    """The same, as names."""
    storage: bytes
    ranges: Ranges | None
    """Ranges that hold some of the items; None when everything in the page is wanted."""


_Step = _Page | Files
_Node = Leaf | Index


async def walk_ranges(
    fetch: Fetch, root: bytes, ranges: Ranges = (WHOLE,), *, batch_nodes: int = BATCH_NODES
) -> AsyncGenerator[Files, None]:
    """Files of the ranges in walk order. Raises TreeGone."""
    held: dict[bytes, _Node] = {}
    steps: list[_Step] = [_Page("", (), root, None if WHOLE in ranges else ranges)] if ranges else []
    while steps:
        step = steps.pop()
        if isinstance(step, Files):
            yield step
            continue
        if step.storage not in held:
            wanted = _wanted(step, steps, held, batch_nodes)
            found = await fetch(wanted)
            if step.storage not in found:
                raise TreeGone("A page of the revision is no longer in the index")
            held.update((storage, nodes.unpack(body)) for storage, body in found.items())
        steps.extend(reversed(list(_below(step, held.pop(step.storage)))))


def _wanted(needed: _Page, steps: Sequence[_Step], held: Mapping[bytes, _Node], batch_nodes: int) -> list[bytes]:
    """The node that is needed now, and nodes that will be needed next."""
    wanted = {needed.storage: None}
    pending = [step for step in steps[-_MAX_SCANNED_NODES:] if isinstance(step, _Page)]
    scanned = 0
    while pending and len(wanted) < batch_nodes and scanned < _MAX_SCANNED_NODES:
        page = pending.pop()
        scanned += 1
        node = held.get(page.storage)
        if node is None:
            wanted[page.storage] = None
        else:
            pending.extend(reversed(list(_pages_below(page, node))))
    return list(wanted)


def _below(page: _Page, node: _Node) -> Iterator[_Step]:
    if isinstance(node, Index):
        yield from _pages(page, node)
        return
    run: list[TreeFile] = []
    for item in _items(page, node.items):
        if isinstance(item, TreeFile):
            run.append(item)
            continue
        if run:
            yield Files(page.prefix, run)
            run = []
        yield from _directory(page, item)
    if run:
        yield Files(page.prefix, run)


def _pages_below(page: _Page, node: _Node) -> Iterator[_Page]:
    if isinstance(node, Index):
        yield from _pages(page, node)
    elif any(isinstance(item, TreeDirectory) for item in node.items):
        for item in _items(page, node.items):
            if isinstance(item, TreeDirectory):
                yield from _directory(page, item)


def _directory(page: _Page, item: TreeDirectory) -> Iterator[_Page]:
    path = (*page.parent, item.name)
    ranges = _narrowed(page.ranges, path, _after(path))
    if ranges is None or ranges:
        yield _Page(f"{page.prefix}{item.name}/", path, item.storage, ranges)


def _pages(page: _Page, node: Index) -> Iterator[_Page]:
    first = page.parent
    for child in node.children:
        end = _after((*page.parent, child.last))
        ranges = _narrowed(page.ranges, first, end)
        if ranges is None or ranges:
            yield _Page(page.prefix, page.parent, child.storage, ranges)
        first = end


def _items(page: _Page, items: Sequence[TreeItem]) -> Iterator[TreeItem]:
    """The files in the ranges, and the directories that may hold such files."""
    if page.ranges is None:
        yield from items
        return
    depth = len(page.parent)
    names = [item.name for item in items]
    at = 0
    for each in page.ranges:
        if each.first > page.parent:
            at = max(at, bisect_left(names, each.first[depth]))
        for item in items[at:]:
            path = (*page.parent, item.name)
            if each.end is not None and path >= each.end:
                break
            at += 1
            if isinstance(item, TreeDirectory) or path >= each.first:
                yield item


def _narrowed(ranges: Ranges | None, first: TreePath, end: TreePath) -> Ranges | None:
    """The ranges that hold paths from `first` on and before `end`; None when one holds them all."""
    if ranges is None:
        return None
    bounded = len(ranges) - (ranges[-1].end is None)
    start = bisect_right(ranges, first, hi=bounded, key=_end)
    found = ranges[start : bisect_left(ranges, end, key=_first)]
    if len(found) == 1 and found[0].first <= first and (found[0].end is None or found[0].end >= end):
        return None
    return found


def _after(path: TreePath) -> TreePath:
    """The first path after a path and everything below it."""
    return (*path[:-1], path[-1] + "\0")


def _first(each: PathRange) -> TreePath:
    return each.first


def _end(each: PathRange) -> TreePath:
    return each.end or ()
