"""Work done ahead, results taken in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def ahead(
    work: Callable[[Item], Awaitable[Result]], items: Iterable[Item] | AsyncIterator[Item], width: int
) -> AsyncGenerator[Result, None]:
    """Results in the order of their items, up to `width` of them under way.

    Use it under `contextlib.aclosing`: leaving it early cancels what is under way.
    """
    tasks: deque[asyncio.Future[Result]] = deque()
    try:
        async for item in _each(items):
            if len(tasks) == width:
                yield await tasks.popleft()
            tasks.append(asyncio.ensure_future(work(item)))
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _each(items: Iterable[Item] | AsyncIterator[Item]) -> AsyncIterator[Item]:
    if isinstance(items, AsyncIterator):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
