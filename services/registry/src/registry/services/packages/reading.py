"""Directories and files of revisions, as JSON text: the two questions that are asked most."""

from registry.db.access import AccessStore
from registry.db.reading import RevisionReadStore
from registry.errors import EntryNotFound
from registry.services.packages import fast_json
from registry.services.packages.packages import PackageService
from registry.settings import Quilt2Settings
from shared import permissions
from shared.clients.indexer import Indexer
from shared.db.cursors import decode_cursor, encode_cursor
from shared.db.engine import Sessions, transaction
from shared.index.store import IndexStore
from shared.index.trees.cache import NodeCache
from shared.index.trees.nodes import TreeFile, TreeItem
from shared.index.trees.reader import TreeReader
from shared.quilt.physical_keys import bucket_of
from shared.schemas.principal import Principal


class ReadingService:
    def __init__(
        self, sessions: Sessions, store: RevisionReadStore, cache: NodeCache, indexer: Indexer, quilt2: Quilt2Settings
    ) -> None:
        self._quilt2 = quilt2
        self._sessions = sessions
        self._store = store
        self._trees = TreeReader(store.nodes, cache)
        self._indexer = indexer

    async def entries(
        self, viewer: Principal, bucket: str, name: str, reference: str, path: str, *, after: str | None, limit: int
    ) -> bytes:
        """What a directory holds, directories with the totals of all below them: an `EntryPage`."""
        last = decode_cursor(after, str)[0] if after else None
        root = await self._root(viewer, bucket, name, reference)
        where = path.strip("/")
        directory = await self._trees.directory(root, where) if where else None
        if where and directory is None:
            raise EntryNotFound(f"There is no directory {where} in {name} at {reference}")
        found, more = await self._trees.page(directory.storage if directory else root, "", last, limit)
        readable = await self._readable(viewer, bucket, found)
        return fast_json.page(where, found, readable, encode_cursor(found[-1].name) if more else None)

    async def entry(self, viewer: Principal, bucket: str, name: str, reference: str, path: str) -> bytes:
        """A file, or a directory's totals: an `Entry`."""
        root = await self._root(viewer, bucket, name, reference)
        where = path.strip("/")
        if not where:
            return fast_json.directory("", await self._trees.summary(root))
        found = await self._trees.entry(root, where)
        if found is None:
            raise EntryNotFound(f"There is nothing at {path} in {name} at {reference}")
        readable = await self._readable(viewer, bucket, [found])
        return fast_json.entry(where.rpartition("/")[0], found, readable)

    async def _root(self, viewer: Principal, bucket: str, name: str, reference: str) -> bytes:
        is_plain = bucket != self._quilt2.bucket and permissions.allows(viewer, bucket)
        if is_plain and (found := await self._store.find_ready(bucket, name, reference)):
            return found.root
        async with transaction(self._sessions) as session:
            await AccessStore(session, self._quilt2).require(viewer, bucket, name)
            packages = PackageService(IndexStore(session), self._indexer, self._quilt2.bucket)
            return await packages.root(bucket, name, reference)

    async def _readable(self, viewer: Principal, bucket: str, items: list[TreeItem]) -> set[str]:
        """Buckets of these items that the viewer may read objects of."""
        others = {bucket_of(item.physical_key) for item in items if isinstance(item, TreeFile)} - {bucket, None}
        allowed = {other for other in others if other and permissions.allows(viewer, other)}
        return {bucket} | (await self._store.registered(allowed) if allowed else set())
