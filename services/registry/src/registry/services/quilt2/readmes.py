"""The text of a package's README."""

import zlib

from registry.keys import blob
from shared.aws.objects import ObjectStore
from shared.errors import AppError, Forbidden

LIMIT = 640 << 10
_GZIP = b"\x1f\x8b"


async def read_readme(objects: ObjectStore, bucket: str, owner: str, object_hash: str) -> str:
    """Raises Forbidden."""
    try:
        got = await objects.get(bucket, blob(owner, object_hash), limit=LIMIT)
    except AppError as error:
        raise Forbidden(f"Failed to download the README: {error}") from error
    if got is None:
        raise Forbidden("Failed to download the README: it was not uploaded")
    return plain(got[1]).decode(errors="ignore").replace("\0", "")


def plain(body: bytes) -> bytes:
    """Older clients wrote objects compressed."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, LIMIT)
    except zlib.error:
        return body
