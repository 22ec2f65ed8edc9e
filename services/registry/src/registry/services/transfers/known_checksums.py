"""Hashes that follow from what S3 knows about an object, without reading it."""

import base64

from registry.services.transfers.digests import (
    CHUNKED,
    PART,
    DigestKind,
    chunked_of_one_part,
    digest_of,
    kind_of,
    part_ranges,
)
from shared.aws.transfers import Content, S3Contents
from shared.errors import AppError
from shared.schemas.package import Hash


async def known_hash(contents: S3Contents, content: Content, kind: DigestKind) -> str | None:
    """None when it takes reading the object."""
    if content.size == 0:
        return digest_of(kind, b"")
    match kind:
        case "CRC64NVME":
            return content.crc64nvme
        case "SHA256":
            whole = content.sha256 and content.parts is None
            return base64.b64decode(content.sha256 or "").hex() if whole else None
        case "sha2-256-chunked":
            return await _chunked(contents, content)


def whole_hash(content: Content) -> str | None:
    """The chunked hash of an object that S3 has the SHA-256 of, as one."""
    if content.sha256 is None or content.parts is not None or content.size > PART:
        return None
    return chunked_of_one_part(content.sha256, content.size)


async def _chunked(contents: S3Contents, content: Content) -> str | None:
    if content.parts is None:
        return whole_hash(content)
    expected = [end - start for start, end in part_ranges(content.size)]
    if content.parts != len(expected):
        return None
    if content.parts == 1:
        return content.sha256
    try:
        sizes = await contents.part_sizes(content)
    except AppError:
        return None  # S3-compatible stores may not tell: the object can still be read
    return content.sha256 if sizes == expected else None


async def confirms(contents: S3Contents, content: Content, said: Hash) -> bool:
    """Whether S3 knows that the object has this hash."""
    return await _known(contents, content, said) == said.value


async def contradicts(contents: S3Contents, content: Content, said: Hash) -> bool:
    """Whether S3 knows that it has another one."""
    return await _known(contents, content, said) not in {None, said.value}


async def _known(contents: S3Contents, content: Content, said: Hash) -> str | None:
    kind = kind_of(said.type)
    return await known_hash(contents, content, kind) if kind else None


async def same_content(contents: S3Contents, one: Content, other: Content) -> bool:
    """Whether S3 knows enough to tell that they are equal. A CRC is not enough: anybody can make two contents share one."""
    if one.size != other.size:
        return False
    if one.etag == other.etag:
        return True
    chunked = await known_hash(contents, one, CHUNKED)
    return chunked is not None and chunked == await known_hash(contents, other, CHUNKED)
