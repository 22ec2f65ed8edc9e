"""The hashes that manifests hold, computed piece by piece."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Literal, Protocol, get_args

import anycrc

from shared.quilt.chunked_hash import part_size

DigestKind = Literal["sha2-256-chunked", "SHA256", "CRC64NVME"]

KINDS: tuple[DigestKind, ...] = get_args(DigestKind)
CHUNKED: DigestKind = "sha2-256-chunked"
SHA256: DigestKind = "SHA256"

_crc64nvme = anycrc.Model("CRC64-NVME")


def kind_of(name: str) -> DigestKind | None:
    return next((kind for kind in KINDS if kind == name), None)


def part_ranges(size: int) -> Iterator[tuple[int, int]]:
    """Start and end of each part, in bytes. An empty object has one empty part."""
    part = part_size(size)
    for start in range(0, max(size, 1), part):
        yield start, min(start + part, size)


def chunked_of_parts(checksums: list[str]) -> str:
    """The chunked hash in base64, from the SHA-256 of each part in base64."""
    return _base64(hashlib.sha256(b"".join(map(base64.b64decode, checksums))).digest())


def chunked_of_one_part(checksum: str, size: int) -> str:
    """The chunked hash in base64 of an object of one part, from its SHA-256 in base64."""
    return chunked_of_parts([checksum]) if size else checksum


class Digest(Protocol):
    """A hash under way, for one thread at a time. `update` releases the GIL."""

    def update(self, piece: bytes) -> None: ...

    def value(self) -> str:
        """The hash as manifests write it: hexadecimal for SHA256, else base64."""
        ...


class ChunkedSha256:
    """SHA-256 of the parts' SHA-256s, in base64. The size of a part depends on the object's."""

    def __init__(self, size: int) -> None:
        self._part_size = part_size(size)
        self._size = size
        self._hash_of_parts = hashlib.sha256()
        self._part = hashlib.sha256()
        self._left_in_part = self._part_size
        """Bytes until the current part is full."""

    def update(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            head, rest = rest[: self._left_in_part], rest[self._left_in_part :]
            self._part.update(head)
            self._left_in_part -= len(head)
            if not self._left_in_part:
                self._end_part()

    def value(self) -> str:
        if not self._size:
            return _base64(self._part.digest())
        if self._left_in_part < self._part_size:
            self._end_part()
        return _base64(self._hash_of_parts.digest())

    def _end_part(self) -> None:
        self._hash_of_parts.update(self._part.digest())
        self._part = hashlib.sha256()
        self._left_in_part = self._part_size


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
    """The hash of a whole body."""
    digest = new_digest(kind, len(body))
    digest.update(body)
    return digest.value()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
