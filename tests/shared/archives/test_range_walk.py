"""Walks of ranges of paths against a naive model: the sorted list of all paths."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.index.trees import nodes
from shared.index.trees.builder import TreeBuilder, TreeRoot
from shared.index.trees.nodes import PageShape, TreeFile, TreePath
from shared.index.trees.range_walk import PathRange, Ranges, range_below, walk_ranges
from shared.index.trees.reader import TreeGone

SMALL_PAGES = PageShape(average_items=2, max_items=4, max_meta_bytes=1 << 18)
"""Small pages, so that few files make trees of many levels."""
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=2) | st.sampled_from(
    ["a", "b", "a\0", "a-b", "a.b", "é"]
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(tuple)


class StoredTree:
    def __init__(self, paths: Sequence[TreePath], shape: PageShape = SMALL_PAGES) -> None:
        builder = TreeBuilder(shape)
        for path in paths:
            builder.add_file(path, TreeFile(path[-1], "s3://bucket/key", len(path), "", "", None), None)
        self.root: TreeRoot = builder.finish()
        self.bodies = {page.storage: nodes.pack(page.body) for page in builder.take()}
        self.fetched = 0
        self.fetches = 0

    async def fetch(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        self.fetches += 1
        self.fetched += len(wanted)
        return {storage: self.bodies[storage] for storage in wanted if storage in self.bodies}

    def walked(self, ranges: Ranges, batch_nodes: int = 16) -> list[str]:
        async def read() -> list[str]:
            runs = walk_ranges(self.fetch, self.root.storage, ranges, batch_nodes=batch_nodes)
            return [run.prefix + file.name async for run in runs for file in run.files]

        return asyncio.run(read())


@st.composite
def trees(draw: st.DrawFn) -> list[TreePath]:
    """Paths of files, none of which is also a directory."""
    drawn = draw(st.sets(PATHS, max_size=60))
    parents = {path[:depth] for path in drawn for depth in range(1, len(path))}
    return sorted(drawn - parents)


@settings(max_examples=60)
@given(trees(), st.lists(PATHS, max_size=8, unique=True), st.none() | st.just(("\U0010ffff",)), st.integers(1, 20))
def test_walks_of_ranges_give_the_paths_in_the_ranges_in_order(
    paths: list[TreePath], bounds: list[TreePath], end: TreePath | None, batch_nodes: int
) -> None:
    bounds.sort()
    ranges = [PathRange(bounds[at], bounds[at + 1] if at + 1 < len(bounds) else end) for at in range(0, len(bounds), 2)]
    expected = [
        "/".join(path)
        for path in paths
        if any(each.first <= path and (each.end is None or path < each.end) for each in ranges)
    ]
    assert StoredTree(paths).walked(ranges, batch_nodes) == expected


@settings(max_examples=40)
@given(trees(), PATHS)
def test_the_range_below_a_path_holds_the_file_or_the_files_of_the_folder(
    paths: list[TreePath], path: TreePath
) -> None:
    expected = ["/".join(each) for each in paths if each[: len(path)] == path]
    assert StoredTree(paths).walked([range_below(path)]) == expected


@settings(max_examples=40)
@given(trees())
def test_a_walk_without_bounds_gives_all_paths(paths: list[TreePath]) -> None:
    tree = StoredTree(paths)
    assert tree.walked([PathRange()]) == ["/".join(path) for path in paths]
    assert tree.walked([]) == []


def test_a_walk_from_a_position_reads_few_pages() -> None:
    paths = [(f"{number:06}",) for number in range(50_000)]
    tree = StoredTree(paths, nodes.PAGE_SHAPE)
    assert tree.walked([PathRange(("040000",), ("041000",))]) == [f"{number:06}" for number in range(40_000, 41_000)]
    assert tree.fetched < 60
    assert tree.fetches <= 6


def test_a_walk_of_many_single_files_reads_pages_together() -> None:
    paths = [(f"d{number // 100:03}", f"{number:06}") for number in range(20_000)]
    tree = StoredTree(paths, nodes.PAGE_SHAPE)
    wanted = paths[::100]
    assert tree.walked([range_below(path) for path in wanted], 128) == ["/".join(path) for path in wanted]
    assert tree.fetches <= 10


def test_a_walk_of_a_removed_tree_says_that_it_is_gone() -> None:
    tree = StoredTree([("a",), ("b",)])
    tree.bodies.clear()
    with pytest.raises(TreeGone):
        tree.walked([PathRange()])
