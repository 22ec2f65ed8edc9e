"""The door to packages: one object per process through which routes, GraphQL and searches read them."""

from registry.db.access import Visibility, VisibilityRules
from registry.db.reading import ReadyRevision, RevisionReadStore
from registry.errors import EntryNotFound
from registry.services.packages import fast_json
from registry.services.packages.visible_packages import VisiblePackages, root_of
from shared.clients.indexer import Indexer
from shared.db.cursors import decode_cursor, encode_cursor
from shared.db.statements import Statements
from shared.index.trees.cache import NodeCache
from shared.index.trees.nodes import Fetch, TreeFile, TreeItem
from shared.index.trees.reader import TreeReader
from shared.quilt.physical_keys import bucket_of
from shared.schemas.principal import Principal


class PackageReader:
    """`seen_by` gives the packages that a caller may read.

    `entries` and `entry` answer the two requests that are most frequent, as JSON text.
    """

    def __init__(
        self,
        revisions: RevisionReadStore,
        cache: NodeCache,
        indexer: Indexer,
        rules: VisibilityRules,
    ) -> None:
        self._revisions = revisions
        self._trees = TreeReader(revisions.nodes, cache)
        self._indexer = indexer
        self.rules = rules

    @property
    def fetch_nodes(self) -> Fetch:
        """Reads tree nodes for many callers at once, and outlives their requests."""
        return self._revisions.nodes

    @property
    def trees(self) -> TreeReader:
        return self._trees

    async def readable_buckets(self, viewer: Principal, buckets: set[str]) -> set[str]:
        """The buckets of these that are registered and whose objects the viewer may read."""
        visibility = self.rules.of(viewer)
        allowed = {bucket for bucket in buckets if visibility.reads(bucket)}
        return await self._revisions.registered(allowed) if allowed else set()

    @property
    def statements(self) -> Statements:
        return self._revisions.statements

    def seen_by(self, viewer: Principal, statements: Statements | None = None) -> VisiblePackages:
        return VisiblePackages(statements or self.statements, self.rules, viewer, self._indexer)

    async def entries(
        self, viewer: Principal, bucket: str, name: str, reference: str, path: str, *, after: str | None, limit: int
    ) -> bytes:
        """An `EntryPage`: the items of a directory, sub-directories with the totals of everything below them."""
        last = decode_cursor(after, str)[0] if after else None
        visibility = self.rules.of(viewer)
        root = await self._root(visibility, bucket, name, reference)
        where = path.strip("/")
        directory = await self._trees.directory(root, where) if where else None
        if where and directory is None:
            raise EntryNotFound(f"There is no directory {where} in {name} at {reference}")
        found, more = await self._trees.page(directory.storage if directory else root, "", last, limit)
        readable = await self._readable_buckets(visibility, bucket, found)
        return fast_json.page(where, found, readable, encode_cursor(found[-1].name) if more else None)

    async def entry(self, viewer: Principal, bucket: str, name: str, reference: str, path: str) -> bytes:
        """An `Entry`: a file, or a directory's totals."""
        visibility = self.rules.of(viewer)
        root = await self._root(visibility, bucket, name, reference)
        where = path.strip("/")
        if not where:
            return fast_json.directory("", await self._trees.summary(root))
        found = await self._trees.entry(root, where)
        if found is None:
            raise EntryNotFound(f"There is nothing at {path} in {name} at {reference}")
        readable = await self._readable_buckets(visibility, bucket, [found])
        return fast_json.entry(where.rpartition("/")[0], found, readable)

    async def find_revision(self, viewer: Principal, bucket: str, name: str, reference: str) -> ReadyRevision:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound or RevisionUnreadable."""
        return await self._find_revision(self.rules.of(viewer), bucket, name, reference)

    async def _find_revision(self, visibility: Visibility, bucket: str, name: str, reference: str) -> ReadyRevision:
        if visibility.reads_every_package(bucket):
            found = await self._revisions.find_ready(bucket, name, reference)
            if found:
                return found
        package = await self.seen_by(visibility.viewer).open(bucket, name)
        manifest = await package.manifest(reference)
        return ReadyRevision(root_of(manifest, name, reference), manifest.top_hash)

    async def _root(self, visibility: Visibility, bucket: str, name: str, reference: str) -> bytes:
        return (await self._find_revision(visibility, bucket, name, reference)).root

    async def _readable_buckets(self, visibility: Visibility, bucket: str, items: list[TreeItem]) -> set[str]:
        """Buckets of these items whose objects the viewer may read."""
        others = {bucket_of(item.physical_key) for item in items if isinstance(item, TreeFile)} - {bucket, None}
        allowed = {other for other in others if other and visibility.reads(other)}
        return {bucket} | (await self._revisions.registered(allowed) if allowed else set())
