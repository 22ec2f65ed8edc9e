"""Combines look-ups that are made at the same time into one query (the batching of GraphQL's DataLoader, across requests)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

from shared.errors import Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Measured with 16 concurrent callers on a Postgres of the same machine, each looking up one page of a tree: combined, a
# look-up takes 29 µs of processor time instead of 82 µs, and 23,000 a second are answered instead of 9,000. On a whole
# system that is a fifth of the file look-ups (docs/benchmarks.md, Packages). The gain comes from combining: one to four
# concurrent fetches, thresholds from 1 to 16 and batches from 8 to 1,000 gave the same figures within the noise.
MAX_CONCURRENT_FETCHES = 2
"""With two, a slow query does not hold up all look-ups that come after it."""
MIN_WAITING_FOR_ANOTHER_FETCH = 8
"""Look-ups that must wait before a second query starts: with fewer, each query would carry fewer look-ups."""
BATCH_LOOKUPS = 64
"""Look-ups in one query. It bounds the answer that is held in memory."""


class Coalescer(Generic[K, V]):
    """Calls `fetch` with the keys of all look-ups that came while the previous fetch was running.

    A look-up starts a fetch at once when none is running. It is always answered by a fetch that began after it.
    """

    def __init__(
        self, fetch: Callable[[Collection[K]], Awaitable[Mapping[K, V]]], *, batch_lookups: int = BATCH_LOOKUPS
    ) -> None:
        """`fetch` returns the values by key, and leaves out keys that have none. `batch_lookups`: look-ups in one fetch."""
        self._fetch = fetch
        self._batch_lookups = batch_lookups
        self._waiting: list[tuple[Collection[K], asyncio.Future[Mapping[K, V]]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._is_starting = False
        """A task was created that has not yet taken its look-ups: it will take those that come until then."""

    async def get(self, keys: Collection[K]) -> Mapping[K, V]:
        """Values by key. There may be values of other look-ups among them. Raises what `fetch` raises."""
        future: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, future))
        self._start_fetch()
        return await future

    def _start_fetch(self) -> None:
        enough = MIN_WAITING_FOR_ANOTHER_FETCH if self._running else 1
        is_free = len(self._running) < MAX_CONCURRENT_FETCHES and not self._is_starting
        if is_free and len(self._waiting) >= enough:
            self._is_starting = True
            task = asyncio.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start_fetch()

    async def _run(self) -> None:
        batch, self._waiting = self._waiting[: self._batch_lookups], self._waiting[self._batch_lookups :]
        self._is_starting = False
        self._start_fetch()
        await self._answer(batch)

    async def _answer(self, batch: list[tuple[Collection[K], asyncio.Future[Mapping[K, V]]]]) -> None:
        try:
            found = await self._fetch({key for keys, _ in batch for key in keys})
        except Unavailable as error:  # no look-up is at fault, and to repeat them one by one would take long
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 – raised where the look-up waits
            if len(batch) == 1:
                _fail(batch, error)
                return
            for each in batch:  # one look-up that fails must not fail the others
                await self._answer([each])
        else:
            for _, future in batch:
                if not future.done():
                    future.set_result(found)


def _fail(batch: list[tuple[Collection[K], asyncio.Future[Mapping[K, V]]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
