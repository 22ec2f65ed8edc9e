"""A mail server that delivers nothing: each message becomes a file in the data directory."""

import asyncio
import mailbox
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """aiosmtpd's handler."""

    def __init__(self, directory: Path) -> None:
        self._mailbox = mailbox.Maildir(directory)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 – aiosmtpd's name
        content = envelope.content or b""
        self._mailbox.add(content if isinstance(content, bytes) else content.encode())
        return "250 Kept"


async def serve_mail(directory: Path, port: int) -> asyncio.Server:
    sink = Sink(directory)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(sink, hostname="localhost", loop=loop), "127.0.0.1", port)
