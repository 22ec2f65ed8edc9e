"""Client of the services for the indexer. Its fake is `shared.testing.indexer.FakeIndexer`."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import httpx

from shared.clients.transport import call
from shared.schemas.index import KeysRequest
from shared.schemas.package import ManifestRequest

INDEX_TIMEOUT_SECONDS = 15
"""A user waits for the answer. Indexing the largest manifests takes longer; it goes on after the timeout."""
LAYOUT_TIMEOUT_SECONDS = 50
"""The tree of the revision is walked, which takes about two seconds for a million files."""


class Indexer(Protocol):
    async def scan(self, bucket: str) -> None:
        """Schedule a scan of the bucket, which brings its index up to date."""

    async def index_manifest(self, bucket: str, top_hash: str, *, seconds: float = INDEX_TIMEOUT_SECONDS) -> None:
        """Index the present state of a manifest, and return when that is done."""

    async def index_tree(self, body: AsyncIterator[bytes], *, seconds: float = INDEX_TIMEOUT_SECONDS) -> None:
        """Index a manifest from the tree that its push has built, and return when that is done. `body` is a handover.

        If the tree does not fit to what S3 has, the manifest is read. Raises NotFound when the indexer takes no handovers yet.
        """

    async def index_keys(self, bucket: str, keys: Sequence[str]) -> None:
        """Index the present state of keys, and return when that is done."""

    async def make_archive_layout(self, bucket: str, top_hash: str) -> None:
        """Make the layout of a revision's archives, and return when it is in the index. Raises NotFound without the revision."""


class IndexerClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def scan(self, bucket: str) -> None:
        await call(self._http, "POST", f"/internal/buckets/{bucket}/scan")

    async def index_manifest(self, bucket: str, top_hash: str, *, seconds: float = INDEX_TIMEOUT_SECONDS) -> None:
        request = ManifestRequest(bucket=bucket, top_hash=top_hash)
        await call(self._http, "POST", "/internal/manifests", json=request.model_dump(), timeout=seconds)

    async def index_tree(self, body: AsyncIterator[bytes], *, seconds: float = INDEX_TIMEOUT_SECONDS) -> None:
        await call(self._http, "POST", "/internal/trees", content=body, timeout=seconds)

    async def index_keys(self, bucket: str, keys: Sequence[str]) -> None:
        request = KeysRequest(bucket=bucket, keys=list(keys))
        await call(self._http, "POST", "/internal/keys", json=request.model_dump(), timeout=INDEX_TIMEOUT_SECONDS)

    async def make_archive_layout(self, bucket: str, top_hash: str) -> None:
        request = ManifestRequest(bucket=bucket, top_hash=top_hash)
        body = request.model_dump()
        await call(self._http, "POST", "/internal/archive-layouts", json=body, timeout=LAYOUT_TIMEOUT_SECONDS)
