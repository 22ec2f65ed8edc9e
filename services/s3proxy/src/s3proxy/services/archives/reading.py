"""Content of files, in ranges of their objects that are read ahead of what is sent.

Small objects are read side by side, large ones in parts. What was read and not sent is bounded for each answer, and for the process:
when that room is used up, an answer reads only what it sends next.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import structlog
from multidict import CIMultiDict

from s3proxy.services.archives.errors import FileFailed
from s3proxy.services.bearers import Bearer
from s3proxy.services.previews.errors import FileArchived, FileChanged, StoreDenied
from s3proxy.services.previews.objects import (
    CHANGED,
    MAX_REFUSAL_BYTES,
    MISSING,
    STORE_SECONDS,
    ObjectName,
    ObjectRequests,
)
from s3proxy.services.rights import ReadRights
from shared.concurrency import cancelled
from shared.errors import AppError, NotFound, Unavailable

PART_BYTES = 8 << 20
"""Length of the ranges in which a large object is read."""
MAX_READ_AHEAD_BYTES = 24 << 20
"""Bytes of one answer that are read and not sent."""
MAX_CONCURRENT_READS = 24
"""Requests of one answer to the store that are under way, or whose content is not sent."""
MAX_WAITING_PIECES = 256
"""Pieces of one answer, such as headers and ranges, that are made ahead of what is sent."""
CHUNK_BYTES = 1 << 17
"""Bytes that are sent at once, of small files together."""
RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)
"""Pauses before a read that failed for a moment is tried again."""
_SMALL_BUFFER_BYTES = 1 << 16
"""Buffer of a connection to the store whose answer is not read ahead."""
_FOR_A_MOMENT = frozenset({408, 429})

log = structlog.get_logger()


class ContentWatcher(Protocol):
    def update(self, chunk: bytes) -> None:
        """Take the next bytes of a file. Raises FileFailed when the file is complete and not the expected one."""


@dataclass(slots=True)
class StoredFile:
    """A file of a package, and its object."""

    path: str
    name: ObjectName
    size: int
    etag: str = ""
    """ETag of the first answer of the store, which all further ones must have."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A range of a file's content."""

    file: StoredFile
    offset: int
    length: int
    digest: ContentWatcher | None = None

    def parts(self) -> Iterator["Extent"]:
        if self.length <= PART_BYTES:
            yield self
            return
        end = self.offset + self.length
        for offset in range(self.offset, end, PART_BYTES):
            yield Extent(self.file, offset, min(PART_BYTES, end - offset), self.digest)


Piece = bytes | Extent | Callable[[], bytes]
"""The next bytes of an answer: known ones, content of a file, or what is known when all before it is sent."""


class Sha256Check:
    """Compares a file's content with the hash of its entry."""

    def __init__(self, path: str, size: int, expected: str) -> None:
        self._path = path
        self._left = size
        self._expected = expected
        self._hash = hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._left -= len(chunk)
        if self._left == 0 and self._hash.hexdigest() != self._expected:
            raise FileFailed(
                self._path, FileChanged("The content of the object is not the one that the package was pushed with")
            )


@dataclass(slots=True)
class ReadAheadBudget:
    """Bytes that all answers of the process may have read and not sent."""

    free: int

    def take(self, count: int) -> bool:
        if count > self.free:
            return False
        self.free -= count
        return True

    def give_back(self, count: int) -> None:
        self.free += count


@dataclass(slots=True)
class StreamCaller:
    """The caller of an answer that goes on: as they are now, not as they were when it began."""

    bearer: Bearer
    has_begun: bool = False
    """The caller was known to the services that were asked first, and may go on when the token or ticket expires."""


class FileReader:
    """Opens ranges of files with the rights of one caller."""

    def __init__(
        self, store: aiohttp.ClientSession, requests: ObjectRequests, rights: ReadRights, caller: StreamCaller
    ) -> None:
        self._store = store
        self._requests = requests
        self._rights = rights
        self._caller = caller

    async def open(
        self, file: StoredFile, offset: int, length: int, *, buffer_bytes: int | None = None
    ) -> aiohttp.ClientResponse:
        """An answer of the store that has exactly these bytes. Raises FileFailed, or Unavailable when another attempt may succeed."""
        try:
            keys = await self._rights.find_keys(self._caller.bearer, file.name.bucket)
            make = self._requests.signed(file.name, keys)
        except Unavailable:
            raise
        except AppError as error:
            raise FileFailed(file.path, error) from error
        more = CIMultiDict[str]()
        is_whole = length == file.size
        if not is_whole:
            more["Range"] = f"bytes={offset}-{offset + length - 1}"
        if file.etag:
            more["If-Match"] = file.etag
        outgoing = make("GET", more)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                answer = await self._store.request(
                    "GET", outgoing.url, headers=outgoing.headers, allow_redirects=False, read_bufsize=buffer_bytes
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"The object store is not responding ({type(error).__name__})") from error
        try:
            await _require_range(answer, file, length, is_whole=is_whole)
        except BaseException:
            answer.close()
            raise
        return answer


