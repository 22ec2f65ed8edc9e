"""Answers in JSON are sent compressed to callers that take gzip."""

import asyncio
import gzip
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_COMPRESSED_BYTES = 1 << 10
"""Smaller answers fit in one packet anyhow."""
MAX_INLINE_BYTES = 128 << 10
"""Larger answers are compressed in a thread, while other requests go on."""
LEVEL = 3
JSON = re.compile(r"application/([\w.-]+\+)?json\b")
GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?P<weight>[\d.]+)\s*)?(?=,|$)")
"""Spaces belong to one part only, so that many of them take no longer."""


class CompressedAnswers:
    """Compresses whole answers in JSON. What is sent in parts stays as it is, so that no part waits for the next.

    Only for services whose answers pages get by a token in a header: other sites cannot have such answers measured, and guess
    secrets in them by their compressed size.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/internal/") or not takes_gzip(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def compressing_send(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_compressible(message):
                MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
                held = message
                return
            if held is not None:
                start, held = held, None
                if not message.get("more_body") and len(message.get("body", b"")) >= MIN_COMPRESSED_BYTES:
                    message = {**message, "body": await _compress(message["body"])}
                    headers = MutableHeaders(scope=start)
                    headers["Content-Encoding"] = "gzip"
                    headers["Content-Length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self._app(scope, receive, compressing_send)


def takes_gzip(headers: Headers) -> bool:
    found = GZIP.search(headers.get("accept-encoding", "").lower())
    return found is not None and (found["weight"] or "1").strip("0.") != ""


def _is_compressible(start: Message) -> bool:
    headers = Headers(scope=start)
    return (
        start["status"] != 206
        and JSON.match(headers.get("content-type", "")) is not None
        and not {"content-encoding", "etag"} & set(headers)
    )


async def _compress(body: bytes) -> bytes:
    if len(body) <= MAX_INLINE_BYTES:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
