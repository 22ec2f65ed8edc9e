"""An S3 proxy on a port, in front of the emulator's buckets and of packages that a fake registry knows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
from support.worlds.previews_world import PreviewsWorld

from shared.schemas.archive import ArchiveEntry

TOP_HASH = "1f3c" * 16
PACKAGE = "amy/wine"


def content(name: str, size: int) -> bytes:
    """Bytes that no other name has."""
    return hashlib.shake_128(name.encode()).digest(size)


@dataclass
class ArchivesWorld:
    proxy: PreviewsWorld
    url: str
    client: httpx.AsyncClient
    versions: dict[str, str] = field(default_factory=dict)

    def path(self, end: str = ".tar", package: str = PACKAGE, revision: str = TOP_HASH) -> str:
        return f"/-/archive/{self.proxy.bucket}/{package}/{revision}{end}"

    def file_path(self, key: str, package: str = PACKAGE) -> str:
        return f"/-/file/{self.proxy.bucket}/{package}/{TOP_HASH}/{key}"

    def headers(self, caller: str = "reader") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.proxy.token(caller)}"}

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        caller: str = "reader",
        method: str = "GET",
        **more: str,
    ) -> httpx.Response:
        """`more`: headers, with underscores."""
        headers = self.headers(caller) | {name.replace("_", "-"): value for name, value in more.items()}
        return await self.client.request(method, path, params=query, headers=headers)

    async def push(self, package: str, files: Mapping[str, bytes]) -> None:
        """Store the files, and let the registry know them as a package."""
        for name, data in files.items():
            self.versions[f"{package}/{name}"] = await self.proxy.put(f"{package}/{name}", data)
        self.declare(package, [self.entry(package, name, data) for name, data in files.items()])

    def entry(self, package: str, name: str, data: bytes, **changes: Any) -> ArchiveEntry:
        version = self.versions.get(f"{package}/{name}") or None
        digest = hashlib.sha256(data).hexdigest()
        made = ArchiveEntry(name, self.proxy.bucket, f"{package}/{name}", version, len(data), "SHA256", digest)
        return made._replace(**changes)

    def declare(self, package: str, entries: list[ArchiveEntry]) -> None:
        self.proxy.registry.archives[package] = entries
        for each in entries:
            self.proxy.package(package, each.path, each.key, each.size, bucket=each.bucket, version=each.version_id)

    async def read(self, session: aiohttp.ClientSession, path: str, **more: Any) -> bytes:
        """The bytes that come, also of an answer that is broken off."""
        received = bytearray()
        async with session.get(self.url + path, headers=self.headers(), **more) as answer:
            answer.raise_for_status()
            try:
                async for chunk in answer.content.iter_any():
                    received += chunk
            except aiohttp.ClientPayloadError:
                pass
        return bytes(received)


FILES = {
    "README.md": content("readme", 700),
    "data/1.csv": content("one", 512),
    "data/2.csv": content("two", 10_000),
    "data/empty.csv": b"",
    "data/größe.csv": content("three", 513),
    "images/large.tif": content("large", 9 << 20),
    f"names/{'long' * 40}.txt": content("long", 1),
}
"""In walk order."""
