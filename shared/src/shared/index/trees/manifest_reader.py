"""Manifests: JSON lines of a header, directories and entries, read as a stream into a tree and a top hash."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from shared.index.trees import entries
from shared.index.trees.builder import Misplaced, OutOfOrder, TreeBuilder, TreeRoot
from shared.index.trees.entries import ManifestLine
from shared.index.trees.external_sort import ExternalSort
from shared.index.trees.external_sort import Record as Spilled
from shared.index.trees.nodes import Identity, NodePage, TreeFile, TreePath, file_identity
from shared.quilt.top_hash import TopHash, dumps

RECORD_LIMIT = 1_000_000
"""Bytes of a line, as the clients have it."""

SORT_MEMORY = 32 << 20
MAX_TOTAL = (1 << 63) - 1
BATCH_PAGES = 512
BATCH_BYTES = 8 << 20
PIECE = 1 << 16
"""Bytes that are decoded at once: few enough to stay in the processor's cache."""
FEED = 1 << 21
"""Bytes that a thread is sent off with."""
FEEDS_AHEAD = 4


Keep = Callable[[list[NodePage]], Coroutine[None, None, None]]


class CorruptManifest(ValueError):
    """It cannot be read as a manifest; says where and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason[:500]}")


@dataclass(frozen=True, slots=True)
class ManifestContents:
    """What a manifest says."""

    header: str
    """JSON text of its first line."""
    message: str | None
    top_hash: str
    """Recomputed."""
    root: TreeRoot


async def read_manifest(
    open_stream: Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]],
    keep: Keep,
    *,
    record_limit: int = RECORD_LIMIT,
) -> ManifestContents:
    """Read a manifest, in threads, handing its tree's pages to `keep` as they become ready.

    Entries are usually in walk order; when they are not, the stream is opened again and sorted first.
    Raises CorruptManifest.
    """
    try:
        return await _read(open_stream(), keep, ManifestReader(record_limit=record_limit))
    except OutOfOrder:
        return await _read(open_stream(), keep, ManifestReader(record_limit=record_limit, sort=True))


async def _read(
    stream: AbstractAsyncContextManager[AsyncIterator[bytes]], keep: Keep, reader: "ManifestReader"
) -> ManifestContents:
    async with stream as chunks, _Behind(keep) as behind, aclosing(_ahead(chunks)) as feeds:
        pages: list[NodePage] = []
        async for feed in feeds:
            pages += await asyncio.to_thread(reader.feed, feed)
            if len(pages) >= BATCH_PAGES or sum(len(page.body) for page in pages) >= BATCH_BYTES:
                await behind.keep(pages)
                pages = []
        rest = reader.finish()
        while more := await asyncio.to_thread(lambda: list(islice(rest, BATCH_PAGES // 8))):
            await behind.keep(pages + more)
            pages = []
        if pages:
            await behind.keep(pages)
    return reader.contents


async def _ahead(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in larger pieces, which are fetched while earlier ones are worked on."""
    fetched: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(FEEDS_AHEAD)

    async def fetch() -> None:
        held: list[bytes] = []
        size = 0
        try:
            async for chunk in chunks:
                held.append(chunk)
                size += len(chunk)
                if size >= FEED:
                    await fetched.put(b"".join(held))
                    held, size = [], 0
            await fetched.put(b"".join(held))
            await fetched.put(None)
        except Exception as error:  # noqa: BLE001 – raised where it is waited for
            await fetched.put(error)

    fetching = asyncio.create_task(fetch())
    try:
        while (feed := await fetched.get()) is not None:
            if isinstance(feed, Exception):
                raise feed
            yield feed
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)


