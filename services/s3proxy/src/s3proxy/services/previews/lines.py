"""The first lines of a stream."""

import zlib
from collections.abc import AsyncIterator

from s3proxy.services.previews.errors import Unreadable

_MAX_CHUNK_BYTES = 1 << 16
_MAX_MEMBERS = 10_000
"""gzip members in a preview. Each takes some microseconds, even an empty one."""
_GZIP_MAGIC = b"\x1f\x8b"


async def first_lines(chunks: AsyncIterator[bytes], *, max_lines: int, max_bytes: int) -> tuple[list[str], bool]:
    """Up to `max_lines` lines from about the first `max_bytes`, and whether there are more."""
    read = bytearray()
    async for chunk in chunks:
        read += chunk
        if len(read) > max_bytes or read.count(b"\n") > max_lines:
            break
    lines = bytes(read).split(b"\n")
    cut = len(read) > max_bytes
    if lines[-1] == b"" or (cut and len(lines) > 1):
        lines.pop()  # empty, or an incomplete line
    shown = [line.removesuffix(b"\r").decode(errors="ignore") for line in lines[:max_lines]]
    return shown, cut or len(lines) > max_lines


async def decompressed(chunks: AsyncIterator[bytes], *, must_be_gzip: bool = True) -> AsyncIterator[bytes]:
    """The content of gzip data with one or more members, in pieces of at most `_MAX_CHUNK_BYTES`. Raises Unreadable.

    Unless it must be gzip data, content that does not begin like it stays as it is.
    """
    gzip = _gzip()
    members = 0
    is_plain: bool | None = None
    async for chunk in chunks:
        if is_plain is None:
            is_plain = not must_be_gzip and not chunk.startswith(_GZIP_MAGIC)
        if is_plain:
            yield chunk
            continue
        rest = chunk
        while rest:
            try:
                yield gzip.decompress(rest, _MAX_CHUNK_BYTES)
            except zlib.error as error:
                raise Unreadable("It is not gzip data, or it is damaged") from error
            if gzip.eof:
                rest, gzip, members = gzip.unused_data, _gzip(), members + 1
                if members > _MAX_MEMBERS:
                    raise Unreadable("It consists of too many small pieces of gzip data")
            else:
                rest = gzip.unconsumed_tail
    if not is_plain:
        yield gzip.flush()


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=31)
