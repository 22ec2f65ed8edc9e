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
from shared.index.trees.nodes import Fetch

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
    """Read the whole difference; memory is bounded by `keep` and `candidates`."""
    if base is None or head is None:
        return Comparison(_one_sided(base, head), Moves())
    totals = ChangeTotals()
    kept: list[Change] | None = []
    removed, added = MoveSide(Kind.REMOVED, candidates), MoveSide(Kind.ADDED, candidates)

    def count(batch: list[Change]) -> None:
        for change in batch:
            totals.add(change)
        removed.add_all(change for change in batch if change.kind is Kind.REMOVED)
        added.add_all(change for change in batch if change.kind is Kind.ADDED)

    async with aclosing(diff(fetch, base, head, merger=Merger(whole=True))) as batches:
        async for batch in batches:
            await asyncio.to_thread(count, batch)
            if kept is not None:
                kept = kept + batch if len(kept) + len(batch) <= keep else None
    has_directories = bool(removed.directories or added.directories)
    moves = await find_moves(fetch, removed, added, candidates, lambda merger: diff(fetch, base, head, merger=merger))
    for move in [*moves.files.values(), *moves.directories.values()]:
        totals.add_moved(move)
    found = Comparison(totals, moves)
    if kept is not None and not has_directories:
        found.kept = found.with_moves(kept)
    elif kept is not None and sum(tally.count for tally in totals.values()) <= keep:
        found.kept = [change async for batch in listed(fetch, base, head, found) for change in batch]
    return found


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
