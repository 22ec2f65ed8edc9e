"""Lists the differences between two package trees in walk order, reading only pages whose identities differ."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

from shared.index.diff.merge import Merger, Segment
from shared.index.diff.ranges import DiffLimits, PageRange
from shared.index.diff.types import Change, Order
from shared.index.trees.nodes import Child, Fetch

_PLAIN = Merger()


class Tree(NamedTuple):
    """The root of a tree, and the totals of everything below it."""

    storage: bytes
    identity: bytes
    entries: int
    size: int


def diff(
    fetch: Fetch, base: Tree | None, head: Tree | None, *, after: Order | None = None, merger: Merger = _PLAIN
) -> AsyncGenerator[list[Change], None]:
    """Changes from `base` to `head` after the place `after`, in batches. A missing tree is an empty one.

    An added or removed directory is listed as its files. A directory that both trees have, with different metadata, is a
    change of the kind `metadata` before everything in it. A moved file is listed as removed at one path and as added at the
    other, unless the merger knows of the move.

    Close the iterator when leaving it early, since it reads ahead. Raises TreeGone.
    """
    if (base and base.identity) == (head and head.identity):
        return walk(fetch, [], merger=merger)
    whole = PageRange((), _top(base), _top(head), floor=after[0] if after else ())
    return walk(fetch, [whole], after=after, merger=merger)


async def walk(
    fetch: Fetch, ranges: list[PageRange], *, after: Order | None = None, merger: Merger = _PLAIN
) -> AsyncGenerator[list[Change], None]:
    """Changes within some ranges."""
    stack: list[Segment] = list(reversed(ranges))
    """The next segment is the last element."""
    window = merger.limits.first_window
    pages = _PageReader(fetch, merger.limits)
    try:
        while stack:
            if ready := _pop_changes(stack, after):
                yield ready
                window = min(window * 2, merger.limits.largest_window)
                continue
            front = _pop_window(stack, window)
            held = await pages.take(front)
            pages.start(_peek_window(stack, window))
            stack.extend(reversed(await _expanded(merger, front, held)))
    finally:
        await pages.close()


class _PageReader:
    """Reads the pages that will probably be needed next while a step runs, one batch at a time.

    `shared.concurrency.read_ahead` cannot be used: which pages come next depends on the step.
    """

    def __init__(self, fetch: Fetch, limits: DiffLimits) -> None:
        self._fetch = fetch
        self._limits = limits
        self._held: dict[bytes, bytes] = {}
        self._reading: asyncio.Task[dict[bytes, bytes]] | None = None

    async def take(self, segments: list[Segment]) -> dict[bytes, bytes]:
        """Bodies of the pages that these segments need, by storage hash, without those that do not exist."""
        wanted = self._wanted(segments)
        if self._reading:
            self._held |= await self._reading
            self._reading = None
        if missing := wanted - self._held.keys():
            self._held |= await self._fetch(list(missing))
        return {storage: self._held.pop(storage) for storage in wanted & self._held.keys()}

    def start(self, segments: list[Segment]) -> None:
        """Begin to read the pages for these segments, unless many that were read ahead are not yet taken."""
        wanted = self._wanted(segments)
        missing = wanted - self._held.keys()
        if missing and len(self._held) < self._limits.largest_window:
            self._reading = asyncio.ensure_future(self._read(list(missing)))

    async def close(self) -> None:
        """Wait for the current batch: cancelling a query would cost its connection."""
        if self._reading:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        return await self._fetch(wanted)

    def _wanted(self, segments: list[Segment]) -> set[bytes]:
        return {
            page.storage
            for segment in segments
            if isinstance(segment, PageRange)
            for side in segment.wanted(self._limits)
            for page in side
        }


async def _expanded(merger: Merger, front: list[Segment], held: dict[bytes, bytes]) -> list[Segment]:
    """One step, in two threads: half of the time is decompression, which runs in parallel."""
    half = len(front) // 2
    halves = (front[:half], front[half:]) if half else (front,)
    parts = await asyncio.gather(*(asyncio.to_thread(merger.expand, part, held) for part in halves))
    return [segment for part in parts for segment in part]


def _top(tree: Tree | None) -> list[Child]:
    return [Child("", tree.storage, tree.identity, 0, 0, 0)] if tree else []


def _pop_changes(stack: list[Segment], after: Order | None) -> list[Change]:
    """Remove the changes at the top of the stack, and return those after the place `after`."""
    found: list[Change] = []
    while stack and isinstance(change := stack[-1], Change):
        stack.pop()
        if after is None or change.order > after:
            found.append(change)
    return found


def _pop_window(stack: list[Segment], limit: int) -> list[Segment]:
    """Remove and return segments from the top of the stack, with about `limit` pages."""
    front = _peek_window(stack, limit)
    del stack[len(stack) - len(front) :]
    return front


def _peek_window(stack: list[Segment], limit: int) -> list[Segment]:
    at = len(stack)
    while at and limit > 0:
        at -= 1
        limit -= _pages(stack[at])
    return stack[at:][::-1]


def _pages(segment: Segment) -> int:
    return len(segment.before) + len(segment.after) if isinstance(segment, PageRange) else 0
