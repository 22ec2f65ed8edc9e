"""Manifests: JSON lines of a header, directories and entries, read as a stream into a tree and a top hash."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

import msgspec

from shared.index.spill import Record, SpillSort
from shared.index.tophash import TopHash, canonical, dumps, loads
from shared.index.trees import File, Misplaced, OutOfOrder, Page, Path, Root, TreeBuilder

RECORD_LIMIT = 1_000_000
"""Bytes of a line, as the clients have it."""

SORT_MEMORY = 32 << 20
MAX_DEPTH = 1000
MAX_TOTAL = (1 << 63) - 1
PAGES_AT_ONCE = 64


Keep = Callable[[list[Page]], Coroutine[None, None, None]]


class CorruptManifest(ValueError):
    """It cannot be read as a manifest; says where and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason[:500]}")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a manifest says."""

    header: str
    """JSON text of its first line."""
    message: str | None
    top_hash: str
    """Recomputed."""
    root: Root


class _Hash(msgspec.Struct):
    type: str
    value: str


class _Record(msgspec.Struct):
    logical_key: str
    physical_keys: list[str] | None = None
    size: int | None = None
    hash: _Hash | None = None
    meta: msgspec.Raw = msgspec.Raw(b"null")


_decode = msgspec.json.Decoder(_Record).decode
_PHYSICAL_KEY = re.compile(r"s3://[^/?#]+/[^?#]+(\?versionId=[^&#]*)?|file://[^?]+")
_NO_NAMES = frozenset({"", ".", ".."})


async def read_manifest(
    open_stream: Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]],
    keep: Keep,
    *,
    record_limit: int = RECORD_LIMIT,
) -> Contents:
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
) -> Contents:
    async with stream as chunks, _Behind(keep) as behind:
        pages: list[Page] = []
        async for chunk in chunks:
            pages += await asyncio.to_thread(reader.feed, chunk)
            if len(pages) >= PAGES_AT_ONCE:
                await behind.keep(pages)
                pages = []
        rest = reader.finish()
        while more := await asyncio.to_thread(lambda: list(islice(rest, PAGES_AT_ONCE))):
            await behind.keep(pages + more)
            pages = []
        if pages:
            await behind.keep(pages)
    return reader.contents


