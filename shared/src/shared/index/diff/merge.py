"""One step of a difference: reads ranges of pages, and returns narrower ranges and changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from shared.index.diff.ranges import DIFF_LIMITS, DiffLimits, PageRange
from shared.index.diff.types import Change, Kind, content_of, same_metadata
from shared.index.trees import nodes
from shared.index.trees.nodes import Child, Index, TreeDirectory, TreeFile, TreeItem, TreePath
from shared.index.trees.reader import TreeGone

Segment = Change | PageRange


class _RawLeaf(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """A leaf page whose items are not decoded: most are equal on both sides, and are compared as bytes."""

    items: list[msgspec.Raw]


_decode_node = msgspec.msgpack.Decoder(_RawLeaf | Index).decode
_decode_item = msgspec.msgpack.Decoder(TreeItem).decode


@dataclass(frozen=True, slots=True)
class Merger:
    """Compares pages of both sides. It has no state, so threads may share it."""

    moved: Mapping[TreePath, Change] = field(default_factory=dict)
    """Directories that are known to have moved as they are, by new path."""
    moved_from: frozenset[TreePath] = frozenset()
    """Old paths of these directories."""
    whole: bool = False
    """Report a directory that only one side has as one change, and do not read it."""
    limits: DiffLimits = DIFF_LIMITS

    def expand(self, segments: list[Segment], held: dict[bytes, bytes]) -> list[Segment]:
        """Replace each range by the ranges one level down or, at the leaves, by its changes. `held`: bodies of the wanted pages."""
        found: list[Segment] = []
        for segment in segments:
            if isinstance(segment, PageRange):
                self._expand(segment, held, found)
            else:
                found.append(segment)
        return found

    def _expand(self, here: PageRange, held: dict[bytes, bytes], found: list[Segment]) -> None:
        before, after = (_decode_pages(side, held) for side in here.wanted(self.limits))
        if any(isinstance(node, Index) for node in before + after):
            below = replace(here, is_flat=False)
            found.extend(below.parts(_children(here.before, before), _children(here.after, after), self.limits))
        elif len(before) < len(here.before) or len(after) < len(here.after):
            found.append(replace(here, is_flat=True))
        elif here.moved_from is not None:
            _merge_moved(here, _items(here, before), _items(here, after), found)
        else:
            self._merge(here, _items(here, before), _items(here, after), found)

    def _merge(
        self, here: PageRange, before: list[msgspec.Raw], after: list[msgspec.Raw], found: list[Segment]
    ) -> None:
        lefts, rights = _unlike(before, after)
        i = j = 0
        while i < len(lefts) and j < len(rights):
            left, right = lefts[i], rights[j]
            if left.name == right.name:
                i, j = i + 1, j + 1
                if not _same_file(left, right):
                    self._compare(here, left, right, found)
            elif left.name < right.name:
                i += 1
                self._compare(here, left, None, found)
            else:
                j += 1
                self._compare(here, None, right, found)
        for item in lefts[i:]:
            self._compare(here, item, None, found)
        for item in rights[j:]:
            self._compare(here, None, item, found)

    def _compare(self, here: PageRange, before: TreeItem | None, after: TreeItem | None, found: list[Segment]) -> None:
        """Append the differences of two items of one name: first those of files, then those of directories."""
        path = (*here.path, (before or after).name)  # type: ignore[union-attr]
        _compare_files(
            path,
            before if isinstance(before, TreeFile) else None,
            after if isinstance(after, TreeFile) else None,
            found,
        )
        old = before if isinstance(before, TreeDirectory) else None
        new = after if isinstance(after, TreeDirectory) else None
        if old and new:
            if not same_metadata(old, new):
                found.append(Change(Kind.METADATA, path, old, new))
            if old.identity != new.identity:
                found.append(PageRange(path, [_root_page(old)], [_root_page(new)], floor=here.floor_in(path[-1])))
        elif old or new:
            self._compare_one_sided(here, path, old, new, found)

    def _compare_one_sided(
        self,
        here: PageRange,
        path: TreePath,
        old: TreeDirectory | None,
        new: TreeDirectory | None,
        found: list[Segment],
    ) -> None:
        if new and (move := self.moved.get(path)):
            old = move.before if isinstance(move.before, TreeDirectory) else None
            previous = move.previous
        elif old and path in self.moved_from:
            return
        else:
            previous = None
        if self.whole:
            found.append(Change(Kind.ADDED if new else Kind.REMOVED, path, old, new))
            return
        below = one_sided(path, old, new)
        found.append(replace(below, floor=here.floor_in(path[-1]), moved_from=previous))


def one_sided(path: TreePath, before: TreeItem | None, after: TreeItem | None) -> PageRange:
    """The range of a whole directory that only one side has."""
    return PageRange(
        path,
        [_root_page(before)] if isinstance(before, TreeDirectory) else [],
        [_root_page(after)] if isinstance(after, TreeDirectory) else [],
    )


def _merge_moved(here: PageRange, before: list[msgspec.Raw], after: list[msgspec.Raw], found: list[Segment]) -> None:
    """Both sides have the same names: every file has moved."""
    for raw_old, raw_new in zip(before, after, strict=True):
        old, new = _decode_item(raw_old), _decode_item(raw_new)
        path, previous = (*here.path, new.name), (*(here.moved_from or ()), new.name)
        if isinstance(new, TreeFile):
            found.append(Change(Kind.MOVED, path, old, new, previous))
        else:
            floor = here.floor_in(new.name)
            found.append(PageRange(path, [_root_page(old)], [_root_page(new)], floor=floor, moved_from=previous))


def _compare_files(path: TreePath, before: TreeFile | None, after: TreeFile | None, found: list[Segment]) -> None:
    if before and after:
        if content_of(before) != content_of(after):
            found.append(Change(Kind.CHANGED, path, before, after))
        elif not same_metadata(before, after):
            found.append(Change(Kind.METADATA, path, before, after))
    elif before:
        found.append(Change(Kind.REMOVED, path, before, None))
    elif after:
        found.append(Change(Kind.ADDED, path, None, after))


def _unlike(before: list[msgspec.Raw], after: list[msgspec.Raw]) -> tuple[list[TreeItem], list[TreeItem]]:
    """The decoded items of both sides, without most of those that are equal on both."""
    if len(before) == len(after):
        pairs = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        return [_decode_item(old) for old, _ in pairs], [_decode_item(new) for _, new in pairs]
    start, end = _common(before, after), _common(before[::-1], after[::-1])
    end = min(end, len(before) - start, len(after) - start)
    return (
        [_decode_item(item) for item in before[start : len(before) - end]],
        [_decode_item(item) for item in after[start : len(after) - end]],
    )


def _common(one: list[msgspec.Raw], other: list[msgspec.Raw]) -> int:
    """Number of items with which both begin."""
    unlike = (at for at, (mine, others) in enumerate(zip(one, other, strict=False)) if mine != others)
    return next(unlike, min(len(one), len(other)))


def _same_file(one: TreeItem, other: TreeItem) -> bool:
    """True if two items of one name are certainly the same file at another physical key, as in promoted copies."""
    return (
        type(one) is TreeFile
        and type(other) is TreeFile
        and one.hash_value == other.hash_value
        and one.size == other.size
        and one.meta == other.meta
        and one.hash_type == other.hash_type
    )


def _decode_pages(pages: list[Child], held: dict[bytes, bytes]) -> list[_RawLeaf | Index]:
    try:
        return [_decode_node(nodes.body_of(held[page.storage])) for page in pages]
    except KeyError as missing:
        raise TreeGone("Pages of the revision are no longer in the index") from missing


def _children(pages: list[Child], decoded: list[_RawLeaf | Index]) -> list[Child]:
    """The pages of the level below; the same pages when they were not read or are leaves."""
    if not decoded:
        return pages
    below: list[Child] = []
    for page, node in zip(pages, decoded, strict=True):
        if isinstance(node, Index):
            below += node.children
        elif node.items:
            # The root page of a directory comes without these two.
            below.append(replace(page, last=_decode_item(node.items[-1]).name, items=len(node.items)))
    return below


def _items(here: PageRange, decoded: list[_RawLeaf | Index]) -> list[msgspec.Raw]:
    items = [item for node in decoded if isinstance(node, _RawLeaf) for item in node.items]
    low, high, floor = here.names()
    if low is not None:
        items = [item for item in items if _decode_item(item).name > low]
    if high is not None:
        items = [item for item in items if _decode_item(item).name <= high]
    if floor is not None:
        items = [item for item in items if _decode_item(item).name >= floor]
    return items


def _root_page(directory: TreeDirectory) -> Child:
    return Child("", directory.storage, directory.identity, 0, 0, 0)
