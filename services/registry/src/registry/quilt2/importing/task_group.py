"""Several things at once, of which all must succeed."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """All are done; or one has failed, and no other goes on."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in works]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return [each.result() for each in tasks]
