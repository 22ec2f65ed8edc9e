"""State that the resolvers of one request share: the caller, the database, and loaders."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime

from graphql import GraphQLResolveInfo

from registry.db.access import Visibility
from registry.db.access_counts import AccessCountReadStore
from registry.db.buckets import BucketReadStore
from registry.db.tabulator import TabulatorStore
from registry.graphql.admin_cache import AdminCache
from registry.graphql.loader import Loader
from registry.services.buckets import BucketService
from registry.services.folders import FolderService
from registry.services.packages.browsing import BrowsingService
from registry.services.packages.reader import PackageReader
from registry.services.packages.visible_packages import VisiblePackages
from registry.services.pushes.jobs.service import JobService
from registry.services.pushes.revisions import RevisionService
from registry.services.pushes.service import PushService
from registry.services.restorations import RestorationService
from shared.audit import AuditQueue
from shared.clients.administration import Administration
from shared.clients.auth import UserDirectory
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.db.statements import FoundRow, Statements
from shared.errors import TooLarge, Unauthenticated
from shared.index.listings import Key, ListingStore
from shared.index.records import RevisionRecord
from shared.index.search.results import SearchBackend
from shared.index.trees.cache import NodeCache
from shared.index.trees.reader import TreeReader
from shared.principals import require_person
from shared.schemas.bucket import Bucket
from shared.schemas.principal import Principal
from shared.schemas.tabulator import TabulatorTable

MAX_ITEMS = 50_000
"""Entries of packages in one answer."""
_BATCH_BUCKETS = 1_000

RevisionKey = tuple[str, str, str]
"""Bucket, package name and top hash."""


@dataclass(frozen=True, slots=True)
class ResolverServices:
    """Services and clients of resolvers, the same for every request."""

    sessions: Sessions
    reads: Statements
    directory: UserDirectory
    administration: Administration
    apply_revocations: Callable[[], Awaitable[None]]
    """Reads the revocation feed, so that changed rights are effective at once."""
    packages: PackageReader
    buckets: BucketService
    revisions: RevisionService
    pushes: PushService
    folders: FolderService
    restorations: RestorationService
    browsing: BrowsingService
    jobs: JobService
    nodes: NodeCache
    search_backend: Callable[[AsyncSession], SearchBackend]
    has_access_logs: bool
    """Reads in S3 are counted."""
    trail: AuditQueue | None = None


class _StatementsInTurn:
    """Statements of one request, which uses one connection."""

    def __init__(self, statements: Statements, turn: asyncio.Lock) -> None:
        self._statements = statements
        self._turn = turn

    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        async with self._turn:
            return await self._statements.fetch(sql, *values)


class Context:
    def __init__(self, services: ResolverServices, viewer: Principal | None) -> None:
        self.services = services
        self.viewer = viewer
        self.push_times: Loader[RevisionKey, datetime] = Loader(self._read_push_times)
        """Last pushes of revisions."""
        self.scan_times: Loader[str, datetime] = Loader(self._read_scan_times)
        """Last comparisons of buckets with the index, by name."""
        self.counted_since: Loader[str, date] = Loader(self._read_counted_since)
        """First days with reads in logs of S3, by bucket."""
        self._manifest_reads: dict[date, Loader[Key, dict[str, dict[date, int]]]] = {}
        self.tables: Loader[str, list[TabulatorTable]] = Loader(self._read_tables)
        """Tabulator tables by bucket."""
        self.admin_cache = AdminCache(services.administration, services.apply_revocations)
        self._nodes: Loader[bytes, bytes] = Loader(self._read_nodes)
        self.trees = TreeReader(self._nodes.many, services.nodes)
        self._revisions: dict[tuple[int, int], Loader[Key, list[RevisionRecord]]] = {}
        self._buckets: dict[bool, asyncio.Future[list[Bucket]]] = {}
        self._database = asyncio.Lock()
        self.reads: Statements = _StatementsInTurn(services.reads, self._database)
        self._items = 0

    @asynccontextmanager
    async def database(self) -> AsyncIterator[AsyncSession]:
        """A transaction for one field, so that its failure harms no other. One at a time: a request uses one connection.

        `reads` would wait for its end, so nothing within it may read through them.
        """
        async with self._database, transaction(self.services.sessions) as session:
            yield session

    def signed_in(self) -> Principal:
        """The caller. Raises Unauthenticated."""
        if self.viewer is None:
            raise Unauthenticated("Not logged in")
        return self.viewer

    def person(self) -> Principal:
        """The caller, in a session of their own. Raises Unauthenticated, NotForTools or NotForApiKeys."""
        viewer = self.signed_in()
        require_person(viewer)
        return viewer

    async def buckets(self, *, everything: bool = False) -> list[Bucket]:
        """Buckets that the caller sees, or all with `everything`, for administrators."""
        if everything not in self._buckets:
            self._buckets[everything] = asyncio.ensure_future(self._read_buckets(everything=everything))
        return await self._buckets[everything]

    async def configurable_buckets(self) -> list[Bucket]:
        """All buckets for administrators; for others those that they see."""
        return await self.buckets(everything=self.viewer is not None and self.viewer.is_admin)

    async def seen_buckets(self) -> list[str]:
        """Names of the buckets that have packages for the caller."""
        return [bucket.name for bucket in await self.buckets()]

    async def readable_buckets(self) -> list[str]:
        """Names of the buckets that the caller's role reads as a whole."""
        return [bucket.name for bucket in await self.buckets() if bucket.level]

    @property
    def visibility(self) -> Visibility:
        """Raises Unauthenticated."""
        return self.services.packages.rules.of(self.signed_in())

    def packages(self) -> VisiblePackages:
        """Raises Unauthenticated."""
        return self.services.packages.seen_by(self.signed_in(), self.reads)

    def listings(self, bucket: str) -> ListingStore:
        """Listings of the packages of a bucket that the caller sees. Raises Unauthenticated."""
        return ListingStore(self.reads, self.visibility.seen_in(bucket))

    def revisions(self, offset: int, limit: int) -> Loader[Key, list[RevisionRecord]]:
        """Loader of one page of pushes, by package."""
        if (offset, limit) not in self._revisions:

            async def fetch(packages: Collection[Key]) -> Mapping[Key, list[RevisionRecord]]:
                return await ListingStore(self.reads).revisions(packages, offset=offset, limit=limit)

            self._revisions[offset, limit] = Loader(fetch)
        return self._revisions[offset, limit]

    def manifest_reads(self, since: date) -> Loader[Key, dict[str, dict[date, int]]]:
        """Loader of the reads of manifests by top hash and day, by package."""
        if since not in self._manifest_reads:

            async def fetch(packages: Collection[Key]) -> Mapping[Key, dict[str, dict[date, int]]]:
                return await AccessCountReadStore(self.reads).manifest_days(packages, since)

            self._manifest_reads[since] = Loader(fetch)
        return self._manifest_reads[since]

    def spend(self, items: int) -> None:
        """Count entries of the answer. Raises TooLarge above MAX_ITEMS."""
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
        buckets = BucketReadStore(self.reads, self.services.packages.rules)
        while True:
            page = await buckets.page(self.viewer, everything=everything, after=cursor, limit=_BATCH_BUCKETS)
            found.extend(page.items)
            cursor = page.next
            if cursor is None:
                return found

    async def _read_push_times(self, revisions: Collection[RevisionKey]) -> Mapping[RevisionKey, datetime]:
        return await ListingStore(self.reads).pushed_at(list(revisions))

    async def _read_scan_times(self, buckets: Collection[str]) -> Mapping[str, datetime]:
        found = await ListingStore(self.reads).scanned_at(buckets)
        return {name: when for name, when in found.items() if when}

    async def _read_counted_since(self, buckets: Collection[str]) -> Mapping[str, date]:
        return await AccessCountReadStore(self.reads).first_days(buckets) if self.services.has_access_logs else {}

    async def _read_tables(self, buckets: Collection[str]) -> Mapping[str, list[TabulatorTable]]:
        async with self.database() as session:
            return await TabulatorStore(session).tables(list(buckets))

    async def _read_nodes(self, wanted: Collection[bytes]) -> Mapping[bytes, bytes]:
        async with self._database:
            return await self.services.packages.fetch_nodes(list(wanted))


Info = GraphQLResolveInfo[Context]
