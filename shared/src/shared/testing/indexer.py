"""An `indexer` that only remembers what it was asked."""

from collections.abc import Awaitable, Callable

from shared.errors import Unavailable


class FakeIndexer:
    """Implements `shared.clients.indexer.Indexer`; `on_manifest` may put rows into the index, as the real one would."""

    def __init__(self) -> None:
        self.scanned: list[str] = []
        self.manifests: list[tuple[str, str]] = []
        self.on_manifest: Callable[[str, str], Awaitable[None]] | None = None
        self.down = False

    async def scan(self, bucket: str) -> None:
        self._require_up()
        self.scanned.append(bucket)

    async def index_manifest(self, bucket: str, top_hash: str) -> None:
        self._require_up()
        self.manifests.append((bucket, top_hash))
        if self.on_manifest:
            await self.on_manifest(bucket, top_hash)

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("indexer is down")
