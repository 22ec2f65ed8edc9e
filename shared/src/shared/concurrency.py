"""Bounded concurrency. Each function ends the tasks that it started.

bounded_gather  all results at once, at most `limit` under way
ordered_map     results one after another in the order of the items, at most `limit` under way
read_ahead      an iterator's items, some of which are fetched while one is worked on
cancelled       tasks cancelled and waited for
FairSemaphore   slots, for which groups of waiters take turns
KeyedLocks      a lock for each key
SingleFlight    one call for all who ask for the same while it is under way
run_by_size     a call in a thread if it has much to work on
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

SMALL_BYTES = 128 << 10
"""Bytes that are worked on without a thread."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)


async def bounded_gather(
    limit: int, function: Callable[[Item], Awaitable[Result]], items: Iterable[Item]
) -> list[Result]:
    """Results in the order of the items. The first error cancels the other calls, waits for them, and is raised."""
    slots = asyncio.Semaphore(limit)

    async def run(item: Item) -> Result:
        async with slots:
            return await function(item)

    tasks = [asyncio.ensure_future(run(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await cancelled(*tasks)


async def ordered_map(
    limit: int, function: Callable[[Item], Awaitable[Result]], items: Iterable[Item] | AsyncIterator[Item]
) -> AsyncGenerator[Result, None]:
    """Results in the order of the items, with up to `limit` calls under way.

    Use it with `contextlib.aclosing`: leaving it early cancels the calls under way.
    """
    tasks: deque[asyncio.Future[Result]] = deque()
    try:
        async for item in _each(items):
            if len(tasks) == limit:
                yield await tasks.popleft()
            tasks.append(asyncio.ensure_future(function(item)))
        while tasks:
            yield await tasks.popleft()
    finally:
        await cancelled(*tasks)


async def read_ahead(items: AsyncIterator[Item], count: int) -> AsyncGenerator[Item, None]:
    """The same items, up to `count` of them fetched ahead. An error is raised after the items before it."""
    ready: asyncio.Queue[Item | _End] = asyncio.Queue(count)

    async def fetch() -> None:
        try:
            async for item in items:
                await ready.put(item)
        except Exception as error:  # noqa: BLE001 – raised where the item is waited for
            await ready.put(_End(error))
        else:
            await ready.put(_End(None))

    fetching = asyncio.create_task(fetch())
    try:
        while not isinstance(item := await ready.get(), _End):
            yield item
        if item.error:
            raise item.error
    finally:
        await cancelled(fetching)


async def cancelled(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait until all have ended. Their errors are dropped."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def run_by_size(size: int, work: Callable[..., Result], *arguments: Any) -> Result:
    """Call `work` on `size` bytes; in a thread if they are many, so that the event loop goes on."""
    return work(*arguments) if size < SMALL_BYTES else await asyncio.to_thread(work, *arguments)


class KeyedLocks:
    """Locks of this process by key. A lock that nobody uses takes no memory."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock_of(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    @asynccontextmanager
    async def held(self, keys: Iterable[str]) -> AsyncIterator[None]:
        """All of these locks, taken in their order, so that nobody waits in a circle."""
        async with AsyncExitStack() as locks:
            for key in sorted(set(keys)):
                await locks.enter_async_context(self.lock_of(key))
            yield


class FairSemaphore:
    """A semaphore whose waiters belong to groups. The groups take turns; in a group, whoever came first is first."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._groups: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """Waiters by group; the first group is next."""

    @property
    def is_locked(self) -> bool:
        return self._free == 0

    def count_waiting(self, group: str) -> int:
        return len(self._groups.get(group, ()))

    def count_all_waiting(self) -> int:
        return sum(map(len, self._groups.values()))

    @asynccontextmanager
    async def held(self, group: str) -> AsyncIterator[None]:
        """A slot, which is given back at the end."""
        await self._acquire(group)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, group: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._groups.setdefault(group, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the slot was given, and is not taken
                self._release()
            else:
                self._forget(group, turn)
            raise

    def _release(self) -> None:
        """Give the slot to the next waiter who has not been cancelled."""
        while self._groups:
            group, waiting = next(iter(self._groups.items()))
            turn = waiting.popleft()
            if waiting:
                self._groups.move_to_end(group)
            else:
                del self._groups[group]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _forget(self, group: str, turn: "asyncio.Future[None]") -> None:
        waiting = self._groups.get(group, deque())
        if turn in waiting:
            waiting.remove(turn)
            if not waiting:
                del self._groups[group]


class SingleFlight(Generic[Key, Result]):
    """Calls for the same key get the result, or the error, of the one that is under way.

    A call goes on when those who wait for it are cancelled.
    """

    def __init__(self) -> None:
        self._running: dict[Key, asyncio.Task[Result]] = {}

    def __contains__(self, key: Key) -> bool:
        """True while a call for the key is under way."""
        return key in self._running

    async def run(self, key: Key, function: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(function())
            task.add_done_callback(lambda done: self._end(key, done))
        return await asyncio.shield(task)

    def _end(self, key: Key, task: asyncio.Task[Result]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # it is read, so that asyncio does not report it when nobody waits any more


class _End:
    def __init__(self, error: Exception | None) -> None:
        self.error = error


async def _each(items: Iterable[Item] | AsyncIterator[Item]) -> AsyncIterator[Item]:
    if isinstance(items, AsyncIterator):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
