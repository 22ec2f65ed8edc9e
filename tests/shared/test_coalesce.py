import asyncio
from collections.abc import Collection

import pytest

from shared.db.coalesce import Coalescer


class Library:
    """Answers each question with its length, when told to."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.gate = asyncio.Event()
        self.batches = Coalescer(self.ask)

    async def ask(self, keys: Collection[str]) -> dict[str, int]:
        self.asked.append(set(keys))
        await self.gate.wait()
        if "bad" in keys:
            raise ValueError("bad")
        return {key: len(key) for key in keys if key != "unknown"}


async def test_what_comes_at_once_or_meanwhile_is_asked_together() -> None:
    library = Library()
    first = [asyncio.create_task(library.batches.get([key])) for key in ("a", "bb")]
    await asyncio.sleep(0.01)
    later = [asyncio.create_task(library.batches.get([key])) for key in ("ccc", "a", "unknown", "ccc")]
    await asyncio.sleep(0.01)
    assert library.asked == [{"a", "bb"}]
    library.gate.set()
    assert [(await task).get(key) for task, key in zip(first, ("a", "bb"), strict=True)] == [1, 2]
    assert [(await task).get(key) for task, key in zip(later, ("ccc", "a", "unknown"), strict=False)] == [3, 1, None]
    assert library.asked[1:] == [{"ccc", "a", "unknown"}]


async def test_when_many_wait_another_query_begins_but_not_a_third() -> None:
    library = Library()
    tasks = [asyncio.create_task(library.batches.get(["first"]))]
    await asyncio.sleep(0.01)
    for some in range(3):
        tasks += [asyncio.create_task(library.batches.get([f"{some} {number}"])) for number in range(100)]
        await asyncio.sleep(0.01)
    assert [len(asked) for asked in library.asked] == [1, 64]
    library.gate.set()
    await asyncio.gather(*tasks)
    assert [len(asked) for asked in library.asked] == [1, 64, 64, 64, 64, 44]


async def test_one_that_fails_or_leaves_harms_no_other() -> None:
    library = Library()
    busy = asyncio.create_task(library.batches.get(["x"]))
    await asyncio.sleep(0.01)
    tasks = {key: asyncio.create_task(library.batches.get([key])) for key in ("good", "bad", "gone", "fine")}
    await asyncio.sleep(0.01)
    tasks["gone"].cancel()
    library.gate.set()
    await busy
    assert (await tasks["good"])["good"] == 4
    assert (await tasks["fine"])["fine"] == 4
    with pytest.raises(ValueError, match="bad"):
        await tasks["bad"]
    with pytest.raises(asyncio.CancelledError):
        await tasks["gone"]
