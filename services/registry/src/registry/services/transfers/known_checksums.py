"""Hashes that follow from the checksums that S3 keeps, without reading the object."""

import base64

from registry.services.transfers.digests import (
    CHUNKED,
    SHA256,
    DigestKind,
    chunked_of_one_part,
    digest_of,
    kind_of,
    part_ranges,
)
from shared.aws.transfers import Content, S3Contents
from shared.errors import AppError
from shared.quilt.chunked_hash import PART_BYTES
from shared.schemas.package import Hash


async def known_hash(contents: S3Contents, content: Content, kind: DigestKind) -> str | None:
    """The hash, or None if the object must be read for it."""
    if content.size == 0:
        return digest_of(kind, b"")
    match kind:
        case "CRC64NVME":
            return content.crc64nvme
        case "SHA256":
            is_whole = content.sha256 and content.parts is None
            return base64.b64decode(content.sha256 or "").hex() if is_whole else None
        case "sha2-256-chunked":
            return await _known_chunked_hash(contents, content)


def chunked_hash_of_whole(content: Content) -> str | None:
    """The chunked hash of an object of one part, from S3's SHA-256 of the whole object; None if S3 has no such checksum."""
    if content.sha256 is None or content.parts is not None or content.size > PART_BYTES:
        return None
    return chunked_of_one_part(content.sha256, content.size)


async def _known_chunked_hash(contents: S3Contents, content: Content) -> str | None:
    if content.parts is None:
        return chunked_hash_of_whole(content)
    expected = [end - start for start, end in part_ranges(content.size)]
    if content.parts != len(expected):
        return None
    if content.parts == 1:
        return content.sha256
    try:
        sizes = await contents.part_sizes(content)
    except AppError:
        return None  # an S3-compatible store may not list sizes of parts; the object can still be read
    return content.sha256 if sizes == expected else None


async def confirms(contents: S3Contents, content: Content, expected: Hash) -> bool:
    """True if S3's checksums show that the object has this hash."""
    return await _known_hash_like(contents, content, expected) == expected.value


async def contradicts(contents: S3Contents, content: Content, expected: Hash) -> bool:
    """True if S3's checksums show that the object has another hash."""
    return await _known_hash_like(contents, content, expected) not in {None, expected.value}


async def _known_hash_like(contents: S3Contents, content: Content, expected: Hash) -> str | None:
    """The object's hash of the same type as `expected`."""
    kind = kind_of(expected.type)
    return await known_hash(contents, content, kind) if kind else None


async def have_same_content(contents: S3Contents, one: Content, other: Content) -> bool:
    """True if they are the same version, or if S3's SHA-256 checksums show that two objects are equal.

    ETags do not show it: they are MD5 hashes, of which everybody can make two files with one value. Nor does a CRC.
    """
    if one.size != other.size:
        return False
    if (one.location, one.etag) == (other.location, other.etag):
        return True
    for kind in (CHUNKED, SHA256):
        known = await known_hash(contents, one, kind)
        if known is not None and known == await known_hash(contents, other, kind):
            return True
    return False