async def _require_range(answer: aiohttp.ClientResponse, file: StoredFile, length: int, *, is_whole: bool) -> None:
    """Raise FileFailed or Unavailable unless the answer has the wanted bytes of the expected object."""
    headers, status = answer.headers, answer.status
    if status not in {200, 206}:
        raise await _refusal_of(answer, file)
    if status == 200 and not is_whole:
        raise FileFailed(file.path, Unavailable("The object store sends whole objects only"))
    declared = headers.get("Content-Length", "")
    total = headers.get("Content-Range", "").rpartition("/")[2] if status == 206 else declared
    if total != str(file.size):
        raise FileFailed(
            file.path,
            FileChanged(f"The object has {total} bytes; when the package was pushed, it had {file.size}"),
        )
    etag = headers.get("ETag", "")
    if file.etag and etag != file.etag:
        raise FileFailed(file.path, FileChanged("The object was changed while it was read"))
    if declared != str(length):
        raise Unavailable("The object store sends another range than was wanted")
    file.etag = etag


async def _refusal_of(answer: aiohttp.ClientResponse, file: StoredFile) -> Exception:
    status = answer.status
    if status >= 500 or status in _FOR_A_MOMENT:
        return Unavailable(f"The object store answers {status}")
    try:
        text = (await answer.content.read(MAX_REFUSAL_BYTES)).decode(errors="replace")
    except (aiohttp.ClientError, TimeoutError):
        text = ""
    error: AppError
    if "<Code>ExpiredToken</Code>" in text:
        return Unavailable("The S3 credentials have expired")
    if "<Code>InvalidObjectState</Code>" in text:
        error = FileArchived(answer.headers.get("x-amz-storage-class", "archived"), is_restoring=False)
    elif status in CHANGED:
        error = FileChanged("The object was changed while it was read, or has become shorter")
    elif status in MISSING:
        error = NotFound("There is no such object, or no such version of it")
    elif status == 403:
        error = StoreDenied()
    else:
        error = Unavailable(f"The object store answers {status}")
    return FileFailed(file.path, error)