class _Behind:
    """Keeps one batch of pages while the next is being made."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._keeping: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def keep(self, pages: list[NodePage]) -> None:
        await self._settle()
        self._keeping = asyncio.ensure_future(self._keep(pages))

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self._settle()
        elif self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _settle(self) -> None:
        if self._keeping:
            await self._keeping


class ManifestReader:
    """Takes a manifest's bytes as they come; neither the text nor the entries are ever held as a whole.

    Raises CorruptManifest; and, unless it was asked to sort, OutOfOrder for entries that are not in walk order.
    """

    contents: ManifestContents
    """Set when finished."""

    def __init__(self, *, record_limit: int = RECORD_LIMIT, sort: bool = False) -> None:
        self._record_limit = record_limit
        self._sort = sort
        self._rest = b""
        self._line = 0
        self._header = ""
        self._message: str | None = None
        self._top_hash: TopHash
        self._builder = TreeBuilder()
        self._run = _Run("", ())
        """Files of one directory that wait to be added together."""
        self._set_aside = ExternalSort(SORT_MEMORY)
        """Directory records, which come before all entries; everything, when sorting."""
        self._directories: Iterator[Spilled] | None = None
        """Those set aside, in order, once entries come."""
        self._next_directory: Spilled | None = None

    def feed(self, chunk: bytes) -> list[NodePage]:
        """Returns the pages that this finished."""
        for start in range(0, len(chunk), PIECE):
            block = self._rest + chunk[start : start + PIECE]
            end = block.rfind(b"\n") + 1
            self._rest = block[end:]
            if end:
                self._read_lines(block[:end])
            if len(self._rest) > self._record_limit:
                self._line += 1
                raise self._too_long(len(self._rest))
        return self._builder.take()

    def finish(self) -> Iterator[NodePage]:
        """The remaining pages; afterwards `contents` is there."""
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
        if root.size > MAX_TOTAL:
            raise CorruptManifest(self._line, "the sizes add up to more than there can be")
        self.contents = ManifestContents(self._header, self._message, self._top_hash.hexdigest(), root)
        yield from self._builder.take()

    def _read_lines(self, block: bytes) -> None:
        """Whole lines."""
        if not self._line:
            line, _, block = block.partition(b"\n")
            self._line = 1
            if len(line) > self._record_limit:
                raise self._too_long(len(line))
            self._read_header(line)
        for record in self._decoded(block):
            self._line += 1
            if self._sort:
                self._put_aside(record)
            elif record.physical_keys:
                self._add_file(record)
            elif self._directories is None:
                self._put_aside(record)
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
        """The records of some lines: all at once, or one by one when that finds fault."""
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
            except (ValueError, RecursionError) as error:
                self._line += 1
                raise self._corrupt(error) from error
            yield record

    def _put_aside(self, record: ManifestLine) -> None:
        key = record.logical_key
        if not record.physical_keys:
            if not key.endswith("/"):
                raise CorruptManifest(self._line, f"{key!r} has no physical key, and is no directory")
            key = key[:-1]
        self._set_aside.add((*self._parent(key), key.rpartition("/")[2]), self._line, entries.encode(record))

    def _parent(self, key: str) -> TreePath:
        try:
            return entries.parent_of(key)
        except ValueError as error:
            raise self._corrupt(error) from error

    def _remaining_directories(self) -> Iterator[Spilled]:
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
        """Hand the waiting files to the tree."""
        run = self._run
        if not run.files:
            return
        try:
            self._builder.add_files(run.parent, run.files, run.identities)
        except OutOfOrder:
            raise
        except Misplaced as error:
            raise CorruptManifest(run.line, str(error)) from error
        run.files, run.identities = [], []

    def _corrupt(self, error: Exception) -> CorruptManifest:
        return CorruptManifest(self._line, str(error) or type(error).__name__)

    def _too_long(self, length: int) -> CorruptManifest:
        return CorruptManifest(self._line, f"more than {self._record_limit} bytes ({length} or more)")


@dataclass(slots=True)
class _Run:
    """Files that follow each other in one directory, by name."""

    prefix: str
    parent: TreePath
    last: str = ""
    line: int = 0
    """Of the first of those that wait."""
    files: list[TreeFile] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
