"""The layout of a revision's archives: totals, and a checkpoint every thousand files in walk order.

With it, an offset in a tar is one search of the checkpoints and a walk of about a thousand files.
"""

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from shared.archives.names import MAX_NAME_BYTES, is_unsafe, sample_of
from shared.archives.tar import BLOCK_BYTES, END, MAX_ONE_BLOCK_PATH, MAX_SIZE, file_blocks, name_room
from shared.archives.zip import archive_bytes

CHECKPOINT_ENTRIES = 1_000
"""Files from one checkpoint to the next, so that the layout follows from the files alone."""
MAX_BUCKETS = 64
"""Buckets that a layout names."""

_VERSION = 1
_S3 = "s3://"
_CONTINUES, _HAS_UNSAFE, _HAS_LOCAL = 1, 2, 4


class ArchivedFile(Protocol):
    """The part of a file that its place in archives depends on."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def physical_key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Position:
    """The sums over all files before a file in walk order."""

    entries: int = 0
    tar_blocks: int = 0
    content_bytes: int = 0
    name_bytes: int = 0
    samples: int = 0
    """Samples that begin before the file."""


ORIGIN = Position()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A file, the sums before it, and a summary of the files from it to the next checkpoint."""

    path: str
    before: Position
    continues_sample: bool
    """The file belongs to the sample of the file before."""
    has_unsafe: bool
    has_local: bool
    """Some files are not in S3."""
    buckets: int
    """Bit i: objects are in bucket i of the layout."""


@dataclass(frozen=True, slots=True)
class ArchiveSize:
    """The sums over the files of an archive."""

    entries: int
    tar_blocks: int
    """Without the end of the archive."""
    content_bytes: int
    name_bytes: int

    @property
    def tar_bytes(self) -> int:
        return self.tar_blocks * BLOCK_BYTES + len(END)

    @property
    def zip_bytes(self) -> int:
        return archive_bytes(self.entries, self.content_bytes, self.name_bytes)


def size_between(start: Position, end: Position) -> ArchiveSize:
    return ArchiveSize(
        end.entries - start.entries,
        end.tar_blocks - start.tar_blocks,
        end.content_bytes - start.content_bytes,
        end.name_bytes - start.name_bytes,
    )


@dataclass(frozen=True, slots=True)
class ArchiveLayout:
    checkpoints: Sequence[Checkpoint]
    """The first is that of the first file."""
    end: Position
    """The sums over all files."""
    buckets: Sequence[str] | None
    """Buckets of the objects; None for more than MAX_BUCKETS."""

    def last_before(self, path: tuple[str, ...]) -> int:
        """Number of the last checkpoint at or before a path in walk order; 0 for paths before all files."""
        return max(0, bisect_right(self.checkpoints, path, key=_names_of) - 1)

    def at_block(self, tar_block: int) -> int:
        """Number of the checkpoint from which a block of the tar is found."""
        return max(0, bisect_right(self.checkpoints, tar_block, key=_tar_blocks_of) - 1)

    def after(self, number: int) -> Position:
        """The sums before the checkpoint that follows a checkpoint, or over all files."""
        return self.checkpoints[number + 1].before if number + 1 < len(self.checkpoints) else self.end


def _names_of(checkpoint: Checkpoint) -> tuple[str, ...]:
    return tuple(checkpoint.path.split("/"))


def _tar_blocks_of(checkpoint: Checkpoint) -> int:
    return checkpoint.before.tar_blocks


class _Interval(msgspec.Struct, array_like=True, gc=False):
    """The files from one checkpoint to the next, as they are stored: sums instead of sums before, which compress well."""

    path: str
    entries: int = 0
    tar_blocks: int = 0
    content_bytes: int = 0
    name_bytes: int = 0
    samples: int = 0
    flags: int = 0
    buckets: int = 0


class LayoutPart(msgspec.Struct, array_like=True, gc=False):
    """The part of a layout that files which follow each other add to it."""

    intervals: list[_Interval]
    """The first may belong to the last interval of the files before."""
    buckets: list[str] | None
    first_sample: str
    """Path of the sample of the first file, which may be that of the file before."""
    last_sample: str
    """Path of the sample to which the file after may belong; empty for none."""