class _Read:
    """A range of a file that is being read, or was read and is not sent."""

    __slots__ = ("_signal", "chunks", "error", "extent", "is_done", "is_open", "is_reserved", "received", "task")

    def __init__(self, extent: Extent, *, is_reserved: bool) -> None:
        self.extent = extent
        self.chunks: deque[bytes] = deque()
        self.is_reserved = is_reserved
        """The budget has room for the whole range. Otherwise reading waits for sending."""
        self.received = 0
        self.is_open = False
        """The store has begun to answer."""
        self.is_done = False
        self.error: Exception | None = None
        self.task: asyncio.Task[None] | None = None
        self._signal: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Wait until something has changed."""
        self._signal = asyncio.get_running_loop().create_future()
        await self._signal

    def notify(self) -> None:
        if self._signal is not None and not self._signal.done():
            self._signal.set_result(None)


class _Ended:
    def __init__(self, error: Exception | None) -> None:
        self.error = error


class ReadAhead:
    """The bytes of an answer, from its pieces."""

    def __init__(
        self, reader: FileReader, pieces: AsyncGenerator[Sequence[Piece], None], budget: ReadAheadBudget
    ) -> None:
        self._reader = reader
        self._pieces = pieces
        self._budget = budget
        self._waiting: deque[bytes | _Read | Callable[[], bytes] | _Ended] = deque()
        self._reads: set[_Read] = set()
        """Ranges that are not sent to their end."""
        self._sending: _Read | None = None
        """The range whose bytes are next."""
        self._is_over = False
        self._held = 0
        """Bytes of the budget that are taken."""
        self._has_room = asyncio.Event()
        self._has_news = asyncio.Event()
        self._has_begun = asyncio.Event()
        """As much is being read as there is room for."""
        self._drained = asyncio.Event()
        self._scheduling: asyncio.Task[None] | None = None

    async def begin(self) -> list[FileFailed]:
        """Begin to read, and wait for the store's answers to the first requests; those that failed."""
        self._scheduling = asyncio.create_task(self._schedule())
        await self._has_begun.wait()
        failures: list[FileFailed] = []
        for piece in list(self._waiting):
            if isinstance(piece, _Ended):
                if piece.error:
                    raise piece.error
            elif isinstance(piece, _Read):
                while not (piece.is_open or piece.error):
                    await piece.wait()
                if piece.error:
                    failures.append(_failed(piece.extent.file.path, piece.error))
        return failures

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The bytes, in chunks of about CHUNK_BYTES. Raises FileFailed and what the pieces raise."""
        batch: list[bytes] = []
        size = 0
        while not self._is_over:
            taken = self._take()
            if taken is not None:
                batch.append(taken)
                size += len(taken)
            if size >= CHUNK_BYTES or (taken is None and batch):
                yield b"".join(batch) if len(batch) > 1 else batch[0]
                batch, size = [], 0
            elif taken is None and not self._is_over:
                await self._wait_for_bytes()

    def _take(self) -> bytes | None:
        """The next bytes; None when they have yet to come, or when there are no more."""
        while self._sending is not None or self._waiting:
            if self._sending is not None:
                if self._sending.chunks:
                    return self._take_content(self._sending)
                if not self._sending.is_done:
                    return None
                self._reads.discard(self._sending)
                self._sending = None
                self._has_room.set()
                continue
            piece = self._waiting.popleft()
            if isinstance(piece, _Read):
                self._sending = piece
            elif isinstance(piece, _Ended):
                if piece.error:
                    raise piece.error
                self._is_over = True
                return None
            else:
                if len(self._waiting) < MAX_WAITING_PIECES:
                    self._has_room.set()
                return piece if isinstance(piece, bytes) else piece()
        return None

    def _take_content(self, read: _Read) -> bytes:
        chunk = read.chunks.popleft()
        if read.extent.digest is not None:
            read.extent.digest.update(chunk)
        if read.is_reserved:
            self._held -= len(chunk)
            self._budget.give_back(len(chunk))
            self._has_room.set()
        else:
            self._drained.set()
        return chunk

    async def _wait_for_bytes(self) -> None:
        if self._sending is None:
            self._has_news.clear()
            await self._has_news.wait()
        elif self._sending.error:
            raise _failed(self._sending.extent.file.path, self._sending.error)
        else:
            await self._sending.wait()

    async def close(self) -> None:
        """End all reads."""
        tasks = [read.task for read in self._reads if read.task is not None]
        if self._scheduling is not None:
            tasks.append(self._scheduling)
        await cancelled(*tasks)
        self._reads.clear()
        self._waiting.clear()
        self._budget.give_back(self._held)
        self._held = 0

    async def _schedule(self) -> None:
        ended = _Ended(None)
        try:
            async with aclosing(self._pieces):
                async for pieces in self._pieces:
                    for piece in pieces:
                        if isinstance(piece, Extent):
                            for part in piece.parts():
                                await self._start(part)
                        else:
                            while len(self._waiting) >= MAX_WAITING_PIECES:
                                await self._wait_for_room()
                            self._waiting.append(piece)
                    self._has_news.set()
        except Exception as error:  # noqa: BLE001 – raised where the bytes are waited for
            ended = _Ended(error)
        self._waiting.append(ended)
        self._has_news.set()
        self._has_begun.set()

    async def _start(self, part: Extent) -> None:
        while len(self._reads) >= MAX_CONCURRENT_READS or len(self._waiting) >= MAX_WAITING_PIECES:
            await self._wait_for_room()
        while not (is_reserved := self._reserve(part.length)) and self._reads:
            await self._wait_for_room()
        read = _Read(part, is_reserved=is_reserved)
        self._reads.add(read)
        read.task = asyncio.create_task(self._read(read))
        self._waiting.append(read)
        self._has_news.set()

    def _reserve(self, count: int) -> bool:
        if self._held + count > MAX_READ_AHEAD_BYTES or not self._budget.take(count):
            return False
        self._held += count
        return True

    async def _wait_for_room(self) -> None:
        self._has_begun.set()
        self._has_news.set()
        self._has_room.clear()
        await self._has_room.wait()

    async def _read(self, read: _Read) -> None:
        """Read the range, from where an attempt that failed for a moment has ended."""
        pauses = iter(RETRY_SECONDS)
        while not read.is_done and not read.error:
            before = read.received
            try:
                await self._attempt(read)
                read.is_done = True
            except (Unavailable, aiohttp.ClientError, TimeoutError) as error:
                reason = f"{type(error).__name__}: {error}"[:300]
                log.warning("file_read_failed", file=read.extent.file.path[:200], error=reason)
                if read.received > before:
                    pauses = iter(RETRY_SECONDS)
                pause = next(pauses, None)
                if pause is None:
                    read.error = Unavailable("The object store is not responding")
                else:
                    await asyncio.sleep(pause)
            except Exception as error:  # noqa: BLE001 – raised where the bytes are waited for
                read.error = error
        read.notify()

    async def _attempt(self, read: _Read) -> None:
        extent = read.extent
        answer = await self._reader.open(
            extent.file,
            extent.offset + read.received,
            extent.length - read.received,
            buffer_bytes=None if read.is_reserved else _SMALL_BUFFER_BYTES,
        )
        read.is_open = True
        try:
            while read.received < extent.length:
                chunk = await answer.content.readany()
                if not chunk:
                    raise Unavailable("The object store broke its answer off")
                read.received += len(chunk)
                read.chunks.append(chunk)
                read.notify()
                if not read.is_reserved:
                    await self._wait_until_sent(read)
        finally:
            if read.received < extent.length:
                answer.close()
            else:
                answer.release()

    async def _wait_until_sent(self, read: _Read) -> None:
        while read.chunks:
            self._drained.clear()
            await self._drained.wait()


def _failed(path: str, error: Exception) -> FileFailed:
    if isinstance(error, FileFailed):
        return error
    return FileFailed(path, error if isinstance(error, AppError) else Unavailable(str(error)))


async def single(pieces: Sequence[Piece]) -> AsyncGenerator[Sequence[Piece], None]:
    """Pieces that are known."""
    yield pieces
