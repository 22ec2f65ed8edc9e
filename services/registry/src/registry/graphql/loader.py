"""One query for what many resolvers ask for at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loader(Generic[K, V]):
    """Gathers the keys that are asked for in one turn of the event loop, and remembers what it found."""

    def __init__(self, fetch: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._fetch = fetch
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._next: list[K] = []
        self._running: set[asyncio.Task[None]] = set()

    async def load(self, key: K) -> V | None:
        """None for what there is not."""
        if key not in self._asked:
            loop = asyncio.get_running_loop()
            self._asked[key] = loop.create_future()
            self._next.append(key)
            if len(self._next) == 1:
                loop.call_soon(self._start)
        return await self._asked[key]

    def forget(self) -> None:
        """What was found may have changed."""
        self._asked = {}

    async def many(self, keys: Iterable[K]) -> dict[K, V]:
        """Without those that there are not."""
        wanted = list(dict.fromkeys(keys))
        found = zip(wanted, await asyncio.gather(*map(self.load, wanted)), strict=True)
        return {key: value for key, value in found if value is not None}

    def _start(self) -> None:
        keys, self._next = self._next, []
        task = asyncio.ensure_future(self._run(keys))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, keys: list[K]) -> None:
        waiting = [(key, self._asked[key]) for key in keys if key in self._asked]
        try:
            found = await self._fetch(keys)
        except Exception as error:  # noqa: BLE001 – whoever waits is told
            for _, future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for key, future in waiting:
            if not future.done():
                future.set_result(found.get(key))
