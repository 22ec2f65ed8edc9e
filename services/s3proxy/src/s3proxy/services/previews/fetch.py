"""The first lines of an object, read with the rights of the signer of its URL."""

from dataclasses import dataclass

import aiohttp
from yarl import URL

from s3proxy.services.previews.lines import decompressed, first_lines
from s3proxy.services.previews.locations import PreviewLocation

_CHUNK_BYTES = 8192
_MAX_REASON_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer of a store that did not return the object."""

    status: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class ObjectBeginning:
    lines: list[str]
    more: bool


async def read_beginning(
    store: aiohttp.ClientSession,
    endpoint: str | None,
    location: PreviewLocation,
    *,
    is_gzip: bool,
    max_lines: int,
    max_bytes: int,
) -> ObjectBeginning | Refusal:
    """Raises Unreadable, aiohttp.ClientError or TimeoutError."""
    address = location.address
    query = f"?{location.query}" if location.query else ""
    url = URL(f"{endpoint or f'https://{address.host}'}{address.path}{query}", encoded=True)
    async with store.get(url, headers={"Host": address.host}, allow_redirects=False) as answer:
        if answer.status != 200:
            text = (await answer.content.read(_MAX_REASON_BYTES)).decode(errors="replace")
            return Refusal(answer.status, answer.reason or "", text)
        chunks = answer.content.iter_chunked(_CHUNK_BYTES)
        lines, more = await first_lines(
            decompressed(chunks) if is_gzip else chunks, max_lines=max_lines, max_bytes=max_bytes
        )
        answer.close()  # the rest is not wanted
        return ObjectBeginning(lines, more)
