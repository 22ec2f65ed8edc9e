"""Comparisons that are being made, and those made lately, of one process."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from shared.errors import Unavailable
from shared.index.diff.compare import MAX_KEPT_CHANGES, Comparison, compare
from shared.index.diff.types import ChangeTotals
from shared.index.diff.walk import Tree
from shared.index.trees.nodes import Fetch

log = structlog.get_logger()

_MAX_CONCURRENT_COMPARISONS = 2
_MAX_WAITING = 32
_MAX_CACHED_CHANGES = 50_000
"""Changes, of all comparisons together; one is about a kilobyte."""
_KEPT_FOR_TOTALS = 1_000
_MAX_CACHED_TOTALS = 10_000
_LONGEST_REST = 0.2
"""Seconds before each batch of pages."""

Pair = tuple[bytes | None, bytes | None]


class TooManyComparisons(Unavailable):
    title = "Too many packages are being compared just now; try again"
    slug = "too_many_comparisons"


class ComparisonCache:
    """Each is made once, however many ask for it, and to its end, also when they have left."""

    def __init__(self, *, patience: float = 0.02) -> None:
        self._patience = patience
        self._known: OrderedDict[Pair, Comparison] = OrderedDict()
        """By storage hashes: the changes say where files are."""
        self._totals: OrderedDict[Pair, ChangeTotals] = OrderedDict()
        """By identities."""
        self._running: dict[Pair, asyncio.Task[Comparison]] = {}
        self._turns = asyncio.Semaphore(_MAX_CONCURRENT_COMPARISONS)
        self._pages = 0
        self._no_pages = asyncio.Event()
        self._no_pages.set()

    async def find(self, fetch: Fetch, base: Tree | None, head: Tree | None) -> Comparison | None:
        """None when it takes longer than a caller should wait who can do without it; it is there a little later."""
        pair = _storages(base, head)
        if known := self._recall(pair):
            return known
        if pair not in self._running and len(self._running) >= _MAX_WAITING:
            return None
        task = self._start(pair, fetch, base, head)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        return task.result() if done else None

    async def get(
        self, fetch: Fetch, base: Tree | None, head: Tree | None, *, keep: int = MAX_KEPT_CHANGES
    ) -> Comparison:
        """Raises TooManyComparisons."""
        pair = _storages(base, head)
        if known := self._recall(pair):
            return known
        if pair not in self._running and len(self._running) >= _MAX_WAITING:
            raise TooManyComparisons
        return await asyncio.shield(self._start(pair, fetch, base, head, keep))

    async def totals(self, fetch: Fetch, base: Tree | None, head: Tree | None) -> ChangeTotals:
        """How many changes of each kind there are. Raises TooManyComparisons."""
        pair = base and base.identity, head and head.identity
        if pair not in self._totals:
            self._totals[pair] = (await self.get(fetch, base, head, keep=_KEPT_FOR_TOTALS)).totals
        self._totals.move_to_end(pair)
        while len(self._totals) > _MAX_CACHED_TOTALS:
            self._totals.popitem(last=False)
        return self._totals[pair]

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Comparisons make room while somebody waits for a page."""
        self._pages += 1
        self._no_pages.clear()
        try:
            yield
        finally:
            self._pages -= 1
            if not self._pages:
                self._no_pages.set()

    async def close(self) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _recall(self, pair: Pair) -> Comparison | None:
        known = self._known.get(pair)
        if known:
            self._known.move_to_end(pair)
        return known

    def _start(
        self, pair: Pair, fetch: Fetch, base: Tree | None, head: Tree | None, keep: int = MAX_KEPT_CHANGES
    ) -> asyncio.Task[Comparison]:
        task = self._running.get(pair)
        if task is None:
            task = self._running[pair] = asyncio.create_task(self._compare(fetch, base, head, keep))
            task.add_done_callback(lambda done: self._keep(pair, done))
        return task

    async def _compare(self, fetch: Fetch, base: Tree | None, head: Tree | None, keep: int) -> Comparison:
        async def fetch_at_leisure(wanted: list[bytes]) -> dict[bytes, bytes]:
            if self._pages:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._no_pages.wait(), _LONGEST_REST)
            return await fetch(wanted)

        async with self._turns:
            return await compare(fetch_at_leisure, base, head, keep=keep)

    def _keep(self, pair: Pair, task: asyncio.Task[Comparison]) -> None:
        del self._running[pair]
        if task.cancelled():
            return
        if error := task.exception():
            log.warning("comparison_failed", error=str(error))
            return
        self._known[pair] = task.result()
        held = sum(known.weight for known in self._known.values())
        while held > _MAX_CACHED_CHANGES and len(self._known) > 1:
            _, dropped = self._known.popitem(last=False)
            held -= dropped.weight


def _storages(base: Tree | None, head: Tree | None) -> Pair:
    return base and base.storage, head and head.storage
