"""Sections of archives: the files of a folder, or one of the shards. In walk order they follow each other, so their tar is a part of the whole one."""

from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from shared.archives.layout import ORIGIN, ArchiveLayout, ArchiveSize, Checkpoint, LayoutBuilder, Position, size_between
from shared.archives.names import sample_of
from shared.archives.shards import Interval, shard_samples, shards_by_interval
from shared.archives.tar import file_blocks
from shared.index.trees.nodes import Fetch, TreeFile, TreePath
from shared.index.trees.range_walk import WHOLE, PathRange, Ranges, range_below, walk_ranges
from shared.index.trees.walk import Files


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """Files of a tree, and the layout of their archives."""

    root: bytes
    layout: ArchiveLayout
    ranges: Ranges = (WHOLE,)
    """The paths of the files."""

    def ranges_between(self, first: TreePath, end: TreePath | None) -> list[PathRange]:
        """The ranges, without what is before `first`, and without what is at `end` or after it."""
        start = bisect_right(self.ranges, first, key=lambda each: each.first)
        found = []
        for each in self.ranges[max(0, start - 1) :]:
            if end is not None and each.first >= end:
                break
            low = max(each.first, first)
            high = end if each.end is None else each.end if end is None else min(each.end, end)
            if high is None or low < high:
                found.append(PathRange(low, high))
        return found


@dataclass(frozen=True, slots=True)
class Cut:
    """A place in an archive between two files."""

    path: TreePath | None
    """The files from this path on come after it; None for the end."""
    before: Position


@dataclass(frozen=True, slots=True)
class ArchiveSection:
    source: ArchiveSource
    start: Cut
    end: Cut

    @property
    def size(self) -> ArchiveSize:
        return size_between(self.start.before, self.end.before)

    def intervals(self) -> list["SectionInterval"]:
        """The intervals between checkpoints in which files of the section are."""
        layout = self.source.layout
        first, last = self.start.before.entries, self.end.before.entries
        if first == last:
            return []
        numbers = range(
            bisect_right(layout.checkpoints, first, key=_entries_before) - 1,
            bisect_left(layout.checkpoints, last, key=_entries_before),
        )
        return [self._interval(number) for number in numbers]

    def _interval(self, number: int) -> "SectionInterval":
        layout = self.source.layout
        checkpoint = layout.checkpoints[number]
        is_last = number + 1 == len(layout.checkpoints)
        start = Cut(_path(checkpoint), checkpoint.before)
        end = Cut(None, layout.end) if is_last else Cut(_path(layout.checkpoints[number + 1]), layout.after(number))
        starts_before = start.before.entries < self.start.before.entries
        ends_after = end.before.entries > self.end.before.entries
        return SectionInterval(
            checkpoint,
            self.start if starts_before else start,
            self.end if ends_after else end,
            is_whole=not starts_before and not ends_after,
        )


@dataclass(frozen=True, slots=True)
class SectionInterval:
    """The files of a section between two checkpoints."""

    checkpoint: Checkpoint
    start: Cut
    end: Cut
    is_whole: bool
    """All files between the checkpoints are in the section."""


class SectionFinder:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def walk(self, source: ArchiveSource, first: TreePath, end: TreePath | None) -> AsyncGenerator[Files, None]:
        """Files from the path `first` on, and before the path `end`."""
        return walk_ranges(self._fetch, source.root, source.ranges_between(first, end))

    async def walk_files(
        self, source: ArchiveSource, first: TreePath, end: TreePath | None
    ) -> AsyncGenerator[tuple[str, TreeFile], None]:
        """The same files one by one, with their paths."""
        async with aclosing(self.walk(source, first, end)) as runs:
            async for run in runs:
                for file in run.files:
                    yield run.prefix + file.name, file

    async def whole(self, source: ArchiveSource) -> ArchiveSection:
        return ArchiveSection(source, Cut((), ORIGIN), Cut(None, source.layout.end))

    async def below(self, source: ArchiveSource, path: TreePath) -> ArchiveSection:
        """The file at a path, or the files of the folder; empty when there is nothing."""
        bounds = range_below(path)
        return ArchiveSection(source, await self.cut(source, bounds.first), await self.cut(source, bounds.end))

    async def cut(self, source: ArchiveSource, path: TreePath | None) -> Cut:
        """The place before the first file at or after a path."""
        layout = source.layout
        if path is None or not layout.checkpoints:
            return Cut(None, layout.end)
        checkpoint = layout.checkpoints[layout.last_before(path)]
        counted = LayoutBuilder()
        if (first := _path(checkpoint)) < path:
            async for run in self.walk(source, first, path):
                counted.add_files(run.prefix, run.files)
        before, more = checkpoint.before, counted.finish().end
        samples = more.samples - (checkpoint.continues_sample and more.entries > 0)
        return Cut(
            path,
            Position(
                before.entries + more.entries,
                before.tar_blocks + more.tar_blocks,
                before.content_bytes + more.content_bytes,
                before.name_bytes + more.name_bytes,
                before.samples + samples,
            ),
        )

    async def shard(self, section: ArchiveSection, part: int, parts: int) -> ArchiveSection:
        """Part `part` of `parts` of a section; empty when there are fewer samples."""
        intervals = section.intervals()
        origin = section.start.before
        described = [
            Interval(
                each.start.before.tar_blocks - origin.tar_blocks,
                # The only file of a section may be in the middle of a sample of the revision.
                1 if section.size.entries == 1 else each.end.before.samples - each.start.before.samples,
            )
            for each in intervals
        ]
        given = shards_by_interval(described, section.size.tar_blocks, parts)

        async def start_of(number: int) -> Cut:
            if number == 0:
                return section.start
            first = 0
            for each, count in zip(intervals, given, strict=True):
                if number < first + count:
                    samples = await self._sample_starts(section, each)
                    blocks = [cut.before.tar_blocks - origin.tar_blocks for cut in samples]
                    chosen = shard_samples(blocks, first, count, section.size.tar_blocks, parts)
                    return samples[chosen[number - first]]
                first += count
            return section.end

        return ArchiveSection(section.source, await start_of(part), await start_of(part + 1))

    async def _sample_starts(self, section: ArchiveSection, interval: SectionInterval) -> list[Cut]:
        """The places in an interval before the first files of samples."""
        here = interval.start.before
        sample: str | None = None
        goes_on = interval.checkpoint.continues_sample and interval.start != section.start
        starts: list[Cut] = []
        async for run in self.walk(section.source, interval.start.path or (), interval.end.path):
            parent = tuple(run.prefix.split("/")[:-1])
            for file in run.files:
                path = run.prefix + file.name
                found = run.prefix + sample_of(file.name)
                if found != sample and not (sample is None and goes_on):
                    starts.append(Cut((*parent, file.name), here))
                sample = found
                here = Position(
                    here.entries + 1,
                    here.tar_blocks + file_blocks(path, file.size),
                    here.content_bytes + file.size,
                    here.name_bytes + len(path.encode()),
                    len(starts) + interval.start.before.samples,
                )
        return starts


def _path(checkpoint: Checkpoint) -> TreePath:
    return tuple(checkpoint.path.split("/"))


def _entries_before(checkpoint: Checkpoint) -> int:
    return checkpoint.before.entries


def ranges_of(paths: Sequence[TreePath]) -> list[PathRange]:
    """Ranges of files and folders, without those below others."""
    found: list[PathRange] = []
    for path in sorted(set(paths)):
        if not path:
            return [WHOLE]
        if found and path[: len(found[-1].first)] == found[-1].first:
            continue
        found.append(range_below(path))
    return found
