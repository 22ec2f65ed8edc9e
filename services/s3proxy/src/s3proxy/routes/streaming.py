"""An answer that is sent while it is read: stopped when its caller stalls, leaves or may no longer have it.

An answer that cannot be completed is broken off, so that it has fewer bytes than it declares and the caller notices.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Protocol

import structlog
from fastapi import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from s3proxy.services.archives.streams import ArchiveTraffic
from s3proxy.services.bodies import CallerStalled, Traffic
from shared.concurrency import cancelled

log = structlog.get_logger()


class BegunStream(Protocol):
    """Content that has begun to come."""

    label: str
    traffic: ArchiveTraffic

    def chunks(self) -> AsyncGenerator[bytes, None]: ...

    async def watch(self) -> None:
        """Return when the caller may no longer have it."""

    async def close(self) -> None: ...


class StreamedResponse(Response):
    def __init__(
        self,
        stream: BegunStream,
        status: int,
        headers: Mapping[str, str],
        *,
        idle_seconds: float,
        traffic: Traffic,
    ) -> None:
        """`headers` declare the length of `stream`."""
        super().__init__(None, status, headers)
        self._stream = stream
        self._idle_seconds = idle_seconds
        self._traffic = traffic

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = self._stream
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_wait_until_left(receive))
        watching = asyncio.create_task(stream.watch())
        end = "cut"
        try:
            await asyncio.wait((sending, leaving, watching), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                error = sending.exception()
                if error is None:
                    end = "complete"
                elif isinstance(error, CallerStalled):
                    end = "left"
                    log.info("caller_stalled")
                else:
                    log.warning("answer_cut", format=stream.label, error=f"{type(error).__name__}: {error}"[:500])
            elif leaving.done():
                end = "left"
                log.info("client_gone")
            else:
                error = watching.exception()
                log.info("answer_ended_with_session", format=stream.label, error=str(error) if error else "")
        finally:
            await cancelled(sending, leaving, watching)
            await stream.close()
            stream.traffic.ended[end] += 1

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        label, sent = self._stream.label, self._stream.traffic.sent
        async with aclosing(self._stream.chunks()) as chunks:
            async for chunk in chunks:
                try:
                    async with asyncio.timeout(self._idle_seconds):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                except TimeoutError:
                    raise CallerStalled from None
                sent[label] += len(chunk)
                self._traffic.sent += len(chunk)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
