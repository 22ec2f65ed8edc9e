"""Reads manifests as a stream: JSON lines of a header, directories and files become a tree and a top hash."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from itertools import chain, count, islice

from shared.archives.layout import LayoutBuilder, encode
from shared.concurrency import ordered_map, read_ahead
from shared.index.trees import entries
from shared.index.trees.blocks.frames import BlockSummary, BlockTask, LeafRun
from shared.index.trees.blocks.lines import (
    DECODE_BYTES,
    FileLines,
    FileRun,
    LineReader,
    corrupt,
    decode_block,
    too_long,
)
from shared.index.trees.blocks.processes import MIN_MANIFEST_BYTES, BlockProcesses
from shared.index.trees.builder import Misplaced, OutOfOrder, TreeBuilder, TreeRoot
from shared.index.trees.entries import MAX_TOTAL_BYTES, CorruptManifest, ManifestLine
from shared.index.trees.external_sort import ExternalSort, SortRecord
from shared.index.trees.nodes import NodePage, TreePath
from shared.quilt.file_kinds import BytesByKind, FileKind
from shared.quilt.top_hash import TopHash, dumps

RECORD_LIMIT = 1_000_000
"""Bytes of a line, as the clients have it."""
MAX_SORT_BYTES = 32 << 20
"""Memory for lines that are sorted."""
BATCH_PAGES = 512
BATCH_BYTES = 8 << 20
BATCH_SORTED_FILES = 1000
_FEED_BYTES = 1 << 21
"""Bytes that are handed to a thread or a process at a time."""
_MAX_FEEDS_AHEAD = 4

Keep = Callable[[list[NodePage]], Coroutine[None, None, None]]


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
    size: int = 0,
    record_limit: int = RECORD_LIMIT,
    max_sort_bytes: int = MAX_SORT_BYTES,
    processes: BlockProcesses | None = None,
) -> ManifestContents:
    """Read a manifest of `size` bytes, and hand the pages of its tree to `keep`, one batch after another.

    A large one is read by `processes`, any other in threads. Entries are usually in walk order. When they are not, the stream
    is opened again, and its lines are sorted first.
    Raises CorruptManifest, and what the stream or `keep` raises.
    """
    helping = processes if processes and processes.count and size >= MIN_MANIFEST_BYTES else None
    try:
        return await _read_stream(open_stream(), keep, ManifestReader(record_limit=record_limit), helping)
    except OutOfOrder:
        reader = ManifestReader(record_limit=record_limit, sort=True, max_sort_bytes=max_sort_bytes)
        return await _read_stream(open_stream(), keep, reader)


async def _read_stream(
    stream: AbstractAsyncContextManager[AsyncIterator[bytes]],
    keep: Keep,
    reader: "ManifestReader",
    processes: BlockProcesses | None = None,
) -> ManifestContents:
    """Three things at a time: the next bytes are fetched, they are decoded, and the previous batch of pages is kept."""
    async with (
        stream as chunks,
        aclosing(read_ahead(_feeds(chunks), _MAX_FEEDS_AHEAD)) as feeds,
        aclosing(_pages_by_processes(feeds, reader, processes) if processes else _pages(feeds, reader)) as pages,
        aclosing(_batches(pages, reader)) as batches,
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


async def _pages(feeds: AsyncIterator[bytes], reader: "ManifestReader") -> AsyncGenerator[list[NodePage], None]:
    async for feed in feeds:
        yield await asyncio.to_thread(reader.feed, feed)


async def _pages_by_processes(
    feeds: AsyncIterator[bytes], reader: "ManifestReader", processes: BlockProcesses
) -> AsyncGenerator[list[NodePage], None]:
    """The pages of the same tree. Lines up to the first file are read in a thread."""
    async for feed in feeds:
        yield await asyncio.to_thread(reader.feed, feed)
        if reader.has_files:
            break
    async with (
        aclosing(_tasks(feeds, reader)) as tasks,
        aclosing(ordered_map(processes.count + 1, processes.read, tasks)) as summaries,
    ):
        async for summary in summaries:
            yield await asyncio.to_thread(reader.add_summary, summary)


async def _tasks(feeds: AsyncIterator[bytes], reader: "ManifestReader") -> AsyncGenerator[BlockTask, None]:
    line, files = reader.lines, reader.files
    async for feed in feeds:
        block = reader.cut(feed)
        lines = block.count(b"\n")
        reader.require_short_rest(line + lines)
        if block:
            yield BlockTask(block, line, files, reader.record_limit)
            line, files = line + lines, files + lines


async def _batches(
    pages: AsyncIterator[list[NodePage]], reader: "ManifestReader"
) -> AsyncGenerator[list[NodePage], None]:
    """All pages of the manifest's tree, in batches of about BATCH_PAGES or BATCH_BYTES."""
    batch: list[NodePage] = []
    async for some in pages:
        batch += some
        if len(batch) >= BATCH_PAGES or sum(page.size for page in batch) >= BATCH_BYTES:
            yield batch
            batch = []
    rest = reader.finish()
    while more := await asyncio.to_thread(lambda: list(islice(rest, BATCH_PAGES // 8))):
        yield batch + more
        batch = []
    if batch:
        yield batch


class ManifestReader:
    """Takes the bytes of a manifest piece by piece. Neither the text nor the entries are ever held as a whole.

    Raises CorruptManifest and, without `sort`, OutOfOrder when entries are not in walk order.
    """

    contents: ManifestContents
    """Set when `finish` has ended."""

    def __init__(
        self, *, record_limit: int = RECORD_LIMIT, sort: bool = False, max_sort_bytes: int = MAX_SORT_BYTES
    ) -> None:
        self.record_limit = record_limit
        self.lines = 0
        """Lines that have been read."""
        self.files = 0
        """Files among them, without `sort`."""
        self._sort = sort
        self._rest = b""
        self._header = ""
        self._message: str | None = None
        self._top_hash: TopHash
        self._builder = TreeBuilder()
        self._layout = LayoutBuilder()
        self._kinds = BytesByKind()
        self._line_reader = LineReader()
        self._set_aside = ExternalSort(max_sort_bytes)
        """Records of directories, which stand before all files; with `sort`, all records."""
        self._directories: Iterator[SortRecord] | None = None
        """Records of directories in walk order; None until the first file."""
        self._next_directory: SortRecord | None = None

    @property
    def has_files(self) -> bool:
        """The header and the directories have been read."""
        return self._directories is not None

    def feed(self, chunk: bytes) -> list[NodePage]:
        """Read some bytes, and return the pages that they completed."""
        for start in range(0, len(chunk), DECODE_BYTES):
            if block := self.cut(chunk[start : start + DECODE_BYTES]):
                self._read_lines(block)
            self.require_short_rest(self.lines)
        return self._builder.take()

    def cut(self, chunk: bytes) -> bytes:
        """The bytes that were left, and those of the chunk up to its last line feed. The others are left for the next call."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._rest += chunk
            return b""
        block = b"".join((self._rest, memoryview(chunk)[:end]))
        self._rest = chunk[end:]
        return block

    def require_short_rest(self, line: int) -> None:
        """Raises CorruptManifest when what is left is longer than a line may be. `line` is the number of the line before it."""
        if len(self._rest) > self.record_limit:
            raise too_long(line + 1, len(self._rest), self.record_limit)

    def add_summary(self, summary: BlockSummary) -> list[NodePage]:
        """Add the files of a block, and return the pages that they completed."""
        for run in summary.runs:
            self._add_leaf_run(run)
        if summary.fault and not summary.fault.line:
            raise OutOfOrder(summary.fault.reason)
        if summary.fault:
            raise CorruptManifest(summary.fault.line, summary.fault.reason)
        self._top_hash.update(summary.hashed)
        self._layout.add_part(summary.layout)
        self._kinds.add_kinds(summary.kinds)
        self._count_files(summary.files)
        return self._builder.take()

    def finish(self) -> Iterator[NodePage]:
        """The remaining pages. At the end `contents` is set."""
        if self._rest:
            self._read_lines(self._rest + b"\n")
        if not self.lines:
            raise CorruptManifest(1, "the manifest is empty")
        for _ in self._add_sorted() if self._sort else self._add_directories():
            yield from self._builder.take()
        try:
            root = self._builder.finish()
        except OverflowError as error:
            raise corrupt(self.lines, error) from error
        if root.size > MAX_TOTAL_BYTES:
            raise CorruptManifest(self.lines, f"the sizes add up to more than {MAX_TOTAL_BYTES} bytes")
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
        if not self.lines:
            line, _, block = block.partition(b"\n")
            self.lines = 1
            if len(line) > self.record_limit:
                raise too_long(1, len(line), self.record_limit)
            self._read_header(line)
        if self.has_files:
            for lines in self._line_reader.read_block(block, self.lines, self.record_limit):
                self._add_lines(lines)
            self._count_files(block.count(b"\n"))
            return
        records = iter(decode_block(block, self.lines, self.record_limit))
        last = self.lines + block.count(b"\n")
        for record in records:
            if record.physical_keys and not self._sort:
                self._begin_files()
                following = self._line_reader.read(chain([record], records), count(self.lines + 1), is_plain=False)
                self._add_lines(following)
                self._count_files(last - self.lines)
                return
            self.lines += 1
            self._set_record_aside(record)

    def _read_header(self, line: bytes) -> None:
        try:
            header = entries.header_of(line)
            stray = header.pop("top_hash", None)
            self._top_hash = TopHash(header)
        except ValueError as error:
            raise corrupt(self.lines, error) from error
        self._header = dumps(header).decode() if stray is not None else line.decode()
        message = header.get("message")
        self._message = message if isinstance(message, str) else None

    def _set_record_aside(self, record: ManifestLine) -> None:
        key = record.logical_key
        if not record.physical_keys:
            if not key.endswith("/"):
                raise CorruptManifest(
                    self.lines, f"{key!r} has no physical key, and does not end in a slash like a directory"
                )
            key = key[:-1]
        try:
            parent = entries.parent_of(key)
        except ValueError as error:
            raise corrupt(self.lines, error) from error
        self._set_aside.add((*parent, key.rpartition("/")[2]), self.lines, entries.encode(record))

    def _begin_files(self) -> None:
        """All directories are known."""
        if self._directories is None:
            self._directories = self._set_aside.sorted()
            self._next_directory = next(self._directories, None)

    def _add_directories(self, until: TreePath | None = None) -> Iterator[None]:
        """Add directories up to a path, or all that are left."""
        self._begin_files()
        while self._next_directory is not None and (until is None or self._next_directory[0] <= until):
            path, line, content = self._next_directory
            self._add_directory(path, line, entries.decode(content))
            self._next_directory = next(self._directories or iter(()), None)
            yield

    def _add_sorted(self) -> Iterator[None]:
        """Add all records that were set aside."""
        held: list[tuple[int, ManifestLine]] = []
        for path, line, content in self._set_aside.sorted():
            record = entries.decode(content)
            if record.physical_keys:
                held.append((line, record))
                if len(held) < BATCH_SORTED_FILES:
                    continue
            self._add_held(held)
            if not record.physical_keys:
                self._add_directory(path, line, record)
            yield
        self._add_held(held)
        yield

    def _add_held(self, held: list[tuple[int, ManifestLine]]) -> None:
        lines, records = [line for line, _ in held], [record for _, record in held]
        held.clear()
        self._add_lines(self._line_reader.read(records, lines, is_plain=False))

    def _add_directory(self, path: TreePath, line: int, record: ManifestLine) -> None:
        try:
            self._builder.add_directory(path, *entries.meta_of(record))
        except OutOfOrder:
            raise
        except ValueError as error:
            raise corrupt(line, error) from error

    def _add_lines(self, lines: FileLines) -> None:
        for run in lines.runs:
            self._add_run(run)
            self._layout.add_files(run.prefix, run.files)
            self._kinds.add_files(run.files)
        if lines.fault:
            raise lines.fault
        self._top_hash.update(lines.hashed)

    def _add_run(self, run: FileRun) -> None:
        """Add the files of a run to the tree, and the directories before and between them."""
        files = run.files
        start = 0
        while start < len(files):
            end = len(files)
            if self._next_directory is not None:
                for _ in self._add_directories((*run.parent, files[start].name)):
                    pass
            if self._next_directory is not None and self._next_directory[0] <= (*run.parent, files[-1].name):
                end = bisect_left(files, self._next_directory[0], lo=start, key=lambda file: (*run.parent, file.name))
            try:
                self._builder.add_files(run.parent, files[start:end], run.identities[start:end])
            except OutOfOrder:
                raise
            except Misplaced as error:
                raise CorruptManifest(run.line + start, str(error)) from error
            start = end

    def _add_leaf_run(self, run: LeafRun) -> None:
        """Add a run whose leaf pages are built. A directory between its files opens them."""
        parent = tuple(run.prefix.split("/")[:-1])
        if self._next_directory is not None:
            for _ in self._add_directories((*parent, run.first)):
                pass
        if self._next_directory is not None and self._next_directory[0] <= (*parent, run.leaves[-1].child.last):
            opened = FileRun(run.prefix, parent, run.line)
            for leaf in run.leaves:
                files, identities = leaf.open()
                opened.files += files
                opened.identities += identities
            self._add_run(opened)
            return
        try:
            self._builder.add_leaves(parent, run.first, run.leaves)
        except OutOfOrder:
            raise
        except Misplaced as error:
            raise CorruptManifest(run.line, str(error)) from error

    def _count_files(self, files: int) -> None:
        self.lines += files
        self.files += files
