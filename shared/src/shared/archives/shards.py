"""Shards: an archive in parts of about the same size, which keep the files of a sample together.

The shards are shared out among intervals of files by the samples that begin in them, then among the samples of each interval.
So the bounds of one shard follow from the layout and from the files of the intervals in which it begins and ends.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Interval:
    """Some files of an archive that follow each other."""

    tar_block: int
    """Block of the first file, within the archive."""
    samples: int
    """Samples that begin in the interval."""


def shards_by_interval(intervals: Sequence[Interval], tar_blocks: int, shards: int) -> list[int]:
    """How many of the first shards begin in each interval: as many as there are samples, at most.

    `tar_blocks` are those of the archive. Fewer shards than wanted begin when there are fewer samples: the last are empty.
    """
    bounds = [_targets_before(each.tar_block, tar_blocks, shards) for each in intervals] + [shards]
    wanted = [end - start for start, end in pairwise(bounds)]
    given = []
    late = 0
    for each, due in zip(intervals, wanted, strict=True):
        count = min(each.samples, due + late)
        late += due - count
        given.append(count)
    for number in range(len(intervals) - 1, -1, -1):
        more = min(intervals[number].samples - given[number], late)
        given[number] += more
        late -= more
    return given


def shard_samples(samples: Sequence[int], first: int, count: int, tar_blocks: int, shards: int) -> list[int]:
    """Numbers of the samples of an interval with which its shards begin.

    `samples` are the blocks, within the archive, at which they begin; `first` is the number of the interval's first shard, of `count`.
    """
    chosen: list[int] = []
    for each in range(count):
        target = -(-(first + each) * tar_blocks // shards)
        earliest = chosen[-1] + 1 if chosen else 0
        chosen.append(min(max(bisect_left(samples, target), earliest), len(samples) - count + each))
    return chosen


def _targets_before(tar_block: int, tar_blocks: int, shards: int) -> int:
    """Number of shards that would begin before a block if files could be cut."""
    return min(shards, -(-tar_block * shards // tar_blocks)) if tar_blocks else shards