class LayoutBuilder:
    """Makes a layout from files in walk order."""

    def __init__(self, checkpoint_entries: int = CHECKPOINT_ENTRIES, *, before: int = 0) -> None:
        """`before`: number of files before the first, which another builder has."""
        self._checkpoint_entries = checkpoint_entries
        self._intervals: list[_Interval] = []
        self._filled = before % checkpoint_entries
        """Files of the open interval, of this builder and of the one before."""
        self._buckets: list[str] | None = []
        self._first_sample: str | None = None
        self._sample = ""
        """Path of the sample to which the next file may belong; empty for none."""

    def add_files(self, prefix: str, files: Sequence[ArchivedFile]) -> None:
        """Add files that follow each other in one directory, by name. `prefix` is its path with a slash at its end."""
        if len(files) == 1:
            self._add_file(prefix, files[0])
            return
        start = 0
        while start < len(files):
            end = start + self._checkpoint_entries - self._filled % self._checkpoint_entries
            self._add_run(prefix, files[start:end] if start or end < len(files) else files)
            start = end

    def finish(self) -> ArchiveLayout:
        return _layout(self._intervals, self._buckets)

    def part(self) -> LayoutPart:
        """All files, for a builder that has those before them."""
        return LayoutPart(self._intervals, self._buckets, self._first_sample or "", self._sample)

    def add_part(self, part: LayoutPart) -> None:
        """Add files that another builder has, which was made for as many files before."""
        if not part.intervals:
            return
        positions = [self._bucket_bit(bucket) for bucket in part.buckets or ()]
        if part.buckets is None:
            self._buckets = None
        for number, each in enumerate(part.intervals):
            continues = not number and part.first_sample == self._sample
            joins = not number and bool(self._intervals) and self._filled < self._checkpoint_entries
            interval = self._intervals[-1] if joins else _Interval(each.path, flags=_CONTINUES if continues else 0)
            if not joins:
                self._intervals.append(interval)
                self._filled = 0
            interval.entries += each.entries
            interval.tar_blocks += each.tar_blocks
            interval.content_bytes += each.content_bytes
            interval.name_bytes += each.name_bytes
            interval.samples += each.samples - continues
            interval.flags |= each.flags if number else each.flags & ~_CONTINUES
            interval.buckets |= sum(bit for at, bit in enumerate(positions) if each.buckets >> at & 1)
            self._filled += each.entries
        self._sample = part.last_sample

    def _add_file(self, prefix: str, file: ArchivedFile) -> None:
        path, size = prefix + file.name, file.size
        dot = path.find(".", len(prefix))
        sample = path[: dot + 1]
        continues = dot >= 0 and sample == self._sample
        if self._first_sample is None:
            self._first_sample = sample if dot >= 0 else path
        self._sample = sample
        interval = self._interval(path, continues=continues)
        self._filled += 1
        interval.entries += 1
        interval.tar_blocks += file_blocks(path, size)
        interval.content_bytes += size
        interval.name_bytes += _utf8_bytes(path)
        interval.samples += not continues
        if is_unsafe(path):
            interval.flags |= _HAS_UNSAFE
        self._note_buckets(interval, [file.physical_key])

    def _add_run(self, prefix: str, files: Sequence[ArchivedFile]) -> None:
        names = [file.name for file in files]
        sizes = [file.size for file in files]
        joined = "".join(names)
        first, last = sample_of(names[0]), sample_of(names[-1])
        # `sample_of`, whose call would take longer than itself. Files of a sample follow each other.
        samples = len({name[: name.find(".") + 1] or name for name in names})
        continues = prefix + first == self._sample
        if self._first_sample is None:
            self._first_sample = prefix + first
        self._sample = prefix + last if last.endswith(".") else ""

        interval = self._interval(prefix + names[0], continues=continues)
        self._filled += len(names)
        interval.entries += len(names)
        interval.tar_blocks += _blocks_of_run(prefix, names, sizes, is_ascii=joined.isascii())
        interval.content_bytes += sum(sizes)
        interval.name_bytes += _utf8_bytes(joined) + _utf8_bytes(prefix) * len(names)
        interval.samples += samples - continues
        if _may_be_unsafe(prefix, names, joined) and any(is_unsafe(prefix + name) for name in names):
            interval.flags |= _HAS_UNSAFE
        self._note_buckets(interval, [file.physical_key for file in files])

    def _interval(self, path: str, *, continues: bool) -> _Interval:
        """The interval to which the file at `path` belongs."""
        if self._filled >= self._checkpoint_entries:
            self._filled = 0
        if not self._intervals or not self._filled:
            self._intervals.append(_Interval(path, flags=_CONTINUES if continues else 0))
        return self._intervals[-1]

    def _note_buckets(self, interval: _Interval, physical_keys: list[str]) -> None:
        while physical_keys:
            # Usually all objects of a directory are in one bucket.
            end = physical_keys[0].find("/", len(_S3)) + 1 if physical_keys[0].startswith(_S3) else 0
            if not end:
                interval.flags |= _HAS_LOCAL
                physical_keys = [key for key in physical_keys if key.startswith(_S3)]
                continue
            start = physical_keys[0][:end]
            self._note_bucket(interval, start[len(_S3) : -1])
            physical_keys = [key for key in physical_keys if not key.startswith(start)]

    def _note_bucket(self, interval: _Interval, bucket: str) -> None:
        interval.buckets |= self._bucket_bit(bucket)

    def _bucket_bit(self, bucket: str) -> int:
        """0 once there are more than MAX_BUCKETS."""
        if self._buckets is None:
            return 0
        if bucket not in self._buckets:
            if len(self._buckets) == MAX_BUCKETS:
                self._buckets = None
                return 0
            self._buckets.append(bucket)
        return 1 << self._buckets.index(bucket)


