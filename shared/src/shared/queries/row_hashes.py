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
_LEAST_WIDTH = 1 << (64 - KEY_BITS)
"""Hashes with the same first bits are not taken apart."""
_MAX_PARTS = 64
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
    """Rows of a range of hashes, which holds all rows of their keys."""

    start: int
    end: int
    removed: Surplus
    added: Surplus
    same: int

    @property
    def rows(self) -> int:
        """Rows that differ."""
        return self.removed.rows + self.added.rows


def differences_of(base: ReadHashes, head: ReadHashes, max_hashes: int) -> Iterator[HashDifference]:
    """Compare both tables, a range of hashes after the other. At most `max_hashes` are held; usually all are, and the tables are read once.

    The differences of one reading come in parts, so that tables of which every row differs need no more memory than others.
    """
    start, width = 0, _END
    while start < _END:
        end = min(start + width, _END)
        of_base, end = _collect(base, start, end, max_hashes // 2)
        of_head, shorter = _collect(head, start, end, max_hashes - len(of_base))
        if shorter < end:
            of_base, end = of_base[: np.searchsorted(of_base, np.uint64(shorter))], shorter
        yield from _compared(of_base, of_head, start, end)
        start, width = end, end - start


def portions_of(differences: Iterator[HashDifference], max_rows_of: Callable[[], int]) -> Iterator[HashDifference]:
    """Differences put together up to a number of rows that differ; larger ones are taken apart as far as can be.

    `max_rows_of` is asked once there are such rows.
    """
    held: list[HashDifference] = []
    rows = 0
    for difference in differences:
        max_rows = max_rows_of() if difference.rows else 0
        for part in parts_of(difference, max_rows):
            if held and part.rows and rows + part.rows > max_rows:
                yield _together(held)
                held, rows = [], 0
            held.append(part)
            rows += part.rows
    if held:
        yield _together(held)


def parts_of(difference: HashDifference, max_rows: int) -> list[HashDifference]:
    """Parts with up to `max_rows` rows that differ each, or with the rows of few keys."""
    start, end = difference.start, difference.end
    if difference.rows <= max_rows or end - start <= _LEAST_WIDTH:
        return [difference]
    middle = start + (end - start) // 2
    first, last = (
        HashDifference(
            *(first, last, difference.removed.between(first, last), difference.added.between(first, last)),
            same=difference.same if first == start else 0,
        )
        for first, last in ((start, middle), (middle, end))
    )
    return parts_of(first, max_rows) + parts_of(last, max_rows)


def _together(held: list[HashDifference]) -> HashDifference:
    removed, added = _joined([each.removed for each in held]), _joined([each.added for each in held])
    return HashDifference(held[0].start, held[-1].end, removed, added, sum(each.same for each in held))


def _collect(read: ReadHashes, start: int, end: int, max_hashes: int) -> tuple[Hashes, int]:
    """Sorted hashes, and the end of the range that fits, which begins with at least one value of the key's bits."""
    held = bytearray()
    for array in read(start, end):
        found = array.to_numpy()
        held += memoryview(found if end >= _END else found[found < np.uint64(end)]).cast("B")
        while len(held) > HASH_BYTES * max_hashes and end - start > _LEAST_WIDTH:
            end = start + (end - start) // 2
            hashes = np.frombuffer(held, np.uint64)
            held = bytearray(hashes[hashes < np.uint64(end)].tobytes())
        if len(held) > 2 * HASH_BYTES * max_hashes:
            raise QueryStopped("limit", "The tables have more rows of one key than can be compared", "memory")
    hashes = np.frombuffer(held, np.uint64)
    hashes.sort()
    return hashes, end


def _compared(base: Hashes, head: Hashes, start: int, end: int) -> Iterator[HashDifference]:
    parts = max(1, min(_MAX_PARTS, (end - start) // _LEAST_WIDTH))
    edges = [start + (end - start) * part // parts for part in range(parts + 1)]
    places = [np.searchsorted(hashes, np.array(edges[1:-1], np.uint64)) for hashes in (base, head)]
    split = zip(np.split(base, places[0]), np.split(head, places[1]), strict=True)
    for first, last, (of_base, of_head) in zip(edges, edges[1:], split, strict=False):
        (ours, our_counts), (theirs, their_counts) = _counted(of_base), _counted(of_head)
        common = np.intersect1d(ours, theirs, assume_unique=True)
        at_ours, at_theirs = np.searchsorted(ours, common), np.searchsorted(theirs, common)
        both = np.minimum(our_counts[at_ours], their_counts[at_theirs])
        repeats = our_counts > 1, their_counts > 1
        our_counts[at_ours] -= both
        their_counts[at_theirs] -= both
        removed, added = _surplus(ours, our_counts, repeats[0]), _surplus(theirs, their_counts, repeats[1])
        yield HashDifference(first, last, removed, added, int(both.sum()))


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
