"""Sections of archives against a naive model: the list of all files, cut by hand."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.services.archives.sections import ArchiveSection, ArchiveSource, SectionFinder, ranges_of
from shared.archives.layout import ORIGIN, LayoutBuilder, size_between
from shared.archives.names import sample_of
from shared.archives.tar import file_blocks
from shared.index.trees import nodes
from shared.index.trees.builder import TreeBuilder
from shared.index.trees.nodes import PageShape, TreeFile, TreePath
from shared.index.trees.range_walk import walk_ranges

SMALL_PAGES = PageShape(average_items=2, max_items=4, max_meta_bytes=1 << 18)
NAMES = st.text("ab.é", min_size=1, max_size=3).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
SIZES = st.integers(0, 3000) | st.sampled_from([8**11, 1_000_000])


@dataclass
class Package:
    """A tree in memory with the layout of its archives, which has a checkpoint every few files."""

    files: list[tuple[TreePath, int]]
    checkpoint_entries: int

    def __post_init__(self) -> None:
        builder = TreeBuilder(SMALL_PAGES)
        for path, size in self.files:
            builder.add_file(path, TreeFile(path[-1], "s3://bucket/key", size, "", "", None), None)
        self.root = builder.finish().storage
        self.bodies = {page.storage: nodes.pack(page.body) for page in builder.take()}
        self.finder = SectionFinder(self.fetch)

    async def fetch(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        return {storage: self.bodies[storage] for storage in wanted}

    async def source(self, paths: Sequence[TreePath] = ((),)) -> ArchiveSource:
        ranges = ranges_of(paths)
        builder = LayoutBuilder(self.checkpoint_entries)
        async for run in walk_ranges(self.fetch, self.root, ranges):
            builder.add_files(run.prefix, run.files)
        return ArchiveSource(self.root, builder.finish(), ranges)

    async def paths_of(self, section: ArchiveSection) -> list[TreePath]:
        found: list[TreePath] = []
        if section.start.path is not None and section.start.before.entries < section.end.before.entries:
            async for run in self.finder.walk(section.source, section.start.path, section.end.path):
                found += [(*run.prefix.split("/")[:-1], file.name) for file in run.files]
        return found

    def blocks(self, paths: Sequence[TreePath]) -> int:
        sizes = dict(self.files)
        return sum(file_blocks("/".join(path), sizes[path]) for path in paths)


@st.composite
def packages(draw: st.DrawFn) -> Package:
    drawn = draw(st.dictionaries(PATHS, SIZES, max_size=40))
    parents = {path[:depth] for path in drawn for depth in range(1, len(path))}
    files = sorted((path, size) for path, size in drawn.items() if path not in parents)
    return Package(files, draw(st.integers(1, 6)))


def run(what: Callable[[], Awaitable[None]]) -> None:
    async def wait() -> None:
        await what()

    asyncio.run(wait())


@settings(max_examples=80)
@given(packages(), st.lists(PATHS, min_size=1, max_size=3))
def test_a_folder_is_the_section_with_its_files_and_their_sums(package: Package, folders: list[TreePath]) -> None:
    async def check() -> None:
        source = await package.source()
        for folder in folders:
            section = await package.finder.below(source, folder)
            expected = [path for path, _ in package.files if path[: len(folder)] == folder]
            assert await package.paths_of(section) == expected
            assert section.size.entries == len(expected)
            assert section.size.tar_blocks == package.blocks(expected)
            assert section.size.name_bytes == sum(len("/".join(path).encode()) for path in expected)
            before = [path for path, _ in package.files if path < folder]
            assert section.start.before.tar_blocks == package.blocks(before)

    run(check)


@settings(max_examples=80)
@given(packages(), st.integers(1, 9), st.none() | PATHS)
def test_shards_cut_a_section_between_samples_and_none_is_empty_without_need(
    package: Package, shards: int, folder: TreePath | None
) -> None:
    async def check() -> None:
        source = await package.source()
        whole = await (package.finder.whole(source) if folder is None else package.finder.below(source, folder))
        parts = [await package.finder.shard(whole, part, shards) for part in range(shards)]
        found = [await package.paths_of(part) for part in parts]
        files = await package.paths_of(whole)
        assert [path for part in found for path in part] == files
        assert [part.size.entries for part in parts] == [len(part) for part in found]
        assert [part.size.tar_blocks for part in parts] == [package.blocks(part) for part in found]
        samples = [(*path[:-1], sample_of(path[-1])) for path in files]
        starts = {at for at in range(len(files)) if at == 0 or samples[at] != samples[at - 1]}
        ends = [sum(map(len, found[:part])) for part in range(1, shards)]
        assert all(end in starts or end == len(files) for end in ends)
        assert sum(1 for part in found if part) == min(shards, len(starts))

    run(check)


@settings(max_examples=80)
@given(packages(), st.lists(PATHS, min_size=1, max_size=6), st.integers(1, 4))
def test_a_selection_has_its_files_in_order_and_shards_of_its_own(
    package: Package, chosen: list[TreePath], shards: int
) -> None:
    async def check() -> None:
        source = await package.source(chosen)
        whole = await package.finder.whole(source)
        expected = [path for path, _ in package.files if any(path[: len(each)] == each for each in chosen)]
        assert await package.paths_of(whole) == expected
        assert size_between(ORIGIN, source.layout.end).tar_blocks == package.blocks(expected)
        parts = [await package.paths_of(await package.finder.shard(whole, part, shards)) for part in range(shards)]
        assert [path for part in parts for path in part] == expected

    run(check)
