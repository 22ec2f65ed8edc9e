"""How the services ask `indexer`; `shared.testing.indexer.FakeIndexer` stands in for it."""

from collections.abc import Sequence
from typing import Protocol

import httpx

from shared.clients.transport import call
from shared.schemas.index import KeysRequest
from shared.schemas.package import ManifestRequest

LOOK_SECONDS = 15
"""Somebody waits; the largest manifests take longer, and are there when they ask again."""


class Indexer(Protocol):
    async def scan(self, bucket: str) -> None:
        """Have the bucket listed and its index brought up to date, soon."""

    async def index_manifest(self, bucket: str, top_hash: str, *, seconds: float = LOOK_SECONDS) -> None:
        """Return when the index says what S3 says of this manifest now."""

    async def index_keys(self, bucket: str, keys: Sequence[str]) -> None:
        """Return when the index says what S3 says of these keys now."""


class IndexerClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def scan(self, bucket: str) -> None:
        await call(self._http, "POST", f"/internal/buckets/{bucket}/scan")

    async def index_manifest(self, bucket: str, top_hash: str, *, seconds: float = LOOK_SECONDS) -> None:
        request = ManifestRequest(bucket=bucket, top_hash=top_hash)
        await call(self._http, "POST", "/internal/manifests", json=request.model_dump(), timeout=seconds)

    async def index_keys(self, bucket: str, keys: Sequence[str]) -> None:
        request = KeysRequest(bucket=bucket, keys=list(keys))
        await call(self._http, "POST", "/internal/keys", json=request.model_dump(), timeout=LOOK_SECONDS)
