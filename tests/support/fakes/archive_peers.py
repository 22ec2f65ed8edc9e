"""A process that is the store, the registry and `auth` for an S3 proxy: packages of any number of files, whose bytes are made when
they are read.

    python archive_peers.py PORT COUNT:SIZE,SIZE,…  [COUNT:SIZE,… …]

Package `made/0` has COUNT files, whose sizes follow one another in the order given, again and again; `made/1` and so on likewise.
"""

import asyncio
import json
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, cast
from uuid import UUID

import msgspec
import uvloop
from typing_extensions import override

from shared.archives import tar
from shared.archives import zip as zip_format
from shared.schemas.archive import ArchiveEntries, ArchiveEntry, ArchivePlan
from shared.schemas.principal import CredentialKind, Level, Principal, Resolution
from shared.schemas.ticket import ReadCredentials

BUCKET = "made"
TOKEN = f"qk_{0:038}"
"""API key of user 0; each number is another user."""
TOP_HASH = "ab" * 32
_CHUNK = 1 << 18
_PATTERN = 8
_ENDS = datetime.now(UTC) + timedelta(days=1)
_KNOWN_ANSWERS = {
    "buckets": b'{"buckets": [{"name": "made", "region": "us-east-1"}]}',
    "revocations": b'{"events": [], "seq": 0, "reset": false}',
}


def _principal(token: str) -> Principal:
    number = int(token.removeprefix("qk_"))
    return Principal(
        user_id=UUID(int=number),
        name=f"user-{number}",
        session_id=UUID(int=number),
        kind=CredentialKind.KEY,
        is_admin=False,
        role_id=UUID(int=1),
        role="readers",
        permissions={BUCKET: Level.READ},
    )


