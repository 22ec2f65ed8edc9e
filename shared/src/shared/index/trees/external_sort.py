"""External merge sort: sorts more records than fit in memory (Knuth, The Art of Computer Programming, vol. 3, 5.4).

Whenever the memory is full, its records are sorted and written to a temporary file, a run. At the end the runs are merged.
"""

import heapq
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

import msgspec

SortRecord = tuple[tuple[str, ...], int, bytes]
"""Path, line and content. Lines differ, so contents are never compared."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SortRecord).decode
_RECORD_BYTES = 300
"""Memory of a record besides its content."""


class ExternalSort:
    """Sorts records by path, then by line, in about `max_bytes` of memory."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: list[SortRecord] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []

    def add(self, path: tuple[str, ...], line: int, content: bytes) -> None:
        self._held.append((path, line, content))
        self._held_bytes += 2 * len(content) + _RECORD_BYTES
        if self._held_bytes > self._max_bytes:
            self._write_run()

    def sorted(self) -> Iterator[SortRecord]:
        """All records in order. It can be read once, and nothing may be added afterwards."""
        self._held.sort()
        return heapq.merge(*map(_read_run, self._runs), iter(self._held)) if self._runs else iter(self._held)

    def _write_run(self) -> None:
        self._held.sort()
        run = TemporaryFile(prefix="patchwork-sort-")  # noqa: SIM115 – closed when it has been read, or garbage-collected
        for record in self._held:
            encoded = _encode(record)
            run.write(len(encoded).to_bytes(4, "big"))
            run.write(encoded)
        run.seek(0)
        self._runs.append(run)
        self._held, self._held_bytes = [], 0


def _read_run(run: IO[bytes]) -> Iterator[SortRecord]:
    with run:
        while length := run.read(4):
            yield _decode(run.read(int.from_bytes(length, "big")))
