"""The body that a caller sends: streamed to the store, or read as a whole before anything is done."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.types import Receive, Scope

from s3proxy.errors import InvalidRequest, RequestTimeout


class CallerStalled(Exception):
    """The caller has not moved a byte for `idle_seconds`."""


class CallerLeft(Exception):
    """The caller closed the connection before the whole body had come."""


@dataclass(slots=True)
class Traffic:
    """Bytes of objects since the process started."""

    sent: int = 0
    """Bytes sent to callers."""
    received: int = 0
    """Bytes received from callers."""


def has_body(scope: Scope) -> bool:
    for name, value in scope["headers"]:  # a loop, since a generator costs more than the test
        if value != b"0" if name == b"content-length" else name == b"transfer-encoding":
            return True
    return False


class CallerBody:
    """The body of one request. It is read once, by `stream` or by `read`."""

    def __init__(self, scope: Scope, receive: Receive, *, idle_seconds: float, traffic: Traffic) -> None:
        self._receive = receive
        self._idle_seconds = idle_seconds
        self._traffic = traffic
        self._is_empty = not has_body(scope)
        self.is_awaited = not self._is_empty and (b"expect", b"100-continue") in scope["headers"]
        """The caller waits for `100 Continue` before it sends the body, and nothing has asked for the body so far."""
        self._received = asyncio.Event()
        if self._is_empty:
            self._received.set()

    def stream(self) -> AsyncIterator[bytes] | None:
        """The chunks as they come; None for a request without a body. Iterating raises CallerStalled or CallerLeft."""
        return None if self._is_empty else self._counted()

    async def read(self, max_bytes: int) -> bytes:
        """The whole body; raises S3Error, also when it has more than `max_bytes`."""
        body = b""
        try:
            async for chunk in self._chunks():
                body += chunk
                if len(body) > max_bytes:
                    raise InvalidRequest(f"A body here has at most {max_bytes:,} bytes")
        except CallerStalled:
            raise RequestTimeout from None
        except CallerLeft:
            raise InvalidRequest("The caller closed the connection") from None
        return body

    async def disconnected(self) -> None:
        """Wait until the caller closes the connection after sending the body. Before that, reading the body notices it."""
        await self._received.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _counted(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks():
            self._traffic.received += len(chunk)
            yield chunk

    async def _chunks(self) -> AsyncIterator[bytes]:
        more = True
        self.is_awaited = False
        while more:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    message = await self._receive()
            except TimeoutError:
                raise CallerStalled from None
            if message["type"] == "http.disconnect":
                raise CallerLeft
            more = message.get("more_body", False)
            if not more:
                self._received.set()
            if chunk := message.get("body", b""):
                yield chunk
