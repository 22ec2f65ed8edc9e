"""The first lines of an object, read with the rights of whoever signed its URL."""

from dataclasses import dataclass

import aiohttp
from yarl import URL

from s3proxy.services.previews.lines import first_lines, unpacked
from s3proxy.services.previews.locations import PreviewLocation

_CHUNK = 8192
_MAX_REASON_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the store answered instead of the object."""

    status: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class ObjectBeginning:
    lines: list[str]
    more: bool


async def beginning(
    store: aiohttp.ClientSession,
    endpoint: str | None,
    location: PreviewLocation,
    *,
    packed: bool,
    most_lines: int,
    most_bytes: int,
) -> ObjectBeginning | Refusal:
    """Raises Unreadable, aiohttp.ClientError or TimeoutError."""
    address = location.address
    question = f"?{location.query}" if location.query else ""
    url = URL(f"{endpoint or f'https://{address.host}'}{address.path}{question}", encoded=True)
    async with store.get(url, headers={"Host": address.host}, allow_redirects=False) as answer:
        if answer.status != 200:
            text = (await answer.content.read(_MAX_REASON_BYTES)).decode(errors="replace")
            return Refusal(answer.status, answer.reason or "", text)
        chunks = answer.content.iter_chunked(_CHUNK)
        lines, more = await first_lines(
            unpacked(chunks) if packed else chunks, most_lines=most_lines, most_bytes=most_bytes
        )
        answer.close()  # the rest is not wanted
        return ObjectBeginning(lines, more)
