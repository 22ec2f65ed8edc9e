"""Everything that lives as long as the process. Tests build their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial

import httpx

from registry.db.access import VisibilityRules
from registry.db.connections import plan_databases
from registry.db.reading import RevisionReadStore
from registry.db.search_records import SearchRecordStore
from registry.search_engine.schema import FORMAT
from registry.search_engine.searching import EngineSearch, SearchIndex
from registry.services.archives.cache import ArchiveCache
from registry.services.archives.service import ArchiveService
from registry.services.config.instance_theme import StoredThemeCache
from registry.services.config.sign_in_options import SignInOptionsCache
from registry.services.packages.bucket_totals import BucketTotalsCache
from registry.services.packages.insights import BucketGrowthCache
from registry.services.packages.reader import PackageReader
from registry.services.packages.uses import PackageUses
from registry.services.queries.downloads import ResultSandbox, open_result_sandbox
from registry.services.queries.results import StoredResults
from registry.services.shared_settings_check import SharedSettingsCheck
from registry.services.transfers.caller_s3 import CallerS3Opener, open_caller_s3
from registry.settings import RegistrySettings
from shared.audit import AuditQueue
from shared.aws.buckets import BucketSetup, S3BucketSetup
from shared.aws.clients import open_cloudtrail, open_s3
from shared.aws.object_cache import ObjectCache
from shared.aws.objects import ObjectStore, open_objects
from shared.aws.trails import CloudTrail
from shared.clients.administration import Administration
from shared.clients.auth import AuthClient, UserDirectory
from shared.clients.documents import DocumentSource, PeerDocument
from shared.clients.indexer import Indexer, IndexerClient
from shared.clients.transport import open_peer
from shared.db.engine import AsyncEngine, AsyncSession, Sessions, open_engine, ping, sessions_of
from shared.db.heads import require_head
from shared.db.statements import SessionStatements, Statements, open_statements
from shared.errors import Unavailable
from shared.index.diff.cache import ComparisonCache
from shared.index.search.results import SearchBackend
from shared.index.search.store import SearchStore
from shared.index.trees.cache import NodeCache
from shared.object_urls import ObjectUrls, secret_of
from shared.principals import PrincipalCache
from shared.runtime import supervised
from shared.signers import SignerCache
from shared.web.health import Check

MAX_NODE_CACHE_BYTES = 128 << 20
"""Memory for nodes of package trees."""


def _wake_nobody() -> None:
    """For processes without workers."""


@dataclass(frozen=True, slots=True)
class Caches:
    nodes: NodeCache = field(default_factory=lambda: NodeCache(MAX_NODE_CACHE_BYTES))
    """Nodes of package trees."""
    objects: ObjectCache = field(default_factory=ObjectCache)
    """Objects of S3: workflow configurations and their schemas."""
    archives: ArchiveCache = field(default_factory=ArchiveCache)
    comparisons: ComparisonCache = field(default_factory=ComparisonCache)
    sign_in: SignInOptionsCache = field(default_factory=SignInOptionsCache)
    bucket_totals: BucketTotalsCache = field(default_factory=BucketTotalsCache)
    growth: BucketGrowthCache = field(default_factory=BucketGrowthCache)
    theme: StoredThemeCache = field(default_factory=StoredThemeCache)


@dataclass(frozen=True)
class RegistryResources:
    """Without slots, for `reads` and `packages`: they are made once from the other fields, and again for a copy with other fields."""

    settings: RegistrySettings
    sessions: Sessions
    bucket_setup: BucketSetup
    indexer: Indexer
    directory: UserDirectory
    objects: ObjectStore
    """S3 with the registry's own rights."""
    administration: Administration
    open_caller_s3: CallerS3Opener
    """Opens S3 with a caller's rights."""
    signers: SignerCache | None = None
    """Owners of S3 credentials; without it `auth` is asked each time."""
    statements: Statements | None = None
    """Connections for reads; without them they use sessions, which are slower."""
    caches: Caches = field(default_factory=Caches)
    search: SearchIndex | None = None
    """The search engine; without one Postgres answers searches."""
    uses: PackageUses = field(default_factory=PackageUses)
    """Counts what is done with packages."""
    trail: AuditQueue | None = None
    wake_workers: Callable[[], None] = _wake_nobody
    """Makes this process's workers look for jobs."""
    wake_query_workers: Callable[[], None] = _wake_nobody
    """Makes this process's workers look for queries."""
    shared_result_sandbox: ResultSandbox | None = None
    """The sandbox for results of queries, which ends with the process."""
    own_checks: dict[str, Check] = field(default_factory=dict)
    peer_checks: dict[str, Check] = field(default_factory=dict)
    """Readiness of the other services, by name."""
    peer_documents: dict[str, DocumentSource] = field(default_factory=dict)
    """OpenAPI documents of the other services that have public endpoints, by name."""

    @cached_property
    def reads(self) -> Statements:
        """The one through which requests read Postgres outside of transactions."""
        return self.statements or SessionStatements(self.sessions)

    @cached_property
    def packages(self) -> PackageReader:
        """The one through which routes, GraphQL and searches read packages."""
        return PackageReader(
            RevisionReadStore(self.reads),
            self.caches.nodes,
            self.indexer,
            VisibilityRules(self.settings.quilt2),
        )

    @property
    def archives(self) -> ArchiveService:
        return ArchiveService(self.packages, self.sessions, self.indexer, self.caches.archives)

    @property
    def results(self) -> StoredResults | None:
        """Results of queries; None without a bucket for them."""
        bucket = self.settings.result_bucket
        return StoredResults(self.objects, bucket) if bucket else None

    @cached_property
    def result_sandbox(self) -> ResultSandbox:
        return self.shared_result_sandbox or ResultSandbox(self.settings.queries)

    def search_backend(self, session: AsyncSession) -> SearchBackend:
        """The backend for the searches of one request."""
        if self.search is None:
            return SearchStore(session, seconds=self.settings.search_seconds)
        records = SearchRecordStore(self.reads)
        return EngineSearch(self.search, records, seconds=self.settings.search_seconds)

    @cached_property
    def object_urls(self) -> ObjectUrls:
        """Signer of addresses that the S3 proxy accepts."""
        internal = self.settings.internal
        token = internal.s3proxy_token or internal.token
        return ObjectUrls(secret_of(token.get_secret_value()), self.settings.public.s3proxy_url)


