"""TLS for the embedded Postgres, which is built without it: this front takes the request for TLS and passes the plain bytes on."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""A client asks for TLS with these bytes."""


@asynccontextmanager
async def tls_before(port: int, certificate: Path, key: Path) -> AsyncIterator[int]:
    """The port at which the Postgres of `port` takes connections with TLS only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(len(REQUEST)) != REQUEST:
                return
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(context)
            inside, outside = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass_on(reader, outside), _pass_on(inside, writer))
        except (OSError, EOFError):
            """The client refuses the certificate, or has closed the connection."""
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65536):
        writer.write(some)
        await writer.drain()
    writer.close()
