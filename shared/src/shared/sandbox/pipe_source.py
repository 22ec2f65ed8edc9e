"""The worker's side of reading: ranges of a file that the pool fetches, kept in blocks."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from shared.readers.source import SourceError
from shared.sandbox.frames import (
    LENGTHS,
    MAX_CONCURRENT_READ_BYTES,
    MAX_CONCURRENT_READS,
    MAX_READ_BYTES,
    AnswerPart,
    FrameError,
    FromWorker,
    RangeRefusal,
    RangeRequest,
    ToWorker,
    WorkerCall,
    decode_lengths,
    decode_to_worker,
    frame_start,
)

BLOCK_BYTES = 1 << 16
MAX_CACHED_BYTES = 32 << 20
MAX_CACHED_READ_BYTES = 2 << 20
"""Longer reads pass the cache."""
MAX_READ_AHEAD_BYTES = 4 << 20

_BLOCKS_PER_READ = MAX_READ_BYTES // BLOCK_BYTES


class PipeEnded(BaseException):
    """The pool has ended. Readers do not catch it."""


class WorkerPipe:
    """Frames from and to the pool, by plain reads and writes, since the calls for sockets are refused."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._number = 0

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def send(self, head: FromWorker, body: bytes = b"") -> None:
        self._write(frame_start(head, body))
        self._write(body)

    def receive(self) -> tuple[ToWorker, bytearray]:
        """Raises PipeEnded when the pool has ended."""
        head, body = decode_lengths(self._read(LENGTHS.size), MAX_READ_BYTES)
        return decode_to_worker(self._read(head)), self._read(body)

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[os.write(self.descriptor, left) :]

    def _read(self, count: int) -> bytearray:
        content = bytearray(count)
        left = memoryview(content)
        while left:
            found = os.readv(self.descriptor, [left])
            if not found:
                raise PipeEnded
            left = left[found:]
        return content