class _Stored(msgspec.Struct, array_like=True):
    version: int
    buckets: list[str] | None
    intervals: list[_Interval]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Stored).decode


def encode(layout: ArchiveLayout) -> bytes:
    intervals = [
        _Interval(
            each.path,
            *_difference(each.before, layout.after(number)),
            flags=_CONTINUES * each.continues_sample + _HAS_UNSAFE * each.has_unsafe + _HAS_LOCAL * each.has_local,
            buckets=each.buckets,
        )
        for number, each in enumerate(layout.checkpoints)
    ]
    buckets = None if layout.buckets is None else list(layout.buckets)
    return zlib.compress(_encode(_Stored(_VERSION, buckets, intervals)))


def decode(stored: bytes) -> ArchiveLayout | None:
    """The layout; None when it is of another version of the format."""
    try:
        found = _decode(zlib.decompress(stored))
    except msgspec.ValidationError:
        return None
    return _layout(found.intervals, found.buckets) if found.version == _VERSION else None


def _layout(intervals: Sequence[_Interval], buckets: Sequence[str] | None) -> ArchiveLayout:
    checkpoints = []
    here = ORIGIN
    for each in intervals:
        checkpoints.append(
            Checkpoint(
                each.path,
                here,
                continues_sample=bool(each.flags & _CONTINUES),
                has_unsafe=bool(each.flags & _HAS_UNSAFE),
                has_local=bool(each.flags & _HAS_LOCAL),
                buckets=each.buckets,
            )
        )
        here = Position(
            here.entries + each.entries,
            here.tar_blocks + each.tar_blocks,
            here.content_bytes + each.content_bytes,
            here.name_bytes + each.name_bytes,
            here.samples + each.samples,
        )
    return ArchiveLayout(checkpoints, here, None if buckets is None else list(buckets))


def _difference(start: Position, end: Position) -> tuple[int, int, int, int, int]:
    return (
        end.entries - start.entries,
        end.tar_blocks - start.tar_blocks,
        end.content_bytes - start.content_bytes,
        end.name_bytes - start.name_bytes,
        end.samples - start.samples,
    )


def _blocks_of_run(prefix: str, names: list[str], sizes: list[int], *, is_ascii: bool) -> int:
    """Blocks of files of one directory: the sum of `file_blocks`, without a call for each file. `is_ascii`: all names are."""
    longest = max(map(len, names))
    most_bytes = (1 if is_ascii and prefix.isascii() else 4) * (len(prefix) + longest)
    if max(sizes) > MAX_SIZE or most_bytes > MAX_ONE_BLOCK_PATH:
        return sum(file_blocks(prefix + name, size) for name, size in zip(names, sizes, strict=True))
    room = name_room(prefix)
    if is_ascii and longest <= room:
        with_pax = 0
    elif room < 0:
        with_pax = len(names)
    else:
        with_pax = sum([len(name) > room or not name.isascii() for name in names])
    return len(names) + 2 * with_pax + sum([(size + 511) >> 9 for size in sizes])


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _may_be_unsafe(prefix: str, names: list[str], joined: str) -> bool:
    """False for most directories, whose names then need no look one by one."""
    if "\\" in joined or "\0" in joined or "\\" in prefix or "\0" in prefix or prefix[1:3] == ":/":
        return True
    return (
        4 * (len(prefix) + len(joined)) > MAX_NAME_BYTES and 4 * (len(prefix) + max(map(len, names))) > MAX_NAME_BYTES
    )
