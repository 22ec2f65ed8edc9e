"""Everything with a process lifetime. Tests build their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import httpx

from registry.services.shared_settings_check import SharedSettingsCheck
from registry.services.sign_in_options import SignInOptionsCache
from registry.services.transfers.caller_s3 import CallerS3Opener, open_caller_s3
from registry.settings import RegistrySettings
from shared.audit import AuditQueue
from shared.aws.buckets import BucketSetup, S3BucketSetup
from shared.aws.clients import open_s3
from shared.aws.object_cache import ObjectCache
from shared.aws.objects import ObjectStore, S3ObjectStore
from shared.clients.administration import Administration
from shared.clients.auth import AuthClient, UserDirectory
from shared.clients.documents import DocumentSource, PeerDocument
from shared.clients.indexer import Indexer, IndexerClient
from shared.clients.transport import open_peer
from shared.db.engine import AsyncEngine, Sessions, open_engine, ping, sessions_of
from shared.db.migrations import require_head
from shared.db.statements import Statements, open_statements
from shared.errors import Unavailable
from shared.index.diff.cache import ComparisonCache
from shared.index.trees.cache import NodeCache
from shared.object_urls import ObjectUrls, secret_of
from shared.principals import PrincipalCache
from shared.web.health import Check

PAGES_BYTES = 128 << 20
"""Of package trees, held in memory."""


def _nobody() -> None:
    """Wakes no worker: there is none."""


@dataclass(frozen=True, slots=True)
class RegistryResources:
    settings: RegistrySettings
    sessions: Sessions
    bucket_setup: BucketSetup
    indexer: Indexer
    directory: UserDirectory
    objects: ObjectStore
    """S3 with the registry's own rights."""
    administration: Administration
    open_caller_s3: CallerS3Opener
    """S3 with a caller's rights."""
    statements: Statements | None = None
    """For the hot paths; sessions do as well, but slower."""
    pages: NodeCache = field(default_factory=lambda: NodeCache(PAGES_BYTES))
    object_cache: ObjectCache = field(default_factory=ObjectCache)
    comparisons: ComparisonCache = field(default_factory=ComparisonCache)
    trail: AuditQueue | None = None
    sign_in: SignInOptionsCache = field(default_factory=SignInOptionsCache)
    wake_workers: Callable[[], None] = _nobody
    """Has this process's workers look for jobs."""
    own_checks: dict[str, Check] = field(default_factory=dict)
    peer_checks: dict[str, Check] = field(default_factory=dict)
    """Whether each other service is ready."""
    peer_documents: dict[str, DocumentSource] = field(default_factory=dict)
    """What each other service with public endpoints offers."""

    @property
    def object_urls(self) -> ObjectUrls:
        """Signs addresses that the S3 proxy believes."""
        internal = self.settings.internal.token.get_secret_value()
        return ObjectUrls(secret_of(internal), self.settings.public.s3proxy_url)


@dataclass(frozen=True, slots=True)
class OpenedResources:
    resources: RegistryResources
    principals: PrincipalCache


@asynccontextmanager
async def open_resources(settings: RegistrySettings) -> AsyncIterator[OpenedResources]:
    internal = settings.internal
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(settings.database, "registry"))
        await require_head(engine, "registry", "registry")
        s3 = await stack.enter_async_context(open_s3(settings.aws))
        auth = await stack.enter_async_context(open_peer(internal.auth_url, internal))
        indexer = await stack.enter_async_context(open_peer(internal.indexer_url, internal))
        s3proxy = await stack.enter_async_context(open_peer(internal.s3proxy_url, internal))
        directory = AuthClient(auth)
        principals = PrincipalCache(directory, issuer=settings.public.registry_url)
        trail = AuditQueue("registry", directory.add_audit_events)
        working = [asyncio.create_task(work) for work in (principals.follow(), trail.run())]
        comparisons = ComparisonCache()
        resources = RegistryResources(
            settings=settings,
            sessions=sessions_of(engine),
            statements=await stack.enter_async_context(open_statements(settings.database, "registry")),
            bucket_setup=S3BucketSetup(
                s3,
                region=settings.aws.region,
                queue_arn=settings.events.queue_arn,
                origin=settings.public.catalog_url,
            ),
            indexer=IndexerClient(indexer),
            directory=directory,
            administration=Administration(auth),
            objects=S3ObjectStore(s3),
            open_caller_s3=partial(open_caller_s3, settings.aws, internal.s3proxy_url, directory),
            comparisons=comparisons,
            trail=trail,
            own_checks={"database": _database(engine), "settings": SharedSettingsCheck(directory, settings)},
            peer_checks={"auth": ready_check(auth), "indexer": ready_check(indexer), "s3proxy": ready_check(s3proxy)},
            peer_documents={"auth": PeerDocument("auth", auth), "s3proxy": PeerDocument("s3proxy", s3proxy)},
        )
        try:
            yield OpenedResources(resources, principals)
        finally:
            await comparisons.close()
            for task in working:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


def _database(engine: AsyncEngine) -> Check:
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
            raise Unavailable(f"answers {answer.status_code}: {answer.text[:150]}")

    return check
