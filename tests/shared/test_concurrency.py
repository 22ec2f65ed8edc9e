import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from shared.concurrency import FairSemaphore, bounded_gather, cancelled, ordered_map, read_ahead
from shared.runtime import on_stop, supervised


class Counter:
    """Work that records how many calls of it ran at the same time."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.cancelled = 0

    async def double(self, number: int) -> int:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0.001 * (number % 3))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        if number == 13:
            raise ValueError(number)
        return number * 2


async def test_bounded_gather_keeps_the_order_and_the_limit() -> None:
    counter = Counter()
    assert await bounded_gather(3, counter.double, range(12)) == [number * 2 for number in range(12)]
    assert counter.most == 3


async def test_the_first_error_of_bounded_gather_cancels_the_other_calls() -> None:
    counter = Counter()
    with pytest.raises(ValueError, match="13"):
        await bounded_gather(4, counter.double, [13, *range(100, 200)])
    assert counter.running == 0


async def test_ordered_map_keeps_the_order_and_the_limit() -> None:
    counter = Counter()
    async with aclosing(ordered_map(4, counter.double, range(12))) as results:
        assert [result async for result in results] == [number * 2 for number in range(12)]
    assert counter.most == 4


async def test_leaving_ordered_map_early_cancels_the_running_calls() -> None:
    counter = Counter()
    async with aclosing(ordered_map(4, counter.double, numbers(100))) as results:
        assert await anext(results) == 0
    assert counter.running == 0


async def numbers(count: int, *, fails: bool = False) -> AsyncIterator[int]:
    for number in range(count):
        yield number
    if fails:
        raise ValueError("no more")


async def test_read_ahead_gives_every_item_and_then_the_error() -> None:
    assert [item async for item in read_ahead(numbers(10), 3)] == list(range(10))
    failing = read_ahead(numbers(5, fails=True), 2)
    assert [await anext(failing) for _ in range(5)] == list(range(5))
    with pytest.raises(ValueError, match="no more"):
        await anext(failing)


async def test_read_ahead_fetches_no_more_than_its_count_before_it_is_asked() -> None:
    fetched: list[int] = []

    async def noted() -> AsyncIterator[int]:
        for number in range(100):
            fetched.append(number)
            yield number

    async with aclosing(read_ahead(noted(), 3)) as items:
        assert await anext(items) == 0
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(fetched) <= 5


async def test_cancelled_waits_until_tasks_have_ended() -> None:
    ended = []

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.001)
            ended.append(1)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancelled(task)
    assert ended


async def test_supervised_work_that_fails_is_restarted_and_ends_with_the_context() -> None:
    begun = 0
    again = asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ValueError(begun)
        again.set()
        await asyncio.sleep(60)

    async with supervised(work, restart_seconds=0):
        await asyncio.wait_for(again.wait(), 10)
    assert begun == 3
    assert not [task for task in asyncio.all_tasks() if "_keep_running" in repr(task)]


async def test_groups_that_wait_for_a_slot_take_turns() -> None:
    slots, served = FairSemaphore(1), list[str]()

    async def hold(group: str, name: str) -> None:
        async with slots.held(group):
            await asyncio.sleep(0)
            served.append(name)

    names = ("a1", "a2", "a3", "b1", "c1", "b2")
    await asyncio.gather(*(hold(name[0], name) for name in names))
    assert served == ["a1", "a2", "b1", "c1", "a3", "b2"]
    assert not slots.is_locked


async def test_a_cancelled_waiter_neither_keeps_nor_loses_a_slot() -> None:
    slots = FairSemaphore(1)

    async def hold() -> None:
        async with slots.held("group"):
            pass

    for cancelled_first in (True, False):
        async with slots.held("group"):
            waiting = asyncio.create_task(hold())
            await asyncio.sleep(0)
            if cancelled_first:
                waiting.cancel()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (slots.is_locked, slots.count_all_waiting()) == (False, 0)


async def test_an_action_runs_when_the_process_is_asked_to_stop_and_the_former_handler_runs_too() -> None:
    handled: list[int] = []
    former = signal.signal(signal.SIGTERM, lambda number, _: handled.append(number))
    try:
        stopping = asyncio.Event()
        mine = signal.getsignal(signal.SIGTERM)
        with on_stop(stopping.set):
            os.kill(os.getpid(), signal.SIGTERM)
            async with asyncio.timeout(20):
                await stopping.wait()
        assert handled == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, former)
