"""Each comparison is made once and cached, within bounds."""

import asyncio
from dataclasses import dataclass, field

import pytest
from support.data.trees import Forest, Model, file
from typing_extensions import override

from shared.index.diff.cache import ComparisonCache, TooManyComparisons
from shared.index.diff.types import Kind
from shared.index.diff.walk import Tree
from shared.index.trees.reader import TreeGone


@dataclass
class SlowForest(Forest):
    """Answers when `may` is set."""

    may: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        super().__init__()

    @override
    async def fetch(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        await self.may.wait()
        return await super().fetch(wanted)


def pair(forest: Forest, number: int = 1) -> tuple[Tree, Tree]:
    one = Model({("a",): file(("a",)), ("b",): file(("b",), value=f"b{number}")})
    other = Model({("a",): file(("a",), size=2), ("c",): file(("c",), value=f"b{number}")})
    return forest.grow(one), forest.grow(other)


async def test_a_comparison_that_takes_long_is_found_later() -> None:
    forest = SlowForest()
    comparisons = ComparisonCache(find_seconds=0.001)
    trees = pair(forest)
    assert await comparisons.find(forest.fetch, *trees) is None
    waiting = asyncio.create_task(comparisons.get(forest.fetch, *trees))
    assert await comparisons.find(forest.fetch, *trees) is None
    forest.may.set()
    known = await waiting
    assert forest.trips == 1
    assert await comparisons.find(forest.fetch, *trees) is known
    assert await comparisons.get(forest.fetch, *trees) is known
    assert forest.trips == 1
    await comparisons.close()


async def test_a_comparison_goes_on_when_its_caller_has_left() -> None:
    forest = SlowForest()
    comparisons = ComparisonCache()
    trees = pair(forest)
    waiting = asyncio.create_task(comparisons.get(forest.fetch, *trees))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    forest.may.set()
    assert (await comparisons.get(forest.fetch, *trees)).totals[Kind.MOVED].count == 1
    assert forest.trips == 1


async def test_more_pending_comparisons_than_allowed_are_refused() -> None:
    forest = SlowForest()
    comparisons = ComparisonCache(find_seconds=0.001, max_pending=2)
    for number in range(2):
        assert await comparisons.find(forest.fetch, *pair(forest, number)) is None
    assert await comparisons.find(forest.fetch, *pair(forest, 2)) is None
    with pytest.raises(TooManyComparisons):
        await comparisons.get(forest.fetch, *pair(forest, 2))
    await comparisons.close()


async def test_a_comparison_that_failed_is_not_cached() -> None:
    forest = Forest()
    comparisons = ComparisonCache()
    trees = pair(forest)
    bodies, forest.bodies = forest.bodies, {}
    with pytest.raises(TreeGone):
        await comparisons.find(forest.fetch, *trees)
    forest.bodies = bodies
    assert await comparisons.find(forest.fetch, *trees)


@pytest.mark.parametrize("max_changes", [1, 5])
async def test_the_least_recently_used_comparison_is_dropped_from_a_full_cache(max_changes: int) -> None:
    """The newest one stays even when it is larger than the cache."""
    forest = Forest()
    comparisons = ComparisonCache(max_changes=max_changes)
    first, second = pair(forest, 1), pair(forest, 2)
    known = await comparisons.get(forest.fetch, *first)
    assert known.weight > max_changes / 2
    assert await comparisons.get(forest.fetch, *first) is known
    await comparisons.get(forest.fetch, *second)
    assert await comparisons.get(forest.fetch, *first) is not known


async def test_totals_are_cached_by_the_identity_of_the_data() -> None:
    forest = Forest()
    comparisons = ComparisonCache()
    base, head = pair(forest)
    totals = await comparisons.totals(forest.fetch, base, head)
    assert {kind: tally.count for kind, tally in totals.items() if tally.count} == {Kind.CHANGED: 1, Kind.MOVED: 1}
    elsewhere = Tree(b"elsewhere", head.identity, head.entries, head.size)
    assert await comparisons.totals(forest.fetch, base, elsewhere) is totals


async def test_comparisons_pause_while_a_page_is_read() -> None:
    forest = Forest()
    comparisons = ComparisonCache(find_seconds=0.01)
    trees = pair(forest)
    with comparisons.slowed():
        with comparisons.slowed():
            pass
        assert await comparisons.find(forest.fetch, *trees) is None
        assert forest.trips == 0
    assert await comparisons.get(forest.fetch, *trees)
