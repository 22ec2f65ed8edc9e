"""Reads manifests as a stream: JSON lines of a header, directories and files become a tree and a top hash."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from itertools import islice

from shared.archives.layout import LayoutBuilder, encode
from shared.concurrency import ordered_map, read_ahead
from shared.index.trees import entries
from shared.index.trees.builder import Misplaced, OutOfOrder, TreeBuilder, TreeRoot
from shared.index.trees.entries import ManifestLine
from shared.index.trees.external_sort import ExternalSort, SortRecord
from shared.index.trees.nodes import Identity, NodePage, TreeFile, TreePath, file_identity
from shared.quilt.file_kinds import BytesByKind, FileKind
from shared.quilt.top_hash import TopHash, dumps

RECORD_LIMIT = 1_000_000
"""Bytes of a line, as the clients have it."""
MAX_SORT_BYTES = 32 << 20
"""Memory for lines that are sorted."""
MAX_TOTAL_BYTES = (1 << 63) - 1
"""Sum of the sizes of all files: a `bigint` of Postgres holds it."""
BATCH_PAGES = 512
BATCH_BYTES = 8 << 20
_DECODE_BYTES = 1 << 16
"""Bytes that are decoded at a time: few enough to stay in the processor's cache."""
_FEED_BYTES = 1 << 21
"""Bytes that are handed to a thread at a time."""
_MAX_FEEDS_AHEAD = 4

Keep = Callable[[list[NodePage]], Coroutine[None, None, None]]


class CorruptManifest(ValueError):
    """The object cannot be read as a manifest. The text gives the line and the reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason[:500]}")


@dataclass(frozen=True, slots=True)
class ManifestContents:
    """The header, the recomputed top hash and the tree of a manifest."""

    header: str
    """JSON text of its first line."""
    message: str | None
    top_hash: str
    root: TreeRoot
    layout: bytes | None = None
    """Encoded layout of the archives of the tree; without one, it is made when the first archive needs it."""
    kinds: dict[FileKind, int] = field(default_factory=dict)
    """Bytes by kind of file."""


async def read_manifest(
    open_stream: Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]],
    keep: Keep,
    *,
    record_limit: int = RECORD_LIMIT,
    max_sort_bytes: int = MAX_SORT_BYTES,
) -> ManifestContents:
    """Read a manifest in threads, and hand the pages of its tree to `keep`, one batch after another.

    Entries are usually in walk order. When they are not, the stream is opened again, and its lines are sorted first.
    Raises CorruptManifest, and what the stream or `keep` raises.
    """
    try:
        return await _read_stream(open_stream(), keep, ManifestReader(record_limit=record_limit))
    except OutOfOrder:
        reader = ManifestReader(record_limit=record_limit, sort=True, max_sort_bytes=max_sort_bytes)
        return await _read_stream(open_stream(), keep, reader)


async def _read_stream(
    stream: AbstractAsyncContextManager[AsyncIterator[bytes]], keep: Keep, reader: "ManifestReader"
) -> ManifestContents:
    """Three things at a time: the next bytes are fetched, a thread decodes, and the previous batch of pages is kept."""
    async with (
        stream as chunks,
        aclosing(read_ahead(_feeds(chunks), _MAX_FEEDS_AHEAD)) as feeds,
        aclosing(_batches(feeds, reader)) as batches,
        aclosing(ordered_map(1, keep, batches)) as kept,
    ):
        async for _ in kept:
            pass
    return reader.contents


async def _feeds(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces of _FEED_BYTES or a little more; the last may be shorter."""
    held: list[bytes] = []
    size = 0
    async for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= _FEED_BYTES:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


