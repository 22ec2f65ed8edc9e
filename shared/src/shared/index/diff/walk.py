"""What differs between two package trees, in walk order, reading only pages whose identities differ."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

from shared.index.diff.merge import Merger, Segment
from shared.index.diff.ranges import PageRange
from shared.index.diff.types import Change, Order
from shared.index.trees.nodes import Child, Fetch

FIRST_WINDOW, LARGEST_WINDOW = 32, 512
"""How many pages are read at once: first few, for a first answer soon."""

_PLAIN = Merger()


class Tree(NamedTuple):
    """A root, and the totals of everything below it."""

    storage: bytes
    identity: bytes
    entries: int
    size: int


def diff(
    fetch: Fetch, base: Tree | None, head: Tree | None, *, after: Order | None = None, merger: Merger = _PLAIN
) -> AsyncGenerator[list[Change], None]:
    """From one tree to the other, in batches, those after the place `after`; no tree is an empty one.

    Directories are not listed by themselves: one that is new or gone shows by its files. Only when one is there on both
    sides with other metadata, it is a change of the kind `metadata`, before everything in it. Files that moved are removed
    in one place and added in another, unless the merger knows better.

    Close the iterator when leaving it early: it reads ahead.
    """
    if (base and base.identity) == (head and head.identity):
        return walk(fetch, [], merger=merger)
    whole = PageRange((), _top(base), _top(head), floor=after[0] if after else ())
    return walk(fetch, [whole], after=after, merger=merger)


async def walk(
    fetch: Fetch, ranges: list[PageRange], *, after: Order | None = None, merger: Merger = _PLAIN
) -> AsyncGenerator[list[Change], None]:
    """What differs within some ranges."""
    stack: list[Segment] = list(reversed(ranges))
    """What comes next is last."""
    window = FIRST_WINDOW
    ahead = _Ahead(fetch)
    try:
        while stack:
            if ready := _pop_changes(stack, after):
                yield ready
                window = min(window * 2, LARGEST_WINDOW)
                continue
            front = _pop_window(stack, window)
            held = await ahead.take(_wanted(front))
            ahead.start(_wanted(_peek_window(stack, window)))
            stack.extend(reversed(await _expanded(merger, front, held)))
    finally:
        await ahead.close()


class _Ahead:
    """Reads pages before they are needed, one batch at a time."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._held: dict[bytes, bytes] = {}
        self._reading: asyncio.Task[dict[bytes, bytes]] | None = None

    async def take(self, wanted: set[bytes]) -> dict[bytes, bytes]:
        if self._reading:
            self._held |= await self._reading
            self._reading = None
        if missing := wanted - self._held.keys():
            self._held |= await self._fetch(list(missing))
        return {storage: self._held.pop(storage) for storage in wanted & self._held.keys()}

    def start(self, wanted: set[bytes]) -> None:
        """What was read ahead waits when something else comes before it: that must not pile up."""
        missing = wanted - self._held.keys()
        if missing and len(self._held) < LARGEST_WINDOW:
            self._reading = asyncio.ensure_future(self._read(list(missing)))

    async def close(self) -> None:
        if self._reading:
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        return await self._fetch(wanted)


async def _expanded(merger: Merger, front: list[Segment], held: dict[bytes, bytes]) -> list[Segment]:
    """In two threads: half of the time goes into decompression, which they do side by side."""
    half = len(front) // 2
    halves = (front[:half], front[half:]) if half else (front,)
    parts = await asyncio.gather(*(asyncio.to_thread(merger.expand, part, held) for part in halves))
    return [segment for part in parts for segment in part]


def _top(tree: Tree | None) -> list[Child]:
    return [Child("", tree.storage, tree.identity, 0, 0, 0)] if tree else []


def _pop_changes(stack: list[Segment], after: Order | None) -> list[Change]:
    """The changes that are next, unless they are not after a place."""
    found: list[Change] = []
    while stack and isinstance(change := stack[-1], Change):
        stack.pop()
        if after is None or change.order > after:
            found.append(change)
    return found


def _pop_window(stack: list[Segment], limit: int) -> list[Segment]:
    """What is next, with ranges of about so many pages."""
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


def _wanted(segments: list[Segment]) -> set[bytes]:
    return {
        page.storage
        for segment in segments
        if isinstance(segment, PageRange)
        for side in segment.wanted()
        for page in side
    }
