"""What the resolvers of one request share: the caller, the database one at a time, loaders."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from graphql import GraphQLResolveInfo

from registry.db.access import Visibility
from registry.db.buckets import BucketStore
from registry.db.tabulator import TabulatorStore
from registry.graphql.admin_cache import AdminCache
from registry.graphql.loader import Loader
from registry.services.buckets import BucketService
from registry.services.folders import FolderService
from registry.services.packages.packages import VisiblePackages
from registry.services.packages.reading import PackageReader
from registry.services.pushes.jobs.service import JobService
from registry.services.pushes.revisions import RevisionService
from registry.services.pushes.service import PushService
from shared.audit import AuditQueue
from shared.clients.administration import Administration
from shared.clients.auth import UserDirectory
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import TooLarge, Unauthenticated
from shared.index.listings import Key, ListingStore
from shared.index.records import RevisionRecord
from shared.index.store import IndexStore
from shared.index.trees.cache import NodeCache
from shared.index.trees.reader import TreeReader
from shared.schemas.bucket import Bucket
from shared.schemas.principal import Principal
from shared.schemas.tabulator import TabulatorTable

MAX_ITEMS = 50_000
"""Of package trees, in one answer."""
_BUCKET_PAGE = 1_000

Revision = tuple[str, str, str]
"""Bucket, package and top hash."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What resolvers work with, the same for every request."""

    sessions: Sessions
    directory: UserDirectory
    administration: Administration
    settle: Callable[[], Awaitable[None]]
    """Learns at once what has changed in anybody's rights."""
    packages: PackageReader
    buckets: BucketService
    revisions: RevisionService
    pushes: PushService
    folders: FolderService
    jobs: JobService
    nodes: NodeCache
    search_seconds: float
    trail: AuditQueue | None = None


class Context:
    def __init__(self, tools: Tools, viewer: Principal | None) -> None:
        self.tools = tools
        self.viewer = viewer
        self.pushes: Loader[Revision, datetime] = Loader(self._pushes)
        """When revisions were last pushed."""
        self.scans: Loader[str, datetime] = Loader(self._scans)
        """When buckets were last compared with the index."""
        self.tables: Loader[str, list[TabulatorTable]] = Loader(self._read_tables)
        """Of buckets."""
        self.admin_cache = AdminCache(tools.administration, tools.settle)
        self._nodes: Loader[bytes, bytes] = Loader(self._read_nodes)
        self.trees = TreeReader(self._nodes.many, tools.nodes)
        self._revisions: dict[tuple[int, int], Loader[Key, list[RevisionRecord]]] = {}
        self._buckets: dict[bool, asyncio.Future[list[Bucket]]] = {}
        self._turn = asyncio.Lock()
        self._items = 0

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncSession]:
        """A transaction of its own: what fails in it harms no other field. One at a time, so one connection."""
        async with self._turn, transaction(self.tools.sessions) as session:
            yield session

    def signed_in(self) -> Principal:
        """The caller; raises Unauthenticated."""
        if self.viewer is None:
            raise Unauthenticated("Not logged in")
        return self.viewer

    async def buckets(self, *, everything: bool = False) -> list[Bucket]:
        """Those that the caller may read; `everything` is for administrators."""
        if everything not in self._buckets:
            self._buckets[everything] = asyncio.ensure_future(self._read_buckets(everything=everything))
        return await self._buckets[everything]

    async def configs(self) -> list[Bucket]:
        """Those that the caller may look after, or read."""
        return await self.buckets(everything=self.viewer is not None and self.viewer.is_admin)

    async def seen(self) -> list[str]:
        """Buckets that have packages for the caller."""
        return [bucket.name for bucket in await self.buckets()]

    async def readable(self) -> list[str]:
        """Buckets that the caller's role reads."""
        return [bucket.name for bucket in await self.buckets() if bucket.level]

    @property
    def visibility(self) -> Visibility:
        """Raises Unauthenticated."""
        return self.tools.packages.rules.of(self.signed_in())

    def packages(self, session: AsyncSession) -> VisiblePackages:
        """Raises Unauthenticated."""
        return self.tools.packages.within(session, self.signed_in())

    def revisions(self, offset: int, limit: int) -> Loader[Key, list[RevisionRecord]]:
        """The same page of packages' pushes."""
        if (offset, limit) not in self._revisions:

            async def fetch(packages: list[Key]) -> Mapping[Key, list[RevisionRecord]]:
                async with self.database() as session:
                    return await ListingStore(session).revisions(packages, offset=offset, limit=limit)

            self._revisions[offset, limit] = Loader(fetch)
        return self._revisions[offset, limit]

    def spend(self, items: int) -> None:
        """Raises TooLarge when the answer would hold too much."""
        self._items += items
        if self._items > MAX_ITEMS:
            raise TooLarge(
                f"The answer would hold more than {MAX_ITEMS} entries of packages; the JSON API lists them in pages"
            )

    async def _read_buckets(self, *, everything: bool) -> list[Bucket]:
        if self.viewer is None:
            return []
        found: list[Bucket] = []
        cursor: str | None = None
        async with self.database() as session:
            while True:
                page = await BucketStore(session, self.tools.packages.rules).page(
                    self.viewer, everything=everything, after=cursor, limit=_BUCKET_PAGE
                )
                found.extend(page.items)
                cursor = page.next
                if cursor is None:
                    return found

    async def _pushes(self, revisions: list[Revision]) -> Mapping[Revision, datetime]:
        async with self.database() as session:
            return await ListingStore(session).pushed_at(revisions)

    async def _scans(self, buckets: list[str]) -> Mapping[str, datetime]:
        async with self.database() as session:
            found = await ListingStore(session).scanned_at(buckets)
        return {name: when for name, when in found.items() if when}

    async def _read_tables(self, buckets: list[str]) -> Mapping[str, list[TabulatorTable]]:
        async with self.database() as session:
            return await TabulatorStore(session).tables(buckets)

    async def _read_nodes(self, wanted: list[bytes]) -> Mapping[bytes, bytes]:
        async with self.database() as session:
            return await IndexStore(session).nodes(wanted)


Info = GraphQLResolveInfo[Context]
