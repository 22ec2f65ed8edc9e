"""The whole difference of two trees: its totals, its moves, and pages of it.

Moves are known only when all is read. A page that is made with a comparison lists a moved file at its new path, together with
the old one; a page that is made without lists it as removed at one path and added at the other.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from dataclasses import dataclass

from shared.index.diff.merge import Merger
from shared.index.diff.moves import Moves, MoveSide, find_moves
from shared.index.diff.ranges import DIFF_LIMITS, DiffLimits
from shared.index.diff.types import Change, ChangeTotals, Kind, Order
from shared.index.diff.walk import Tree, diff
from shared.index.trees.nodes import Fetch, TreeDirectory

MAX_KEPT_CHANGES = 20_000
"""Changes that a comparison holds. When there are more, their pages are read from the trees again."""
MAX_MOVE_CANDIDATES = 100_000
"""Files that are held to find those that moved."""

ALL_KINDS = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class ChangeSlice:
    """A page of a difference."""

    changes: list[Change]
    last: Order | None
    """Place after which the next page begins; None for the last page. Other pages may be short or empty, too."""


class Comparison:
    """Totals and moves of a difference that has been read to its end."""

    def __init__(self, totals: ChangeTotals, moves: Moves, kept: list[Change] | None = None) -> None:
        self.totals = totals
        self.moves = moves
        self.kept = kept
        """All changes in walk order; None when they are too many."""
        self._old_paths = moves.old_file_paths()

    @property
    def weight(self) -> int:
        """Number of changes that it holds, and one."""
        return 1 + len(self.moves.files) + len(self.moves.directories) + len(self.kept or ())

    def with_moves(self, found: Iterable[Change]) -> list[Change]:
        """Changes between the trees, with moved files as moves instead of removals and additions."""
        if not self._old_paths:
            return list(found)
        return [
            self.moves.files.get(change.path, change) if change.kind is Kind.ADDED else change
            for change in found
            if change.kind is not Kind.REMOVED or change.path not in self._old_paths
        ]


async def compare(
    fetch: Fetch,
    base: Tree | None,
    head: Tree | None,
    *,
    keep: int = MAX_KEPT_CHANGES,
    candidates: int = MAX_MOVE_CANDIDATES,
    limits: DiffLimits = DIFF_LIMITS,
) -> Comparison:
    """Read the whole difference; memory is bounded by `keep` and `candidates`. A missing tree is an empty one."""
    if base is None or head is None:
        return Comparison(_one_sided(base, head), Moves())
    builder = ComparisonBuilder(fetch, base, head, keep=keep, candidates=candidates, limits=limits)
    async with aclosing(diff(fetch, base, head, merger=Merger(whole=True, limits=limits))) as batches:
        async for batch in batches:
            await asyncio.to_thread(builder.add, batch)
    return await builder.finish()


class ComparisonBuilder:
    """Makes a comparison from the changes of `diff` with a `whole` merger: directories on one side only are not read."""

    def __init__(
        self, fetch: Fetch, base: Tree, head: Tree, *, keep: int, candidates: int, limits: DiffLimits = DIFF_LIMITS
    ) -> None:
        self._fetch = fetch
        self._base = base
        self._head = head
        self._keep = keep
        self._candidates = candidates
        self._limits = limits
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
        moves = await find_moves(
            self._fetch, self._removed, self._added, self._candidates, self._read_all, limits=self._limits
        )
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
        batches = listed(self._fetch, self._base, self._head, found, limits=self._limits)
        return [change async for batch in batches for change in batch]


def _is_whole_directory(change: Change) -> bool:
    return isinstance(change.item, TreeDirectory) and change.kind is not Kind.METADATA


async def count_changes(fetch: Fetch, base: Tree | None, head: Tree | None) -> ChangeTotals:
    """Number and bytes of the changes of each kind, for histories. It holds no changes.

    The result depends only on the identities of the trees, so it may be cached by them.
    """
    return (await compare(fetch, base, head, keep=0)).totals


async def listed(
    fetch: Fetch,
    base: Tree | None,
    head: Tree | None,
    known: Comparison | None,
    after: Order | None = None,
    *,
    limits: DiffLimits = DIFF_LIMITS,
) -> AsyncGenerator[list[Change], None]:
    """All changes after the place `after`, in batches. Close the iterator when leaving it early."""
    if known and known.kept is not None:
        yield known.kept[bisect_right(known.kept, after, key=_order) if after else 0 :]
        return
    merger = known.moves.merger(limits) if known else Merger(limits=limits)
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
    limits: DiffLimits = DIFF_LIMITS,
) -> ChangeSlice:
    """At most `limit` changes of the given kinds after the place `after`."""
    found: list[Change] = []
    if known and not any(known.totals[kind].count for kind in kinds):
        return ChangeSlice([], None)
    scanned = 0
    async with aclosing(listed(fetch, base, head, known, after, limits=limits)) as batches:
        async for batch in batches:
            found += (change for change in batch if change.kind in kinds)
            if len(found) > limit:
                return ChangeSlice(found[:limit], found[limit - 1].order)
            scanned += len(batch)
            if batch and scanned >= limits.max_scanned_changes:
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
