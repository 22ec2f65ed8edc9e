"""Questions that come while earlier ones are being answered, asked together."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MAX_CONCURRENT_FETCHES = 2
_ENOUGH = 8
"""Questions for which another query is begun while one is under way: each costs as much as many questions."""
_MAX_BATCH = 64
"""Questions that are asked together."""


class Coalescer(Generic[K, V]):
    """Nobody waits for others to come, and every answer is of a query that began after the question."""

    def __init__(self, ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: list[tuple[Collection[K], asyncio.Future[Mapping[K, V]]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._is_beginning = False
        """A query is about to begin, with all that is asked until then."""

    async def get(self, keys: Collection[K]) -> Mapping[K, V]:
        """What is known of them, and perhaps of others."""
        future: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        self._waiting.append((keys, future))
        self._start()
        return await future

    def _start(self) -> None:
        enough = _ENOUGH if self._running else 1
        if len(self._waiting) >= enough and len(self._running) < _MAX_CONCURRENT_FETCHES and not self._is_beginning:
            self._is_beginning = True
            task = asyncio.create_task(self._begin())
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    async def _begin(self) -> None:
        some, self._waiting = self._waiting[:_MAX_BATCH], self._waiting[_MAX_BATCH:]
        self._is_beginning = False
        self._start()
        await self._answer(some)

    async def _answer(self, some: list[tuple[Collection[K], asyncio.Future[Mapping[K, V]]]]) -> None:
        try:
            found = await self._ask({key for keys, _ in some for key in keys})
        except Exception as error:  # noqa: BLE001 – raised where it is waited for
            if len(some) > 1:  # one that cannot be asked must not keep the others from their answers
                for each in some:
                    await self._answer([each])
                return
            [(_, future)] = some
            if not future.done():
                future.set_exception(error)
        else:
            for _, future in some:
                if not future.done():
                    future.set_result(found)
