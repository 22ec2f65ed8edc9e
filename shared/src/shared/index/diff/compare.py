"""The difference of two trees as a whole: totals, which files moved, and pages of it.

What moved cannot be told before all is read. Pages made with a comparison list a file that moved at its new path, with the
old one beside it; pages made without list it as removed in one place and added in the other.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from shared.index.diff.merge import Merger
from shared.index.diff.moves import Moves, MoveSide, find_moves
from shared.index.diff.types import Change, ChangeTotals, Kind, Order
from shared.index.diff.walk import Tree, diff
from shared.index.trees.nodes import Fetch, TreeDirectory

MAX_KEPT_CHANGES = 20_000
"""Changes that a comparison holds; of more, pages are read from the trees again."""
MAX_MOVE_CANDIDATES = 100_000
"""Files that are held to look for those that moved."""
MAX_SCANNED_ITEMS = 10_000
"""Changes that are passed over for one page when only some kinds are wanted."""

ALL_KINDS = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class ChangeSlice:
    """A page of a difference."""

    changes: list[Change]
    last: Order | None
    """Where the next page goes on; None when this is the last. Pages may be short, even empty, without being the last."""


class Comparison:
    """What is known of a difference once all of it was read."""

    def __init__(self, totals: ChangeTotals, moves: Moves, kept: list[Change] | None = None) -> None:
        self.totals = totals
        self.moves = moves
        self.kept = kept
        """All changes in order; None when they are too many."""
        self._left = moves.left()

    @property
    def weight(self) -> int:
        """How much it holds."""
        return 1 + len(self.moves.files) + len(self.moves.directories) + len(self.kept or ())

    def with_moves(self, found: Iterable[Change]) -> list[Change]:
        """Changes of one tree to the other, with what is known of files that moved."""
        if not self._left:
            return list(found)
        return [
            self.moves.files.get(change.path, change) if change.kind is Kind.ADDED else change
            for change in found
            if change.kind is not Kind.REMOVED or change.path not in self._left
        ]


async def compare(
    fetch: Fetch,
    base: Tree | None,
    head: Tree | None,
    *,
    keep: int = MAX_KEPT_CHANGES,
    candidates: int = MAX_MOVE_CANDIDATES,
) -> Comparison:
    """Read the whole difference; memory is bounded by `keep` and `candidates`. A missing tree is an empty one."""
    if base is None or head is None:
        return Comparison(_one_sided(base, head), Moves())
    builder = ComparisonBuilder(fetch, base, head, keep=keep, candidates=candidates)
    async with aclosing(diff(fetch, base, head, merger=Merger(whole=True))) as batches:
        async for batch in batches:
            await asyncio.to_thread(builder.add, batch)
    return await builder.finish()


class ComparisonBuilder:
    """Makes a comparison from the changes of `diff` with a `whole` merger: directories on one side only are not read."""

    def __init__(self, fetch: Fetch, base: Tree, head: Tree, *, keep: int, candidates: int) -> None:
        self._fetch = fetch
        self._base = base
        self._head = head
        self._keep = keep
        self._candidates = candidates
        self._totals = ChangeTotals()
        self._removed = MoveSide(Kind.REMOVED, candidates)
        self._added = MoveSide(Kind.ADDED, candidates)
        self._kept: list[Change] | None = []
        """All changes so far; None when they are more than `keep`."""

    def add(self, batch: list[Change]) -> None:
        for change in batch:
            self._totals.add(change)
            if change.kind is Kind.REMOVED:
                self._removed.add(change)
            elif change.kind is Kind.ADDED:
                self._added.add(change)
        if self._kept is not None:
            self._kept = self._kept + batch if len(self._kept) + len(batch) <= self._keep else None

    async def finish(self) -> Comparison:
        """Find the moves, for which the rest of the trees is read as far as needed."""
        moves = await find_moves(self._fetch, self._removed, self._added, self._candidates, self._read_all)
        for move in [*moves.files.values(), *moves.directories.values()]:
            self._totals.add_moved(move)
        found = Comparison(self._totals, moves)
        found.kept = await self._all_changes(found)
        return found

    def _read_all(self, merger: Merger) -> AsyncGenerator[list[Change], None]:
        return diff(self._fetch, self._base, self._head, merger=merger)

    async def _all_changes(self, found: Comparison) -> list[Change] | None:
        """All changes in order, those inside of directories on one side only as well; None when they are more than `keep`."""
        if self._kept is None:
            return None
        if not any(_is_whole_directory(change) for change in self._kept):
            return found.with_moves(self._kept)
        if sum(tally.count for tally in found.totals.values()) > self._keep:
            return None
        return [change async for batch in listed(self._fetch, self._base, self._head, found) for change in batch]


def _is_whole_directory(change: Change) -> bool:
    return isinstance(change.item, TreeDirectory) and change.kind is not Kind.METADATA


async def count_changes(fetch: Fetch, base: Tree | None, head: Tree | None) -> ChangeTotals:
    """How many changes of each kind lead from one tree to the other: holds little, and costs what changed.

    For histories. It depends on nothing but the identities of the trees, so it may be kept with them.
    """
    return (await compare(fetch, base, head, keep=0)).totals


async def listed(
    fetch: Fetch, base: Tree | None, head: Tree | None, known: Comparison | None, after: Order | None = None
) -> AsyncGenerator[list[Change], None]:
    """All changes after a place, in batches."""
    if known and known.kept is not None:
        yield known.kept[bisect_right(known.kept, after, key=_order) if after else 0 :]
        return
    merger = known.moves.merger() if known else Merger()
    async with aclosing(diff(fetch, base, head, after=after, merger=merger)) as batches:
        async for batch in batches:
            yield known.with_moves(batch) if known else batch


async def page(
    fetch: Fetch,
    base: Tree | None,
    head: Tree | None,
    known: Comparison | None,
    *,
    kinds: Collection[Kind] = ALL_KINDS,
    after: Order | None = None,
    limit: int,
) -> ChangeSlice:
    """Changes of some kinds after a place."""
    found: list[Change] = []
    if known and not any(known.totals[kind].count for kind in kinds):
        return ChangeSlice([], None)
    scanned = 0
    async with aclosing(listed(fetch, base, head, known, after)) as batches:
        async for batch in batches:
            found += (change for change in batch if change.kind in kinds)
            if len(found) > limit:
                return ChangeSlice(found[:limit], found[limit - 1].order)
            scanned += len(batch)
            if batch and scanned >= MAX_SCANNED_ITEMS:
                return ChangeSlice(found, batch[-1].order)
    return ChangeSlice(found, None)


def _one_sided(base: Tree | None, head: Tree | None) -> ChangeTotals:
    totals = ChangeTotals()
    for kind, tree in ((Kind.REMOVED, base), (Kind.ADDED, head)):
        if tree:
            totals[kind].add(tree.entries, tree.size)
    return totals


def _order(change: Change) -> Order:
    return change.order
