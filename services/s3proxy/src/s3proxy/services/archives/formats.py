"""Archives as pieces: headers, content of files, and what follows it."""

import zlib
from array import array
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial

from s3proxy.services.archives.errors import LayoutBroken
from s3proxy.services.archives.reading import ContentWatcher, Extent, Piece, Sha256Check, StoredFile
from s3proxy.services.previews.objects import ObjectName
from shared.archives import tar
from shared.archives import zip as zip_format
from shared.schemas.archive import ArchiveEntries, ArchiveEntry

BATCH_ENTRIES = 64
"""Entries whose headers are made at once."""
MAX_KEPT_ENTRIES = 10_000
"""Entries of a ZIP that are kept for its directory. Those of a larger one are asked for a second time."""

LISTED_ETAG = "ETag"
"""Type of the hash of a file that was listed in its bucket, which belongs to no package."""

Pages = AsyncGenerator[ArchiveEntries, None]
Pieces = AsyncGenerator[Sequence[Piece], None]
_DESCRIPTOR_BYTES = len(zip_format.descriptor(0, 0))
_ZEROS = [bytes(count) for count in range(tar.BLOCK_BYTES)]


async def tar_pieces(pages: Pages, start: int, end: int, total: int) -> Pieces:
    """The bytes from `start` to before `end` of a tar of `total` bytes. The first page has the file at `start`.

    Raises LayoutBroken when the files do not make up the total.
    """
    position: int | None = None
    async with aclosing(pages):
        async for page in pages:
            if position not in {None, page.start}:
                raise LayoutBroken(f"The files after byte {position:,} of the archive begin at byte {page.start:,}")
            position = page.start
            for first in range(0, len(page.items), BATCH_ENTRIES):
                made: list[Piece] = []
                for entry in page.items[first : first + BATCH_ENTRIES]:
                    position = _add_member(made, entry, position, start, end)
                    if position >= end:
                        yield made
                        return
                yield made
    if position != total - len(tar.END):
        raise LayoutBroken(f"The archive has {position} bytes of files, where {total - len(tar.END):,} were expected")
    yield [tar.END[max(0, start - position) : end - position]]


def _add_member(made: list[Piece], entry: ArchiveEntry, position: int, start: int, end: int) -> int:
    """Add the part of a member that is wanted; the offset after the member."""
    path, _, _, _, size, _, _ = entry
    header = tar.file_header(path, size)
    content = position + len(header)
    after = content + size
    padding = -size % tar.BLOCK_BYTES
    if position >= start and after + padding <= end:
        made.append(header)
        if size:
            made.append(Extent(_stored(entry), 0, size, _check_of(entry)))
        if padding:
            made.append(_ZEROS[padding])
        return after + padding
    if start < content:
        made.append(header[max(0, start - position) : end - position])
    first, last = max(start, content), min(end, after)
    if first < last:
        made.append(Extent(_stored(entry), first - content, last - first))
    first, last = max(start, after), min(end, after + padding)
    if first < last:
        made.append(_ZEROS[last - first])
    return after + padding


async def zip_pieces(walk: Callable[[], Pages], total: int) -> Pieces:
    """All bytes of a ZIP of `total` bytes. `walk` gives all files; it is called a second time for the directory of a large one."""
    checksums = array("I")
    kept: list[Sequence[ArchiveEntry]] = []
    entries = offset = 0
    async with aclosing(walk()) as pages:
        async for page in pages:
            for first in range(0, len(page.items), BATCH_ENTRIES):
                made: list[Piece] = []
                for entry in page.items[first : first + BATCH_ENTRIES]:
                    header = zip_format.local_header(entry.path, entry.size)
                    crc = Crc32(_check_of(entry))
                    made.append(header)
                    if entry.size:
                        made.append(Extent(_stored(entry), 0, entry.size, crc))
                    made.append(partial(_descriptor, checksums, crc, entry.size))
                    offset += len(header) + entry.size + _DESCRIPTOR_BYTES
                yield made
            entries += len(page.items)
            if entries <= MAX_KEPT_ENTRIES:
                kept.append(page.items)
            else:
                kept.clear()
    directory = _Directory(checksums)
    if entries <= MAX_KEPT_ENTRIES:
        for items in kept:
            yield [partial(directory.records, items)]
    else:
        async with aclosing(walk()) as pages:
            async for page in pages:
                yield [partial(directory.records, page.items)]
    yield [partial(directory.end, entries, offset, total)]


def _descriptor(checksums: "array[int]", crc: "Crc32", size: int) -> bytes:
    checksums.append(crc.value)
    return zip_format.descriptor(crc.value, size)


class Crc32:
    __slots__ = ("_check", "value")

    def __init__(self, check: ContentWatcher | None) -> None:
        self.value = 0
        self._check = check

    def update(self, chunk: bytes) -> None:
        self.value = zlib.crc32(chunk, self.value)
        if self._check is not None:
            self._check.update(chunk)


class _Directory:
    """The directory of a ZIP, made when the checksums are known."""

    def __init__(self, checksums: "array[int]") -> None:
        self._checksums = checksums
        self._entries = self._offset = self._bytes = 0

    def records(self, items: Sequence[ArchiveEntry]) -> bytes:
        """Raises LayoutBroken when there are other files than before."""
        records: list[bytes] = []
        if self._entries + len(items) > len(self._checksums):
            raise LayoutBroken("The directory has more files than the archive")
        for entry in items:
            crc = self._checksums[self._entries]
            records.append(zip_format.directory_record(entry.path, entry.size, crc, self._offset))
            self._offset += len(zip_format.local_header(entry.path, entry.size)) + entry.size
            self._offset += _DESCRIPTOR_BYTES
            self._entries += 1
        made = b"".join(records)
        self._bytes += len(made)
        return made

    def end(self, entries: int, offset: int, total: int) -> bytes:
        """Raises LayoutBroken when the archive has another length than was expected."""
        made = zip_format.end_records(entries, offset, self._bytes)
        if (self._entries, self._offset, offset + self._bytes + len(made)) != (entries, offset, total):
            raise LayoutBroken(
                f"The archive has {offset + self._bytes + len(made):,} bytes, where {total:,} were expected"
            )
        return made


def _stored(entry: ArchiveEntry) -> StoredFile:
    path, bucket, key, version_id, size, hash_type, value = entry
    return StoredFile(path, ObjectName(bucket, key, version_id), size, value if hash_type == LISTED_ETAG else "")


def _check_of(entry: ArchiveEntry) -> Sha256Check | None:
    """A comparison with the entry's hash, for an object without a version, which may have been replaced."""
    if entry.version_id is None and entry.hash_type == "SHA256" and entry.size:
        return Sha256Check(entry.path, entry.size, entry.hash)
    return None