class _Behind:
    """Keeps one batch of pages while the next is being made."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._keeping: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def keep(self, pages: list[Page]) -> None:
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

    contents: Contents
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
        self._set_aside = SpillSort(SORT_MEMORY)
        """Directory records, which come before all entries; everything, when sorting."""
        self._directories: Iterator[Record] | None = None
        """Those set aside, in order, once entries come."""
        self._next_directory: Record | None = None

    def feed(self, chunk: bytes) -> list[Page]:
        """Returns the pages that this finished."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > self._record_limit:
            self._line += len(lines) + 1
            raise self._too_long(len(self._rest))
        for line in lines:
            self._read_line(line)
        return self._builder.take()

    def finish(self) -> Iterator[Page]:
        """The remaining pages; afterwards `contents` is there."""
        if self._rest:
            self._read_line(self._rest)
        if not self._line:
            raise CorruptManifest(1, "the manifest is empty")
        for path, line, content in self._set_aside.sorted() if self._sort else self._remaining_directories():
            self._line = line
            self._place(path, self._decoded(content))
            yield from self._builder.take()
        try:
            root = self._builder.finish()
        except OverflowError as error:
            raise self._corrupt(error) from error
        if root.size > MAX_TOTAL:
            raise CorruptManifest(self._line, "the sizes add up to more than there can be")
        self.contents = Contents(self._header, self._message, self._top_hash.hexdigest(), root)
        yield from self._builder.take()

    def _read_line(self, line: bytes) -> None:
        self._line += 1
        if len(line) > self._record_limit:
            raise self._too_long(len(line))
        if self._line == 1:
            self._read_header(line)
            return
        record = self._decoded(line)
        is_file = bool(record.physical_keys)
        path = self._path(record.logical_key, is_file=is_file)
        if self._sort:
            self._set_aside.add(path, self._line, line)
        elif is_file:
            if self._directories is None:
                self._directories = self._set_aside.sorted()
                self._next_directory = next(self._directories, None)
            if self._next_directory is not None and self._next_directory[0] <= path:
                self._place_directories_until(path)
            self._place(path, record)
        elif self._directories is None:
            self._set_aside.add(path, self._line, line)
        else:
            raise OutOfOrder

    def _read_header(self, line: bytes) -> None:
        try:
            header = _header(line)
            stray = header.pop("top_hash", None)
            self._top_hash = TopHash(header)
        except ValueError as error:
            raise self._corrupt(error) from error
        self._header = dumps(header).decode() if stray is not None else line.decode()
        message = header.get("message")
        self._message = message if isinstance(message, str) else None

    def _decoded(self, line: bytes) -> _Record:
        try:
            return _decode(line)
        except (ValueError, RecursionError) as error:
            raise self._corrupt(error) from error

    def _path(self, logical_key: str, *, is_file: bool) -> Path:
        if not is_file:
            if not logical_key.endswith("/"):
                raise CorruptManifest(self._line, f"{logical_key!r} has no physical key, and is no directory")
            logical_key = logical_key[:-1]
        path = tuple(logical_key.split("/"))
        if not _NO_NAMES.isdisjoint(path):
            raise CorruptManifest(self._line, f"{logical_key!r} has an empty component, or '.' or '..'")
        if len(path) > MAX_DEPTH:
            raise CorruptManifest(self._line, f"directories are more than {MAX_DEPTH} deep")
        return path

    def _remaining_directories(self) -> Iterator[Record]:
        if self._directories is None:
            self._directories = self._set_aside.sorted()
        if self._next_directory is not None:
            yield self._next_directory
        yield from self._directories

    def _place_directories_until(self, path: Path) -> None:
        line, self._line = self._line, 0
        while self._next_directory is not None and self._next_directory[0] <= path:
            directory, self._line, content = self._next_directory
            self._place(directory, self._decoded(content))
            self._next_directory = next(self._directories or iter(()), None)
        self._line = line

    def _place(self, path: Path, record: _Record) -> None:
        try:
            meta, canonical_meta = _meta(record)
            if record.physical_keys:
                file = _file(path[-1], record, meta)
                self._builder.add_file(path, file, canonical_meta)
                self._top_hash.add(record.logical_key, file.size, file.hash_type, file.hash_value, canonical_meta)
            else:
                self._builder.add_directory(path, meta, canonical_meta)
        except OutOfOrder:
            raise
        except Misplaced as error:
            raise CorruptManifest(self._line, str(error)) from error
        except (ValueError, OverflowError) as error:
            raise self._corrupt(error) from error

    def _corrupt(self, error: Exception) -> CorruptManifest:
        return CorruptManifest(self._line, str(error) or type(error).__name__)

    def _too_long(self, length: int) -> CorruptManifest:
        return CorruptManifest(self._line, f"more than {self._record_limit} bytes ({length} or more)")


def _header(line: bytes) -> dict[str, Any]:
    header = loads(line)
    if not isinstance(header, dict):
        raise ValueError("the header is no JSON object")  # noqa: TRY004 – the manifest's fault, not the program's
    if header.get("version") != "v0":
        raise ValueError(f'the version is {header.get("version")!r}, not "v0"')
    return header


def _meta(record: _Record) -> tuple[bytes | None, bytes | None]:
    """Metadata as written, and canonical; None when empty."""
    raw = bytes(record.meta)
    if raw in {b"{}", b"null"}:
        return None, None
    if not raw.startswith(b"{"):
        raise ValueError("meta is no JSON object")
    made = canonical(raw)
    return (None, None) if made == b"{}" else (raw, made)


def _file(name: str, record: _Record, meta: bytes | None) -> File:
    if record.physical_keys is None or len(record.physical_keys) != 1:
        raise ValueError(f"{record.logical_key!r} has not exactly one physical key")
    if record.size is None or record.size < 0 or record.hash is None:
        raise ValueError(f"{record.logical_key!r} lacks its size or its hash")
    [physical_key] = record.physical_keys
    if not _PHYSICAL_KEY.fullmatch(physical_key):
        raise ValueError(f"the physical key {physical_key!r} is no address of an object")
    return File(name, physical_key, record.size, record.hash.type, record.hash.value, meta)
