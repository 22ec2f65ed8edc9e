"""The comparisons of one process: those that are running, and recent ones."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from cachetools import LRUCache

from shared.concurrency import cancelled
from shared.errors import Unavailable
from shared.index.diff.compare import MAX_KEPT_CHANGES, Comparison, compare
from shared.index.diff.types import ChangeTotals
from shared.index.diff.walk import Tree
from shared.index.trees.nodes import Fetch

log = structlog.get_logger()

MAX_PENDING_COMPARISONS = 32
"""Comparisons that are running or waiting to run."""
MAX_CACHED_CHANGES = 50_000
"""Changes that all cached comparisons hold together; a change takes about a kilobyte."""
_MAX_CONCURRENT_COMPARISONS = 2
_MAX_KEPT_FOR_TOTALS = 1_000
_MAX_CACHED_TOTALS = 10_000
_MAX_PAUSE_SECONDS = 0.2

Pair = tuple[bytes | None, bytes | None]


class TooManyComparisons(Unavailable):
    title = "Too many packages are being compared at the moment. Try again"
    slug = "too_many_comparisons"


class ComparisonCache:
    """Makes each comparison once for all callers. It runs to its end and is cached even when its callers have left."""

    def __init__(
        self,
        *,
        find_seconds: float = 0.02,
        max_pending: int = MAX_PENDING_COMPARISONS,
        max_changes: int = MAX_CACHED_CHANGES,
    ) -> None:
        """`find_seconds`: how long `find` waits for a comparison. `max_changes`: of all cached comparisons together."""
        self._find_seconds = find_seconds
        self._max_pending = max_pending
        # A comparison that is larger than the cache takes all of it: its pages are about to be asked for.
        self._comparisons: LRUCache[Pair, Comparison] = LRUCache(
            max_changes, getsizeof=lambda known: min(known.weight, max_changes)
        )
        """By storage hashes: the changes say where files are."""
        self._totals: LRUCache[Pair, ChangeTotals] = LRUCache(_MAX_CACHED_TOTALS)
        """By identities."""
        self._running: dict[Pair, asyncio.Task[Comparison]] = {}
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_COMPARISONS)
        self._page_reads = 0
        self._no_page_reads = asyncio.Event()
        self._no_page_reads.set()

    async def find(self, fetch: Fetch, base: Tree | None, head: Tree | None) -> Comparison | None:
        """The comparison if it is ready within `find_seconds`, else None. It goes on in the background and is cached."""
        pair = _storages(base, head)
        if known := self._comparisons.get(pair):
            return known
        if self._is_full_for(pair):
            return None
        task = self._start(pair, fetch, base, head)
        done, _ = await asyncio.wait({task}, timeout=self._find_seconds)
        return task.result() if done else None

    async def get(
        self, fetch: Fetch, base: Tree | None, head: Tree | None, *, keep: int = MAX_KEPT_CHANGES
    ) -> Comparison:
        """Raises TooManyComparisons."""
        pair = _storages(base, head)
        if known := self._comparisons.get(pair):
            return known
        if self._is_full_for(pair):
            raise TooManyComparisons
        return await asyncio.shield(self._start(pair, fetch, base, head, keep))

    async def totals(self, fetch: Fetch, base: Tree | None, head: Tree | None) -> ChangeTotals:
        """Number and size of the changes of each kind. Raises TooManyComparisons."""
        pair = base and base.identity, head and head.identity
        totals = self._totals.get(pair)
        if totals is None:
            totals = (await self.get(fetch, base, head, keep=_MAX_KEPT_FOR_TOTALS)).totals
            self._totals[pair] = totals
        return totals

    @contextmanager
    def slowed(self) -> Iterator[None]:
        """While somebody waits for a page: comparisons pause before each batch that they fetch, up to _MAX_PAUSE_SECONDS."""
        self._page_reads += 1
        self._no_page_reads.clear()
        try:
            yield
        finally:
            self._page_reads -= 1
            if not self._page_reads:
                self._no_page_reads.set()

    async def close(self) -> None:
        await cancelled(*self._running.values())

    def _is_full_for(self, pair: Pair) -> bool:
        return pair not in self._running and len(self._running) >= self._max_pending

    def _start(
        self, pair: Pair, fetch: Fetch, base: Tree | None, head: Tree | None, keep: int = MAX_KEPT_CHANGES
    ) -> asyncio.Task[Comparison]:
        task = self._running.get(pair)
        if task is None:
            task = self._running[pair] = asyncio.create_task(self._compare(fetch, base, head, keep))
            task.add_done_callback(lambda done: self._finish(pair, done))
        return task

    async def _compare(self, fetch: Fetch, base: Tree | None, head: Tree | None, keep: int) -> Comparison:
        async def fetch_after_pages(wanted: list[bytes]) -> dict[bytes, bytes]:
            if self._page_reads:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._no_page_reads.wait(), _MAX_PAUSE_SECONDS)
            return await fetch(wanted)

        async with self._slots:
            return await compare(fetch_after_pages, base, head, keep=keep)

    def _finish(self, pair: Pair, task: asyncio.Task[Comparison]) -> None:
        del self._running[pair]
        if task.cancelled():
            return
        if error := task.exception():
            log.warning("comparison_failed", error=str(error))
            return
        self._comparisons[pair] = task.result()


def _storages(base: Tree | None, head: Tree | None) -> Pair:
    return base and base.storage, head and head.storage
