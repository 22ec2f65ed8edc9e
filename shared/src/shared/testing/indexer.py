"""An `indexer` that only records its calls."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from shared.errors import NotFound, Unavailable


class FakeIndexer:
    """Implements `shared.clients.indexer.Indexer`; `on_manifest`, `on_tree`, `on_keys` and `on_layout` may write the index, as the real one does."""

    def __init__(self) -> None:
        self.scanned: list[str] = []
        self.manifests: list[tuple[str, str]] = []
        self.on_manifest: Callable[[str, str], Awaitable[None]] | None = None
        self.on_tree: Callable[[AsyncIterator[bytes]], Awaitable[None]] | None = None
        """Without it handovers are not taken, as by an indexer of a former version."""
        self.on_keys: Callable[[str, Sequence[str]], Awaitable[None]] | None = None
        self.on_layout: Callable[[str, str], Awaitable[None]] | None = None
        self.down = False

    async def scan(self, bucket: str) -> None:
        self._require_up()
        self.scanned.append(bucket)

    async def index_manifest(self, bucket: str, top_hash: str, *, seconds: float = 0) -> None:  # noqa: ARG002 – as the real one
        self._require_up()
        self.manifests.append((bucket, top_hash))
        if self.on_manifest:
            await self.on_manifest(bucket, top_hash)

    async def index_tree(self, body: AsyncIterator[bytes], *, seconds: float = 0) -> None:  # noqa: ARG002 – as the real one
        self._require_up()
        if self.on_tree is None:
            raise NotFound("no such address")
        await self.on_tree(body)

    async def index_keys(self, bucket: str, keys: Sequence[str]) -> None:
        self._require_up()
        if self.on_keys:
            await self.on_keys(bucket, keys)

    async def make_archive_layout(self, bucket: str, top_hash: str) -> None:
        self._require_up()
        if self.on_layout:
            await self.on_layout(bucket, top_hash)

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("indexer is down")
