"""The first lines of a stream."""

import zlib
from collections.abc import AsyncIterator

from s3proxy.services.previews.errors import Unreadable

_MAX_CHUNK_BYTES = 1 << 16


async def first_lines(chunks: AsyncIterator[bytes], *, most_lines: int, most_bytes: int) -> tuple[list[str], bool]:
    """Up to `most_lines`, from not much more than `most_bytes`; and whether there is more."""
    read = bytearray()
    async for chunk in chunks:
        read += chunk
        if len(read) > most_bytes or read.count(b"\n") > most_lines:
            break
    lines = bytes(read).split(b"\n")
    cut = len(read) > most_bytes
    if lines[-1] == b"" or (cut and len(lines) > 1):
        lines.pop()  # nothing, or half a line
    shown = [line.removesuffix(b"\r").decode(errors="ignore") for line in lines[:most_lines]]
    return shown, cut or len(lines) > most_lines


async def unpacked(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What gzip packed, in one member or many; a little at a time, however much it becomes. Raises Unreadable."""
    packing = _gzip()
    async for chunk in chunks:
        rest = chunk
        while rest:
            try:
                yield packing.decompress(rest, _MAX_CHUNK_BYTES)
            except zlib.error as error:
                raise Unreadable("It is not compressed with gzip, or it is damaged") from error
            if packing.eof:
                rest, packing = packing.unused_data, _gzip()
            else:
                rest = packing.unconsumed_tail
    yield packing.flush()


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=31)
