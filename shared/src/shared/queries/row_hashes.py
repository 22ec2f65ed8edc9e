"""Which rows two tables do not have in common, by hashes of rows. Memory is bounded: when it would not fit, the hashes are compared range by range.

The first bits of a hash are those of the row's key, so that rows of one key lie together.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from shared.queries.errors import QueryStopped

KEY_BITS = 8
"""First bits of a hash, which are those of the key."""
HASH_BYTES = 8
_END = 1 << 64
_STEPS = 64
"""Parts in which sorted hashes are compared, so that what is made for it stays small."""

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
Counts = np.ndarray[tuple[int], np.dtype[np.int64]]
ReadHashes = Callable[[int, int], Iterator[pa.Array]]
"""Hashes of a table's rows from a first one on, and before an end."""


class Surplus(NamedTuple):
    """Rows that one of two tables has more of, in the order of their hashes."""

    hashes: Hashes
    counts: Counts
    """How many more."""
    has_repeats: bool
    """Some of them are there more than once."""

    def between(self, start: int, end: int) -> "Surplus":
        first = int(np.searchsorted(self.hashes, np.uint64(start)))
        last = len(self.hashes) if end >= _END else int(np.searchsorted(self.hashes, np.uint64(end)))
        return Surplus(self.hashes[first:last], self.counts[first:last], self.has_repeats)

    @property
    def rows(self) -> int:
        return int(self.counts.sum())


NOTHING = Surplus(np.empty(0, np.uint64), np.empty(0, np.int64), has_repeats=False)


class HashDifference(NamedTuple):
    start: int
    end: int
    """The range of hashes that was compared."""
    removed: Surplus
    added: Surplus
    same: int


def differences_of(base: ReadHashes, head: ReadHashes, max_hashes: int) -> Iterator[HashDifference]:
    """Compare both tables, a range of hashes after the other; usually there is one. At most `max_hashes` are held."""
    start, width = 0, _END
    while start < _END:
        end = min(start + width, _END)
        of_base, end = _collect(base, start, end, max_hashes // 2)
        of_head, shorter = _collect(head, start, end, max_hashes - len(of_base))
        if shorter < end:
            of_base, end = of_base[: np.searchsorted(of_base, np.uint64(shorter))], shorter
        yield _compared(of_base, of_head, start, end)
        start, width = end, end - start


def _collect(read: ReadHashes, start: int, end: int, max_hashes: int) -> tuple[Hashes, int]:
    """Sorted hashes, and the end of the range that fits, which begins with at least one value of the key's bits."""
    held = bytearray()
    least = 1 << (64 - KEY_BITS)
    for array in read(start, end):
        found = array.to_numpy()
        held += memoryview(found if end >= _END else found[found < np.uint64(end)]).cast("B")
        while len(held) > HASH_BYTES * max_hashes and end - start > least:
            end = start + (end - start) // 2
            hashes = np.frombuffer(held, np.uint64)
            held = bytearray(hashes[hashes < np.uint64(end)].tobytes())
        if len(held) > 2 * HASH_BYTES * max_hashes:
            raise QueryStopped("limit", "The tables have more rows of one key than can be compared", "memory")
    hashes = np.frombuffer(held, np.uint64)
    hashes.sort()
    return hashes, end


def _compared(base: Hashes, head: Hashes, start: int, end: int) -> HashDifference:
    removed: list[Surplus] = []
    added: list[Surplus] = []
    same = 0
    edges = [start + (end - start) * step // _STEPS for step in range(1, _STEPS)]
    places = [np.searchsorted(hashes, np.array(edges, np.uint64)) for hashes in (base, head)]
    for of_base, of_head in zip(np.split(base, places[0]), np.split(head, places[1]), strict=True):
        (ours, our_counts), (theirs, their_counts) = _counted(of_base), _counted(of_head)
        common = np.intersect1d(ours, theirs, assume_unique=True)
        at_ours, at_theirs = np.searchsorted(ours, common), np.searchsorted(theirs, common)
        both = np.minimum(our_counts[at_ours], their_counts[at_theirs])
        repeats = our_counts > 1, their_counts > 1
        our_counts[at_ours] -= both
        their_counts[at_theirs] -= both
        same += int(both.sum())
        removed.append(_surplus(ours, our_counts, repeats[0]))
        added.append(_surplus(theirs, their_counts, repeats[1]))
    return HashDifference(start, end, _joined(removed), _joined(added), same)


def _counted(hashes: Hashes) -> tuple[Hashes, Counts]:
    """Distinct ones of sorted hashes, and how often each is there."""
    is_first = np.ones(len(hashes), bool)
    np.not_equal(hashes[1:], hashes[:-1], out=is_first[1:])
    firsts = np.flatnonzero(is_first)
    return hashes[firsts], np.diff(firsts, append=len(hashes)).astype(np.int64)


def _surplus(hashes: Hashes, counts: Counts, repeats: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Surplus:
    is_left = counts > 0
    return Surplus(hashes[is_left], counts[is_left], bool(repeats[is_left].any()))


def _joined(parts: list[Surplus]) -> Surplus:
    return Surplus(
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.counts for part in parts]),
        any(part.has_repeats for part in parts),
    )