class PipeSource:
    """A file as a `RangeSource`. Threads may share it: one receives, the others wait for what it receives.

    Short reads are made in aligned blocks, the last of which are kept. When one read follows another, more and more is fetched ahead.
    """

    def __init__(self, pipe: WorkerPipe, size: int) -> None:
        self.size = size
        self.read_bytes = 0
        self._pipe = pipe
        self._lock = threading.Lock()
        self._received = threading.Condition(self._lock)
        self._is_receiving = False
        self._blocks: OrderedDict[int, memoryview] = OrderedDict()
        self._asked: dict[int, RangeRequest] = {}
        """Reads under way, by number."""
        self._asked_bytes = 0
        self._coming: set[int] = set()
        """Blocks of the reads under way."""
        self._parts: dict[int, bytearray | None] = {}
        """Reads that pass the cache, by number, with their bytes when they have come."""
        self._position = 0
        self._ahead = 0
        """First block after those that were fetched ahead."""
        self._window = BLOCK_BYTES
        self._closed = False
        self._refused = False

    def read(self, offset: int, length: int) -> bytes:
        if offset < 0 or length < 0:
            raise ValueError("Offset and length of a read must not be negative")
        end = min(offset + length, self.size)
        if offset >= end:
            return b""
        with self._opened():
            follows = 0 <= offset - self._position <= BLOCK_BYTES and offset > 0
            self._position = end
            if end - offset > MAX_CACHED_READ_BYTES:
                return self._read_whole([(offset, end)])[0]
            return self._read_blocks(offset, end, follows=follows)

    def read_all(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Read parts of the file, as (offset, length), at the same time, and nothing beside them."""
        with self._opened():
            return self._read_whole([(offset, min(offset + length, self.size)) for offset, length in ranges])

    def send_part(self, body: bytes) -> None:
        """Send a part of the answer, if the caller of the pool takes parts."""
        with self._lock:
            self._pipe.send(AnswerPart(), body)

    def close(self) -> None:
        """Refuse later reads. Answers that are still to come are dropped by whoever receives next."""
        with self._lock:
            self._closed = True
            self._blocks.clear()

    @contextmanager
    def _opened(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise SourceError("The file is closed")
            yield

    def _read_blocks(self, offset: int, end: int, *, follows: bool) -> bytes:
        first, last = offset // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        self._fetch(first, last + 1)
        if follows:
            self._fetch_ahead(last + 1)
        else:
            self._window, self._ahead = BLOCK_BYTES, 0
        while any(block not in self._blocks for block in range(first, last + 1)):
            self._fetch(first, last + 1)  # other threads may have displaced a block already
            self._receive()
        parts = [self._blocks[block] for block in range(first, last + 1)]
        for block in range(first, last + 1):
            self._blocks.move_to_end(block)
        while len(self._blocks) * BLOCK_BYTES > MAX_CACHED_BYTES:
            self._blocks.popitem(last=False)
        start = first * BLOCK_BYTES
        if first == last:
            return bytes(parts[0][offset - start : end - start])
        parts[0] = parts[0][offset - start :]
        parts[-1] = parts[-1][: end - last * BLOCK_BYTES]
        return b"".join(parts)

    def _read_whole(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Bytes from each offset to its end."""
        numbers: list[list[int]] = []
        for offset, end in ranges:
            starts = range(offset, end, MAX_READ_BYTES)
            numbers.append([self._ask(start, min(MAX_READ_BYTES, end - start), cached=False) for start in starts])
        found: list[bytes] = []
        for each in numbers:
            while any(self._parts[number] is None for number in each):
                self._receive()
            found.append(b"".join([part for part in map(self._parts.pop, each) if part]))
        return found

    def _fetch_ahead(self, block: int) -> None:
        """Ask for the next blocks once half of what was fetched ahead is used."""
        ahead = max(self._ahead, block)
        if (ahead - block) * BLOCK_BYTES * 2 > self._window or not self._may_ask(self._window):
            return
        self._window = min(self._window * 2, MAX_READ_AHEAD_BYTES)
        self._ahead = ahead + self._window // BLOCK_BYTES
        self._fetch(ahead, min(self._ahead, -(-self.size // BLOCK_BYTES)))

    def _fetch(self, first: int, end: int) -> None:
        """Ask for those blocks that are neither here nor on their way, with as few reads as possible."""
        start = None
        for block in range(first, end + 1):
            missing = block < end and block not in self._blocks and block not in self._coming
            if start is not None and (not missing or block - start == _BLOCKS_PER_READ):
                self._coming.update(range(start, block))
                offset = start * BLOCK_BYTES
                self._ask(offset, min(block * BLOCK_BYTES, self.size) - offset, cached=True)
                start = None
            if missing and start is None:
                start = block

    def _may_ask(self, length: int) -> bool:
        if not self._asked:
            return True
        return len(self._asked) < MAX_CONCURRENT_READS and self._asked_bytes + length <= MAX_CONCURRENT_READ_BYTES

    def _ask(self, offset: int, length: int, *, cached: bool) -> int:
        while not self._may_ask(length):
            self._receive()
        request = RangeRequest(self._pipe.next_number(), offset, length)
        self._asked[request.number] = request
        self._asked_bytes += length
        if not cached:
            self._parts[request.number] = None
        self._pipe.send(request)
        return request.number

    def _receive(self) -> None:
        """Take the next answer, whichever read it is for, or wait until another thread has."""
        if self._refused:
            raise SourceError("The content of the file cannot be fetched")
        if self._is_receiving:
            self._received.wait()
            return
        self._is_receiving = True
        self._lock.release()
        try:
            head, body = self._pipe.receive()
        finally:
            self._lock.acquire()
            self._is_receiving = False
            self._received.notify_all()
        self._take(head, body)

    def _take(self, head: ToWorker, body: bytearray) -> None:
        if isinstance(head, WorkerCall):
            raise FrameError("A call during a call")
        request = self._asked.pop(head.number, None)
        if request is None:  # for the file of an earlier call
            return
        self._asked_bytes -= request.length
        first = request.offset // BLOCK_BYTES
        if request.number not in self._parts:
            self._coming.difference_update(range(first, first + -(-request.length // BLOCK_BYTES)))
        if isinstance(head, RangeRefusal) or len(body) != request.length:
            self._refused = True
            raise SourceError("The content of the file cannot be fetched")
        self.read_bytes += len(body)
        if request.number in self._parts:
            self._parts[request.number] = body
            return
        for start in range(0, len(body), BLOCK_BYTES):
            self._blocks[first + start // BLOCK_BYTES] = memoryview(bytes(body[start : start + BLOCK_BYTES]))