@dataclass(frozen=True, slots=True)
class OpenedResources:
    resources: RegistryResources
    principals: PrincipalCache


@asynccontextmanager
async def open_resources(settings: RegistrySettings) -> AsyncIterator[OpenedResources]:
    internal = settings.internal
    async with AsyncExitStack() as stack:
        database, _ = await plan_databases(settings)
        engine = await stack.enter_async_context(open_engine(database, "registry"))
        await require_head(engine, "registry", "registry")
        s3 = await stack.enter_async_context(open_s3(settings.aws))
        auth = await stack.enter_async_context(open_peer(internal.auth_url, internal))
        indexer = await stack.enter_async_context(
            open_peer(internal.indexer_url, internal, token=internal.indexer_token)
        )
        s3proxy = await stack.enter_async_context(
            open_peer(internal.s3proxy_url, internal, token=internal.s3proxy_token)
        )
        directory = AuthClient(auth)
        principals = PrincipalCache(directory, issuer=settings.public.registry_url)
        trail = AuditQueue("registry", directory.add_audit_events)
        signers = SignerCache(directory, note_use=principals.note_use)
        await stack.enter_async_context(supervised(principals.follow, signers.follow, trail.run))
        caches = Caches()
        stack.push_async_callback(caches.comparisons.close)
        object_trail = None
        if settings.events.trail_arn:
            object_trail = CloudTrail(
                await stack.enter_async_context(open_cloudtrail(settings.aws)), settings.events.trail_arn
            )
        search = None
        if settings.search.backend == "engine":
            search = SearchIndex(settings.search.directory / FORMAT)
            stack.callback(search.close)
        resources = RegistryResources(
            settings=settings,
            sessions=sessions_of(engine),
            signers=signers,
            statements=await stack.enter_async_context(open_statements(database, "registry")),
            bucket_setup=S3BucketSetup(
                s3,
                region=settings.aws.region,
                queue_arn=settings.events.queue_arn,
                origin=settings.public.catalog_url,
                trail=object_trail,
            ),
            indexer=IndexerClient(indexer),
            directory=directory,
            administration=Administration(auth),
            objects=await stack.enter_async_context(open_objects(s3, settings.aws)),
            open_caller_s3=partial(open_caller_s3, settings.aws, internal.s3proxy_url, directory),
            caches=caches,
            search=search,
            shared_result_sandbox=await stack.enter_async_context(open_result_sandbox(settings.queries)),
            trail=trail,
            own_checks={"database": database_check(engine), "settings": SharedSettingsCheck(directory, settings)},
            peer_checks={"auth": ready_check(auth), "indexer": ready_check(indexer), "s3proxy": ready_check(s3proxy)},
            peer_documents={"auth": PeerDocument("auth", auth), "s3proxy": PeerDocument("s3proxy", s3proxy)},
        )
        stack.push_async_callback(caches.growth.close)
        await stack.enter_async_context(supervised(partial(resources.uses.run, resources.sessions)))
        yield OpenedResources(resources, principals)


def database_check(engine: AsyncEngine) -> Check:
    async def check() -> None:
        await ping(engine)

    return check


def ready_check(peer: httpx.AsyncClient) -> Check:
    async def check() -> None:
        try:
            answer = await peer.get("/health/ready")
        except httpx.HTTPError as error:
            raise Unavailable(f"does not answer ({type(error).__name__})") from error
        if answer.status_code != 200:
            raise Unavailable(f"answers {answer.status_code}: {answer.text[:600]}")

    return check
