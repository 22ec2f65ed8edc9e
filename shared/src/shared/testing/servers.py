"""Real servers on free ports in the process of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class ScriptedServer:
    """An HTTP server that records the head of each request and then calls `talk`; without it, it answers 200 `ok`."""

    talk: Talk | None = None
    url: str = ""
    heads: list[bytes] = field(default_factory=list)
    open: int = 0
    """Number of open connections."""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await (self.talk or self._ok)(reader, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _ok(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = b"" if self.head.startswith(b"HEAD ") else b"ok"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + body)

    @property
    def head(self) -> bytes:
        return self.heads[-1]

    @property
    def target(self) -> str:
        return self.head.split(b" ")[1].decode()

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode().split("\r\n")[1:-2]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class _ServerInTest(uvicorn.Server):
    """Leaves signals to the test run. It may outlive the test that started it, whose handler it would put back."""

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[int]:
    """Run `app` in uvicorn on a free port, without its lifespan."""
    config = uvicorn.Config(app, lifespan="off", log_level="critical", server_header=False, timeout_graceful_shutdown=1)
    server = _ServerInTest(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await running


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until `condition` is true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 – the condition has no event
            await asyncio.sleep(0.01)
