"""Bounded concurrency. Each function ends the tasks that it started.

bounded_gather  all results at once, at most `limit` under way
ordered_map     results one after another in the order of the items, at most `limit` under way
read_ahead      an iterator's items, some of which are fetched while one is worked on
cancelled       tasks cancelled and waited for
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


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
