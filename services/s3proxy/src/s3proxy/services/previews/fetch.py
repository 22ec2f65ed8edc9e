"""The first lines of an object, read with the rights of the signer of its URL."""

from dataclasses import dataclass

from s3proxy.services.previews.lines import decompressed, first_lines
from s3proxy.services.previews.objects import Make, ObjectRequests


@dataclass(frozen=True, slots=True)
class ObjectBeginning:
    lines: list[str]
    more: bool


_NOT_UNPACKED = frozenset({"br", "zstd", "deflate"})
"""Encodings whose decoders run in the sandbox only."""


async def read_beginning(
    requests: ObjectRequests, make: Make, *, is_gzip: bool, max_lines: int, max_bytes: int
) -> ObjectBeginning | None:
    """The beginning, or None for an object that is stored in an encoding other than gzip. Raises Unreadable, StoreRefusal or Unavailable."""
    async with requests.stream(make) as (encoding, chunks):
        names = {name.strip() for name in encoding.split(",")}
        if names & _NOT_UNPACKED:
            return None
        content = chunks
        if is_gzip or "gzip" in names:
            content = decompressed(chunks, must_be_gzip=is_gzip)
        lines, more = await first_lines(content, max_lines=max_lines, max_bytes=max_bytes)
        return ObjectBeginning(lines, more)