async def _batches(feeds: AsyncIterator[bytes], reader: "ManifestReader") -> AsyncGenerator[list[NodePage], None]:
    """All pages of the manifest's tree, in batches of about BATCH_PAGES or BATCH_BYTES."""
    pages: list[NodePage] = []
    async for feed in feeds:
        pages += await asyncio.to_thread(reader.feed, feed)
        if len(pages) >= BATCH_PAGES or sum(len(page.body) for page in pages) >= BATCH_BYTES:
            yield pages
            pages = []
    rest = reader.finish()
    while more := await asyncio.to_thread(lambda: list(islice(rest, BATCH_PAGES // 8))):
        yield pages + more
        pages = []
    if pages:
        yield pages


class ManifestReader:
    """Takes the bytes of a manifest piece by piece. Neither the text nor the entries are ever held as a whole.

    Raises CorruptManifest and, without `sort`, OutOfOrder when entries are not in walk order.
    """

    contents: ManifestContents
    """Set when `finish` has ended."""

    def __init__(
        self, *, record_limit: int = RECORD_LIMIT, sort: bool = False, max_sort_bytes: int = MAX_SORT_BYTES
    ) -> None:
        self._record_limit = record_limit
        self._sort = sort
        self._rest = b""
        self._line = 0
        self._header = ""
        self._message: str | None = None
        self._top_hash: TopHash
        self._builder = TreeBuilder()
        self._layout = LayoutBuilder()
        self._kinds = BytesByKind()
        self._run = _Run("", ())
        """Files of one directory that will be added together."""
        self._set_aside = ExternalSort(max_sort_bytes)
        """Records of directories, which stand before all files; with `sort`, all records."""
        self._directories: Iterator[SortRecord] | None = None
        """Records of directories in walk order; None until the first file."""
        self._next_directory: SortRecord | None = None

    def feed(self, chunk: bytes) -> list[NodePage]:
        """Read some bytes, and return the pages that they completed."""
        for start in range(0, len(chunk), _DECODE_BYTES):
            block = self._rest + chunk[start : start + _DECODE_BYTES]
            end = block.rfind(b"\n") + 1
            self._rest = block[end:]
            if end:
                self._read_lines(block[:end])
            if len(self._rest) > self._record_limit:
                self._line += 1
                raise self._too_long(len(self._rest))
        return self._builder.take()

    def finish(self) -> Iterator[NodePage]:
        """The remaining pages. At the end `contents` is set."""
        if self._rest:
            self._read_lines(self._rest + b"\n")
        if not self._line:
            raise CorruptManifest(1, "the manifest is empty")
        for path, line, content in self._set_aside.sorted() if self._sort else self._remaining_directories():
            self._line = line
            record = entries.decode(content)
            if record.physical_keys:
                self._add_file(record)
            else:
                self._add_directory(path, record)
            yield from self._builder.take()
        self._add_run()
        try:
            root = self._builder.finish()
        except OverflowError as error:
            raise self._corrupt(error) from error
        if root.size > MAX_TOTAL_BYTES:
            raise CorruptManifest(self._line, f"the sizes add up to more than {MAX_TOTAL_BYTES} bytes")
        self.contents = ManifestContents(
            self._header,
            self._message,
            self._top_hash.hexdigest(),
            root,
            encode(self._layout.finish()),
            self._kinds.finish(),
        )
        yield from self._builder.take()

    def _read_lines(self, block: bytes) -> None:
        """Read a block of whole lines."""
        if not self._line:
            line, _, block = block.partition(b"\n")
            self._line = 1
            if len(line) > self._record_limit:
                raise self._too_long(len(line))
            self._read_header(line)
        for record in self._decoded(block):
            self._line += 1
            if self._sort:
                self._set_record_aside(record)
            elif record.physical_keys:
                self._add_file(record)
            elif self._directories is None:
                self._set_record_aside(record)
            else:
                raise OutOfOrder
        self._add_run()

    def _read_header(self, line: bytes) -> None:
        try:
            header = entries.header_of(line)
            stray = header.pop("top_hash", None)
            self._top_hash = TopHash(header)
        except ValueError as error:
            raise self._corrupt(error) from error
        self._header = dumps(header).decode() if stray is not None else line.decode()
        message = header.get("message")
        self._message = message if isinstance(message, str) else None

    def _decoded(self, block: bytes) -> Iterable[ManifestLine]:
        """The records of a block of lines: decoded at once or, when that fails, one by one, to find the line at fault."""
        if len(block) <= self._record_limit:
            try:
                found = entries.decode_lines(block)
            except (ValueError, RecursionError):
                return self._decoded_singly(block)
            if len(found) == block.count(b"\n"):
                return found
        return self._decoded_singly(block)

    def _decoded_singly(self, block: bytes) -> Iterator[ManifestLine]:
        for line in block[:-1].split(b"\n") if block else ():
            if len(line) > self._record_limit:
                self._line += 1
                raise self._too_long(len(line))
            try:
                record = entries.decode(line)
            except ValueError as error:
                self._line += 1
                raise self._corrupt(error) from error
            yield record

    def _set_record_aside(self, record: ManifestLine) -> None:
        key = record.logical_key
        if not record.physical_keys:
            if not key.endswith("/"):
                raise CorruptManifest(
                    self._line, f"{key!r} has no physical key, and does not end in a slash like a directory"
                )
            key = key[:-1]
        self._set_aside.add((*self._parent(key), key.rpartition("/")[2]), self._line, entries.encode(record))

    def _parent(self, key: str) -> TreePath:
        try:
            return entries.parent_of(key)
        except ValueError as error:
            raise self._corrupt(error) from error

    def _remaining_directories(self) -> Iterator[SortRecord]:
        if self._directories is None:
            self._directories = self._set_aside.sorted()
        if self._next_directory is not None:
            yield self._next_directory
        yield from self._directories

    def _add_directories_until(self, path: TreePath) -> None:
        self._add_run()
        line, self._line = self._line, 0
        while self._next_directory is not None and self._next_directory[0] <= path:
            directory, self._line, content = self._next_directory
            self._add_directory(directory, entries.decode(content))
            self._next_directory = next(self._directories or iter(()), None)
        self._line = line

    def _add_directory(self, path: TreePath, record: ManifestLine) -> None:
        self._add_run()
        try:
            self._builder.add_directory(path, *entries.meta_of(record))
        except OutOfOrder:
            raise
        except ValueError as error:
            raise self._corrupt(error) from error

    def _add_file(self, record: ManifestLine) -> None:
        key = record.logical_key
        run = self._run
        cut = key.rfind("/") + 1
        name = key[cut:]
        if key[:cut] != run.prefix or name <= run.last or name in {".", ".."}:
            self._add_run()
            self._run = run = _Run(key[:cut], self._parent(key))
        if not run.files:
            run.line = self._line
            if self._directories is None and not self._sort:
                self._directories = self._set_aside.sorted()
                self._next_directory = next(self._directories, None)
        if self._next_directory is not None and self._next_directory[0] <= (*run.parent, name):
            self._add_directories_until((*run.parent, name))
            run.line = self._line
        try:
            meta, canonical_meta = entries.meta_of(record)
            file = entries.file_of(name, record, meta)
            self._top_hash.add(key, file.size, file.hash_type, file.hash_value, canonical_meta)
        except (ValueError, OverflowError) as error:
            raise self._corrupt(error) from error
        run.last = name
        run.files.append(file)
        run.identities.append(file_identity(file, canonical_meta))

    def _add_run(self) -> None:
        """Add the files of the run to the tree."""
        run = self._run
        if not run.files:
            return
        try:
            self._builder.add_files(run.parent, run.files, run.identities)
        except OutOfOrder:
            raise
        except Misplaced as error:
            raise CorruptManifest(run.line, str(error)) from error
        self._layout.add_files(run.prefix, run.files)
        self._kinds.add_files(run.files)
        run.files, run.identities = [], []

    def _corrupt(self, error: Exception) -> CorruptManifest:
        return CorruptManifest(self._line, str(error) or type(error).__name__)

    def _too_long(self, length: int) -> CorruptManifest:
        return CorruptManifest(self._line, f"more than {self._record_limit} bytes ({length} or more)")


@dataclass(slots=True)
class _Run:
    """Files that follow each other in one directory, by name, and are not yet in the tree."""

    prefix: str
    """Path of the directory with a slash at its end."""
    parent: TreePath
    """The same, as names."""
    last: str = ""
    line: int = 0
    """Line of the first file."""
    files: list[TreeFile] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
