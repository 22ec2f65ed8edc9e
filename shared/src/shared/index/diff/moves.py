"""Finds moves: pairs removed files and directories with added ones.

Directories of equal identity are paired without being read, the largest first. The files that remain are paired by content,
if one side has few enough of them; the other may have any number. Among files of equal content, equal names are preferred
as in git's exact renames (`diffcore-rename`, https://git-scm.com/docs/gitdiffcore), and equal metadata.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

from shared.index.diff.merge import Merger, one_sided
from shared.index.diff.ranges import DIFF_LIMITS, DiffLimits
from shared.index.diff.types import Change, Content, Kind, comparable_metadata, content_of
from shared.index.diff.walk import walk
from shared.index.trees.nodes import Fetch, TreeDirectory, TreePath

Key = Callable[[Change], object]
"""Changes with equal keys can be paired."""
Changes = AsyncGenerator[list[Change], None]


@dataclass(slots=True)
class Moves:
    files: dict[TreePath, Change] = field(default_factory=dict)
    """Moved files by new path, without those in `directories`."""
    directories: dict[TreePath, Change] = field(default_factory=dict)
    """Directories that moved with everything in them, by new path."""
    are_all: bool = True
    """False when there were too many files to look for those that moved by themselves."""

    def merger(self, limits: DiffLimits) -> Merger:
        return Merger(self.directories, frozenset(_old_paths(self.directories)), limits=limits)

    def old_file_paths(self) -> frozenset[TreePath]:
        return frozenset(_old_paths(self.files))


class MoveSide:
    """The files and directories that only one of the trees has."""

    def __init__(self, kind: Kind, max_files: int) -> None:
        self.kind = kind
        self.entries = 0
        self.files: list[Change] = []
        self.directories: list[Change] = []
        """Directories that are not yet read."""
        self.is_overfull = False
        """It had more than `max_files`, and now holds none."""
        self._max_files = max_files

    def add(self, change: Change) -> None:
        if isinstance(change.item, TreeDirectory):
            self.entries += change.item.entries
            self.directories += [change] if change.item.entries else []
            return
        self.entries += 1
        if len(self.files) >= self._max_files:
            self.is_overfull = True
            self.files = []
        if not self.is_overfull:
            self.files.append(change)

    def add_all(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.add(change)

    def take_directories(self, at_least: int) -> list[Change]:
        """Remove and return the directories that have at least this many entries."""
        taken = [change for change in self.directories if _entries(change) >= at_least]
        self.directories = [change for change in self.directories if _entries(change) < at_least]
        self.entries -= sum(map(_entries, taken))
        return taken


async def find_moves(
    fetch: Fetch,
    removed: MoveSide,
    added: MoveSide,
    max_files: int,
    read_all: Callable[[Merger], Changes],
    *,
    limits: DiffLimits = DIFF_LIMITS,
) -> Moves:
    """Pair what was removed with what was added. The pairs depend on nothing but the two trees.

    `max_files` bounds the files that are held. `read_all` reads the whole difference again with the given merger.
    """
    moves = Moves()
    plain, whole = Merger(limits=limits), Merger(whole=True, limits=limits)
    while removed.directories and added.directories:
        # The largest first: a directory can only be equal to one inside of a directory that is at least as large.
        largest = max(_entries(change) for change in removed.directories + added.directories)
        old, new = removed.take_directories(largest // 2 + 1), added.take_directories(largest // 2 + 1)
        pairs = await _pair(old, new, _identity, (_name, _nothing))
        moves.directories |= pairs
        paired = set(_old_paths(pairs))
        await _read_into(removed, fetch, [change for change in old if change.path not in paired], whole)
        await _read_into(added, fetch, [change for change in new if change.path not in pairs], whole)
    small, large = (removed, added) if removed.entries <= added.entries else (added, removed)
    if small.entries > max_files:
        moves.are_all = False
    elif small.entries:
        await _read_into(small, fetch, small.take_directories(0), plain)
        contents = {content_of(change.item) for change in small.files}
        rest = (
            read_all(moves.merger(limits)) if large.is_overfull else _read_directories(fetch, large.directories, plain)
        )
        matching = await _matching_files(large, contents, max_files, rest)
        if matching is None:
            moves.are_all = False
        else:
            old, new = (small.files, matching) if small is removed else (matching, small.files)
            moves.files = await _pair(old, new, _content, (_name_and_meta, _meta, _name, _nothing))
    return moves


async def _read_into(side: MoveSide, fetch: Fetch, directories: list[Change], merger: Merger) -> None:
    """Add the items of these directories to the side."""
    async with aclosing(_read_directories(fetch, directories, merger)) as batches:
        async for batch in batches:
            await asyncio.to_thread(side.add_all, batch)


def _read_directories(fetch: Fetch, directories: list[Change], merger: Merger) -> Changes:
    ranges = [one_sided(change.path, change.before, change.after) for change in directories]
    return walk(fetch, ranges, merger=merger)


async def _matching_files(side: MoveSide, contents: set[Content], max_files: int, rest: Changes) -> list[Change] | None:
    """The files of the side that have one of these contents; None when they are more than `max_files`.

    `rest` reads the files that the side does not hold.
    """
    found = [change for change in side.files if _content(change) in contents]
    async with aclosing(rest) as batches:
        async for batch in batches:
            found += [change for change in batch if change.kind is side.kind and _content(change) in contents]
            if len(found) > max_files:
                return None
    return found


async def _pair(
    removed: list[Change], added: list[Change], same: Key, preferences: Iterable[Key]
) -> dict[TreePath, Change]:
    """Moves by new path. It runs in a thread, since there may be many."""
    return await asyncio.to_thread(lambda: {move.path: move for move in _pairs(removed, added, same, preferences)})


def _pairs(removed: list[Change], added: list[Change], same: Key, preferences: Iterable[Key]) -> Iterator[Change]:
    """As many moves as possible between changes with the same `same`.

    For each preference in turn, the first removed change is paired with the first added one of equal key, in walk order.
    """
    removed_by_key = _grouped(removed, same)
    for key, new in _grouped(added, same).items():
        if key in removed_by_key:
            yield from _pairs_of_same(removed_by_key[key], new, preferences)


def _pairs_of_same(removed: list[Change], added: list[Change], preferences: Iterable[Key]) -> Iterator[Change]:
    old, new = sorted(removed, key=_path), sorted(added, key=_path)
    for preference in preferences:
        candidates_by_key = _grouped(reversed(old), preference)
        left: set[TreePath] = {change.path for change in old}
        unpaired = []
        for change in new:
            if candidates := candidates_by_key.get(preference(change)):
                source = candidates.pop()
                left.remove(source.path)
                yield Change(Kind.MOVED, change.path, source.before, change.after, source.path)
            else:
                unpaired.append(change)
        old, new = [change for change in old if change.path in left], unpaired
        if not old or not new:
            return


def _grouped(changes: Iterable[Change], key: Key) -> dict[object, list[Change]]:
    found: dict[object, list[Change]] = defaultdict(list)
    for change in changes:
        found[key(change)].append(change)
    return found


def _old_paths(moves: dict[TreePath, Change]) -> Iterator[TreePath]:
    return (move.previous for move in moves.values() if move.previous)


def _entries(change: Change) -> int:
    return change.item.entries if isinstance(change.item, TreeDirectory) else 1


def _path(change: Change) -> TreePath:
    return change.path


def _identity(change: Change) -> bytes:
    return change.item.identity if isinstance(change.item, TreeDirectory) else b""


def _content(change: Change) -> Content:
    return content_of(change.item)


def _name(change: Change) -> str:
    return change.path[-1]


def _meta(change: Change) -> bytes | None:
    return comparable_metadata(change.item)


def _name_and_meta(change: Change) -> tuple[str, bytes | None]:
    return _name(change), _meta(change)


def _nothing(_: Change) -> None:
    return None
