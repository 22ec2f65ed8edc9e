"""What is read as a whole before anything is done."""

import asyncio

from starlette.types import Receive

from s3proxy.errors import InvalidRequest, RequestTimeout


async def whole(receive: Receive, most: int, idle_seconds: float) -> bytes:
    """Raises S3Error, also for more than `most` bytes."""
    body, more = b"", True
    while more:
        try:
            async with asyncio.timeout(idle_seconds):
                message = await receive()
        except TimeoutError:
            raise RequestTimeout from None
        if message["type"] == "http.disconnect":
            raise InvalidRequest("The caller left")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise InvalidRequest(f"A body here has at most {most:,} bytes")
    return body
