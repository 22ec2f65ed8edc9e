"""Which of the files that went and of those that came are the same, moved.

Directories that moved as they are have one identity at both places, and are paired without being read. What is left is
paired file by file, as long as one side has few enough; the other may have any number.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field

from shared.index.diff.merge import Merger, one_sided
from shared.index.diff.types import Change, Content, Kind, content_of
from shared.index.diff.walk import walk
from shared.index.trees.nodes import Fetch, TreeDirectory, TreePath
from shared.quilt.top_hash import canonical

Alike = Callable[[Change], object]
Changes = AsyncGenerator[list[Change], None]


@dataclass(slots=True)
class Moves:
    files: dict[TreePath, Change] = field(default_factory=dict)
    """By the new path."""
    directories: dict[TreePath, Change] = field(default_factory=dict)
    """With everything in them, to the same names; by the new path."""
    are_all: bool = True
    """False when there was too much to look through for files that moved by themselves."""

    def merger(self) -> Merger:
        return Merger(self.directories, frozenset(_previous(self.directories)))

    def left(self) -> frozenset[TreePath]:
        """Where the files were."""
        return frozenset(_previous(self.files))


class MoveSide:
    """What is only in one of two trees."""

    def __init__(self, kind: Kind, most: int) -> None:
        self.kind = kind
        self.entries = 0
        self.files: list[Change] = []
        self.directories: list[Change] = []
        """Not looked into yet."""
        self.is_overfull = False
        """It has more files than it may hold, and holds none."""
        self._most = most

    def add(self, change: Change) -> None:
        if isinstance(change.item, TreeDirectory):
            self.entries += change.item.entries
            self.directories += [change] if change.item.entries else []
            return
        self.entries += 1
        if len(self.files) >= self._most:
            self.is_overfull = True
            self.files = []
        if not self.is_overfull:
            self.files.append(change)

    def add_all(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.add(change)

    def take_from(self, at_least: int) -> list[Change]:
        """Directories with so many entries, which it has no more."""
        taken = [change for change in self.directories if _entries(change) >= at_least]
        self.directories = [change for change in self.directories if _entries(change) < at_least]
        self.entries -= sum(map(_entries, taken))
        return taken


async def find_moves(
    fetch: Fetch, removed: MoveSide, added: MoveSide, most: int, read_all: Callable[[Merger], Changes]
) -> Moves:
    """`read_all` reads both sides once more, leaving out directories that moved.

    Which is paired with which depends on nothing but the two trees.
    """
    moves = Moves()
    while removed.directories and added.directories:
        # The largest first: what is in a directory can be the same only as one that is no larger.
        largest = max(_entries(change) for change in removed.directories + added.directories)
        gone, came = removed.take_from(largest // 2 + 1), added.take_from(largest // 2 + 1)
        pairs = await _paired(gone, came, _identity, (_name, _nothing))
        moves.directories |= pairs
        left = set(_previous(pairs))
        await _look_into(fetch, removed, [change for change in gone if change.path not in left], Merger(whole=True))
        await _look_into(fetch, added, [change for change in came if change.path not in pairs], Merger(whole=True))
    small, large = (removed, added) if removed.entries <= added.entries else (added, removed)
    if small.entries > most:
        moves.are_all = False
    elif small.entries:
        await _look_into(fetch, small, small.take_from(0), Merger())
        wanted = {content_of(change.item) for change in small.files}
        held = await _matching(fetch, large, wanted, most, lambda: read_all(moves.merger()))
        if held is None:
            moves.are_all = False
        else:
            gone, came = (small.files, held) if small is removed else (held, small.files)
            moves.files = await _paired(gone, came, _content, (_name_and_meta, _meta, _name, _nothing))
    return moves


async def _look_into(fetch: Fetch, side: MoveSide, directories: list[Change], merger: Merger) -> None:
    async with aclosing(_read(fetch, directories, merger)) as batches:
        async for batch in batches:
            await asyncio.to_thread(side.add_all, batch)


def _read(fetch: Fetch, directories: list[Change], merger: Merger) -> Changes:
    ranges = [one_sided(change.path, change.before, change.after) for change in directories]
    return walk(fetch, ranges, merger=merger)


async def _matching(
    fetch: Fetch, side: MoveSide, wanted: set[Content], most: int, read_all: Callable[[], Changes]
) -> list[Change] | None:
    """The side's files of these contents; None when they are too many."""
    found = [change for change in side.files if _content(change) in wanted]
    rest = read_all() if side.is_overfull else _read(fetch, side.directories, Merger())
    async with aclosing(rest) as batches:
        async for batch in batches:
            found += [change for change in batch if change.kind is side.kind and _content(change) in wanted]
            if len(found) > most:
                return None
    return found


async def _paired(
    removed: list[Change], added: list[Change], same: Alike, rounds: Iterable[Alike]
) -> dict[TreePath, Change]:
    """By the new path; in a thread, since there may be many."""
    return await asyncio.to_thread(lambda: {move.path: move for move in _pairs(removed, added, same, rounds)})


def _pairs(removed: list[Change], added: list[Change], same: Alike, rounds: Iterable[Alike]) -> Iterator[Change]:
    """Of what is the same on both sides, as many pairs as there can be.

    In each round the first that went is paired with the first that came, in walk order, if they are alike.
    """
    gone = _grouped(removed, same)
    for what, came in _grouped(added, same).items():
        if what in gone:
            yield from _pairs_of_same(gone[what], came, rounds)


def _pairs_of_same(removed: list[Change], added: list[Change], rounds: Iterable[Alike]) -> Iterator[Change]:
    gone, came = sorted(removed, key=_path), sorted(added, key=_path)
    for alike in rounds:
        waiting = _grouped(reversed(gone), alike)
        left: set[TreePath] = {change.path for change in gone}
        unpaired = []
        for change in came:
            if candidates := waiting.get(alike(change)):
                old = candidates.pop()
                left.remove(old.path)
                yield Change(Kind.MOVED, change.path, old.before, change.after, old.path)
            else:
                unpaired.append(change)
        gone, came = [change for change in gone if change.path in left], unpaired
        if not gone or not came:
            return


def _grouped(changes: Iterable[Change], by: Alike) -> dict[object, list[Change]]:
    found: dict[object, list[Change]] = defaultdict(list)
    for change in changes:
        found[by(change)].append(change)
    return found


def _previous(moves: dict[TreePath, Change]) -> Iterator[TreePath]:
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
    meta = change.item.meta
    return canonical(meta) if meta else None


def _name_and_meta(change: Change) -> tuple[str, bytes | None]:
    return _name(change), _meta(change)


def _nothing(_: Change) -> None:
    return None