@dataclass(frozen=True)
class MadePackage:
    count: int
    sizes: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "MadePackage":
        count, _, sizes = text.partition(":")
        return cls(int(count), tuple(map(int, sizes.split(","))))

    def path(self, number: int) -> str:
        return f"{number // 1000:05}/{number:08}.bin"

    def size(self, number: int) -> int:
        return self.sizes[number % len(self.sizes)]

    @property
    def _blocks(self) -> list[int]:
        return [tar.file_blocks(self.path(0), size) for size in self.sizes]

    def tar_offset(self, number: int) -> int:
        """Offset of a file's header."""
        rounds, rest = divmod(number, len(self.sizes))
        return tar.BLOCK_BYTES * (rounds * sum(self._blocks) + sum(self._blocks[:rest]))

    @property
    def tar_bytes(self) -> int:
        return self.tar_offset(self.count) + len(tar.END)

    @property
    def content_bytes(self) -> int:
        rounds, rest = divmod(self.count, len(self.sizes))
        return rounds * sum(self.sizes) + sum(self.sizes[:rest])

    @property
    def zip_bytes(self) -> int:
        return zip_format.archive_bytes(self.count, self.content_bytes, self.count * len(self.path(0)))

    def number_at(self, offset: int) -> int:
        """Number of the file that is at an offset of the tar; `count` for its end."""
        rounds, rest = divmod(offset // tar.BLOCK_BYTES, sum(self._blocks))
        within = sum(end <= rest for end in accumulate(self._blocks))
        return min(self.count, rounds * len(self.sizes) + within)

    def tar_range(self, start: int, end: int) -> bytes:
        """The bytes of the tar that an archive must have there."""
        made = bytearray()
        first = self.number_at(start)
        position = self.tar_offset(first)
        for number in range(first, self.count):
            if position >= end:
                break
            size = self.size(number)
            header = tar.file_header(self.path(number), size)
            low, high = max(0, start - position - len(header)), min(size, end - position - len(header))
            made += header[max(0, start - position) : max(0, end - position)]
            made += content(number, low, high - low) if high > low else b""
            padding = -size % tar.BLOCK_BYTES
            after = position + len(header) + size
            made += bytes(padding)[max(0, start - after) : max(0, end - after)]
            position = after + padding
        made += tar.END[max(0, start - position) : max(0, end - position)] if position < end else b""
        return bytes(made)


def content(number: int, offset: int, length: int) -> bytes:
    """Bytes of a file: its number, again and again."""
    pattern = struct.pack(">Q", number)
    skipped = offset % _PATTERN
    return (pattern * ((skipped + length) // _PATTERN + 1))[skipped : skipped + length]


class Peers(asyncio.Protocol):
    def __init__(self, packages: list[MadePackage]) -> None:
        self._packages = packages
        self._held = b""
        self._unsent: Iterator[bytes] | None = None
        self._is_paused = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, rest = self._held.partition(b"\r\n\r\n")
        if not end:
            return
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if len(rest) < size:
            return
        self._held = rest[size:]
        method, target, _ = head.split(b" ", 2)
        if target.startswith(b"/made/"):
            self._send_object(method, target, head)
        elif target.startswith(b"/internal/"):
            self._answer(_peer_answer(self._packages, target, rest[:size]))
        else:
            self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def _send_object(self, method: bytes, target: bytes, head: bytes) -> None:
        """`/made/<package>/<number>`"""
        package, number = map(int, target.partition(b"?")[0].split(b"/")[2:4])
        size = self._packages[package].size(number)
        wanted = re.search(rb"(?i)\r\nrange: bytes=(\d+)-(\d+)", head)
        first, last = (int(wanted[1]), int(wanted[2])) if wanted else (0, size - 1)
        line = b'HTTP/1.1 %b\r\nETag: "x"\r\nContent-Length: %d\r\n' % (
            b"206 Partial Content" if wanted else b"200 OK",
            last + 1 - first,
        )
        if wanted:
            line += b"Content-Range: bytes %d-%d/%d\r\n" % (first, last, size)
        if method == b"HEAD":
            self._transport.write(line + b"\r\n")
        elif last + 1 - first <= _CHUNK:
            self._transport.write(line + b"\r\n" + content(number, first, last + 1 - first))
        else:
            self._transport.write(line + b"\r\n")
            self._unsent = _chunks(number, first, last + 1)
            self._send_unsent()

    def _send_unsent(self) -> None:
        while self._unsent is not None and not self._is_paused:
            chunk = next(self._unsent, None)
            if chunk is None:
                self._unsent = None
            else:
                self._transport.write(chunk)

    @override
    def pause_writing(self) -> None:
        self._is_paused = True

    @override
    def resume_writing(self) -> None:
        self._is_paused = False
        self._send_unsent()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._unsent = None


def _chunks(number: int, first: int, end: int) -> Iterator[bytes]:
    whole = content(number, first, _CHUNK)  # whose length is a multiple of the pattern's
    while end - first >= _CHUNK:
        yield whole
        first += _CHUNK
    if first < end:
        yield whole[: end - first]


def _peer_answer(packages: list[MadePackage], target: bytes, body: bytes) -> bytes:
    asked = target.partition(b"?")[0].decode().removeprefix("/internal/")
    if asked in _KNOWN_ANSWERS:
        return _KNOWN_ANSWERS[asked]
    question = json.loads(body) if body else {}
    if asked == "principal":
        found = Resolution(principal=_principal(question["token"]), expires_at=_ENDS, seq=0)
        return found.model_dump_json().encode()
    if asked == "reads":
        vended = ReadCredentials(
            principal=_principal(question["token"]),
            expires_at=_ENDS,
            seq=0,
            access_key_id="ASIAMADE",
            secret_access_key="secret",
            session_token="session",
        )
        return vended.model_dump_json().encode()
    return _archive_answer(packages, asked, question) if asked.startswith("archives") else b""


def _archive_answer(packages: list[MadePackage], asked: str, question: dict[str, Any]) -> bytes:
    package = int(question["package"].partition("/")[2])
    if asked == "archives/entries":
        return _entries(package, packages[package], question)
    made = packages[package]
    plan = ArchivePlan(
        top_hash=TOP_HASH,
        entries=made.count,
        content_bytes=made.content_bytes,
        tar_bytes=made.tar_bytes,
        zip_bytes=made.zip_bytes,
        unsafe=[],
        local=[],
        buckets=[BUCKET],
    )
    return plan.model_dump_json().encode()


def _entries(package: int, made: MadePackage, asked: dict[str, Any]) -> bytes:
    if asked["after"] is not None:
        first = int(asked["after"].rpartition("/")[2].partition(".")[0]) + 1
    else:
        first = made.number_at(asked["tar_offset"] or 0)
    last = min(first + asked["limit"], made.count)
    items = [
        ArchiveEntry(made.path(each), BUCKET, f"{package}/{each}", "v1", made.size(each), "SHA256", "0" * 64)
        for each in range(first, last)
    ]
    return msgspec.msgpack.encode(ArchiveEntries(made.tar_offset(first), items, last < made.count))


async def serve(port: int, packages: list[MadePackage]) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Peers(packages), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), [MadePackage.parse(each) for each in sys.argv[2:]]))
