"""The first lines of an object, read with the rights of the signer of its URL."""

from dataclasses import dataclass

from s3proxy.services.previews.lines import decompressed, first_lines
from s3proxy.services.previews.objects import Make, ObjectRequests


@dataclass(frozen=True, slots=True)
class ObjectBeginning:
    lines: list[str]
    more: bool


async def read_beginning(
    requests: ObjectRequests, make: Make, *, is_gzip: bool, max_lines: int, max_bytes: int
) -> ObjectBeginning:
    """Raises Unreadable, StoreRefusal or Unavailable."""
    async with requests.stream(make) as chunks:
        lines, more = await first_lines(
            decompressed(chunks) if is_gzip else chunks, max_lines=max_lines, max_bytes=max_bytes
        )
        return ObjectBeginning(lines, more)
