"""An S3 proxy of one's own in front of a scripted store."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from support.data.signing import Key

from s3proxy.settings import S3ProxySettings
from shared.settings import AwsSettings, InternalSettings, SandboxSettings
from shared.testing.registry import FakeRegistry
from shared.testing.servers import ScriptedServer, until

WRITER = Key("ASIAWRITER", "secret")
"""The S3 credential of somebody whom `auth` knows."""


def signed(method: str, target: str) -> list[str]:
    """Lines of the header of a request by WRITER, signed for the host in its target."""
    url = f"https:/{target}"
    return [f"{name}: {value}" for name, value in WRITER.headers(method, url, hashed=False).items()]


@dataclass
class ProxyWorld:
    registry: FakeRegistry
    store: ScriptedServer
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Send bytes, and read one answer up to the end of the connection: head and body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return head, body

    async def get(self, target: str, *extra: str, method: str = "GET") -> tuple[bytes, bytes]:
        lines = [f"{method} {target} HTTP/1.1", "Host: proxy.test", *extra, "Connection: close", "", ""]
        return await self.ask("\r\n".join(lines).encode())

    async def settled(self) -> None:
        """Wait until the store has no connection left."""
        await until(lambda: not self.store.open)


def settings_for(endpoint: str | None, **changes: Any) -> S3ProxySettings:
    return S3ProxySettings(
        profile="development",
        internal=InternalSettings(token=SecretStr("t")),
        aws=AwsSettings(endpoint_url=endpoint),
        **{"sandbox": SandboxSettings(workers=1, spare_workers=0, required=False), **changes},
    )


OpenProxy = Callable[..., Awaitable[ProxyWorld]]
