"""The hashes of manifests, fed piece by piece."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Literal, Protocol, get_args

import anycrc

DigestKind = Literal["sha2-256-chunked", "SHA256", "CRC64NVME"]

KINDS: tuple[DigestKind, ...] = get_args(DigestKind)
CHUNKED: DigestKind = "sha2-256-chunked"
PART = 8 << 20
MAX_PARTS = 10_000

_crc64nvme = anycrc.Model("CRC64-NVME")


def kind_of(name: str) -> DigestKind | None:
    return next((kind for kind in KINDS if kind == name), None)


def part_size(size: int) -> int:
    """Of the parts that the chunked hash of so many bytes is made of."""
    part = PART
    while part * MAX_PARTS < size:
        part *= 2
    return part


def part_ranges(size: int) -> Iterator[tuple[int, int]]:
    """Start and end of each part; nothing is one empty part."""
    part = part_size(size)
    for start in range(0, max(size, 1), part):
        yield start, min(start + part, size)


def chunked_of_parts(checksums: list[str]) -> str:
    """The chunked hash, from the parts' SHA-256 in base64."""
    return _base64(hashlib.sha256(b"".join(map(base64.b64decode, checksums))).digest())


def chunked_of_one_part(checksum: str, size: int) -> str:
    """The chunked hash of an object of one part, from its SHA-256 in base64."""
    return chunked_of_parts([checksum]) if size else checksum


class Digest(Protocol):
    """Not for two threads at once. `update` lets other threads run."""

    def update(self, piece: bytes) -> None: ...

    def value(self) -> str:
        """As manifests have it."""
        ...


class ChunkedSha256:
    """The size must be known from the start."""

    def __init__(self, size: int) -> None:
        self._part_size = part_size(size)
        self._size = size
        self._parts = hashlib.sha256()
        self._part = hashlib.sha256()
        self._room = self._part_size
        """Of the current part."""

    def update(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            fits, rest = rest[: self._room], rest[self._room :]
            self._part.update(fits)
            self._room -= len(fits)
            if not self._room:
                self._end_part()

    def value(self) -> str:
        if not self._size:
            return _base64(self._part.digest())
        if self._room < self._part_size:
            self._end_part()
        return _base64(self._parts.digest())

    def _end_part(self) -> None:
        self._parts.update(self._part.digest())
        self._part = hashlib.sha256()
        self._room = self._part_size


class Sha256:
    def __init__(self) -> None:
        self._whole = hashlib.sha256()

    def update(self, piece: bytes) -> None:
        self._whole.update(piece)

    def value(self) -> str:
        return self._whole.hexdigest()


class Crc64Nvme:
    def __init__(self) -> None:
        self._crc = 0

    def update(self, piece: bytes) -> None:
        self._crc = _crc64nvme.calc(piece, self._crc)

    def value(self) -> str:
        return _base64(self._crc.to_bytes(8, "big"))


def new_digest(kind: DigestKind, size: int) -> Digest:
    match kind:
        case "sha2-256-chunked":
            return ChunkedSha256(size)
        case "SHA256":
            return Sha256()
        case "CRC64NVME":
            return Crc64Nvme()


def digest_of(kind: DigestKind, body: bytes) -> str:
    """Of a whole body at once."""
    digest = new_digest(kind, len(body))
    digest.update(body)
    return digest.value()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
