import asyncio
from collections.abc import Collection

import pytest

from shared.db.coalesce import Coalescer
from shared.errors import Unavailable


async def run_ready_tasks() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Lengths:
    """Answers each key with its length, once `gate` is set."""

    def __init__(self) -> None:
        self.fetched: list[set[str]] = []
        self.gate = asyncio.Event()
        self.coalescer = Coalescer(self.fetch)

    async def fetch(self, keys: Collection[str]) -> dict[str, int]:
        self.fetched.append(set(keys))
        await self.gate.wait()
        if "bad" in keys:
            raise ValueError("bad")
        return {key: len(key) for key in keys if key != "unknown"}


async def test_lookups_that_come_during_a_fetch_are_combined_into_the_next() -> None:
    lengths = Lengths()
    first = [asyncio.create_task(lengths.coalescer.get([key])) for key in ("a", "bb")]
    await run_ready_tasks()
    later = [asyncio.create_task(lengths.coalescer.get([key])) for key in ("ccc", "a", "unknown", "ccc")]
    await run_ready_tasks()
    assert lengths.fetched == [{"a", "bb"}]
    lengths.gate.set()
    assert [(await task).get(key) for task, key in zip(first, ("a", "bb"), strict=True)] == [1, 2]
    assert [(await task).get(key) for task, key in zip(later, ("ccc", "a", "unknown"), strict=False)] == [3, 1, None]
    assert lengths.fetched[1:] == [{"ccc", "a", "unknown"}]


async def test_a_second_fetch_starts_when_many_lookups_wait_and_never_a_third() -> None:
    lengths = Lengths()
    tasks = [asyncio.create_task(lengths.coalescer.get(["first"]))]
    await run_ready_tasks()
    for some in range(3):
        tasks += [asyncio.create_task(lengths.coalescer.get([f"{some} {number}"])) for number in range(100)]
        await run_ready_tasks()
    assert [len(keys) for keys in lengths.fetched] == [1, 64]
    lengths.gate.set()
    await asyncio.gather(*tasks)
    assert [len(keys) for keys in lengths.fetched] == [1, 64, 64, 64, 64, 44]


async def test_a_lookup_that_fails_or_is_cancelled_does_not_affect_others() -> None:
    lengths = Lengths()
    busy = asyncio.create_task(lengths.coalescer.get(["x"]))
    await run_ready_tasks()
    tasks = {key: asyncio.create_task(lengths.coalescer.get([key])) for key in ("good", "bad", "gone", "fine")}
    await run_ready_tasks()
    tasks["gone"].cancel()
    lengths.gate.set()
    await busy
    assert (await tasks["good"])["good"] == 4
    assert (await tasks["fine"])["fine"] == 4
    with pytest.raises(ValueError, match="bad"):
        await tasks["bad"]
    with pytest.raises(asyncio.CancelledError):
        await tasks["gone"]


async def test_all_lookups_of_a_fetch_fail_at_once_when_the_database_is_unavailable() -> None:
    fetches = 0

    async def fail(_: Collection[str]) -> dict[str, int]:
        nonlocal fetches
        fetches += 1
        raise Unavailable

    coalescer = Coalescer(fail)
    errors = await asyncio.gather(*(coalescer.get([str(number)]) for number in range(20)), return_exceptions=True)
    assert all(isinstance(error, Unavailable) for error in errors)
    assert fetches == 1


async def test_a_fetch_has_at_most_the_given_number_of_lookups() -> None:
    lengths = Lengths()
    coalescer = Coalescer(lengths.fetch, batch_lookups=3)
    lengths.gate.set()
    await asyncio.gather(*(coalescer.get([str(number)]) for number in range(7)))
    assert max(len(keys) for keys in lengths.fetched) == 3
    assert sorted(key for keys in lengths.fetched for key in keys) == [str(number) for number in range(7)]
