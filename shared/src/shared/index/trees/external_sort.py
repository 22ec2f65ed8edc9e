"""Sorting more than fits in memory: sorted runs in temporary files, merged."""

import heapq
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

import msgspec

Record = tuple[tuple[str, ...], int, bytes]
"""Path, line, content; lines differ, so that contents are never compared."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode
_OVERHEAD = 300


class ExternalSort:
    """Sorts records by path, then line, in about `budget` bytes of memory."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: list[Record] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []

    def add(self, path: tuple[str, ...], line: int, content: bytes) -> None:
        self._held.append((path, line, content))
        self._held_bytes += 2 * len(content) + _OVERHEAD
        if self._held_bytes > self._budget:
            self._spill()

    def sorted(self) -> Iterator[Record]:
        """All records, once; nothing may be added afterwards."""
        self._held.sort()
        return heapq.merge(*map(_read, self._runs), iter(self._held)) if self._runs else iter(self._held)

    def _spill(self) -> None:
        self._held.sort()
        run = TemporaryFile(prefix="patchwork-sort-")  # noqa: SIM115 – closed when it has been read, or forgotten
        for record in self._held:
            encoded = _encode(record)
            run.write(len(encoded).to_bytes(4, "big"))
            run.write(encoded)
        run.seek(0)
        self._runs.append(run)
        self._held, self._held_bytes = [], 0


def _read(run: IO[bytes]) -> Iterator[Record]:
    with run:
        while length := run.read(4):
            yield _decode(run.read(int.from_bytes(length, "big")))
