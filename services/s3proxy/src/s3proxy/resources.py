"""Everything that lives as long as the process. Tests make their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from s3proxy.clients.buckets import BucketList
from s3proxy.services.archives.listings import FolderListings
from s3proxy.services.archives.service import ArchiveSender
from s3proxy.services.bearers import BearerCache
from s3proxy.services.bodies import Traffic
from s3proxy.services.browsing import BrowsingSessions
from s3proxy.services.callers import S3Callers
from s3proxy.services.packages.addresses import GatewayHost
from s3proxy.services.packages.callers import GatewayCallers
from s3proxy.services.packages.listings import GatewayListings
from s3proxy.services.packages.locations import GatewayLocations
from s3proxy.services.packages.objects import GatewayObjects
from s3proxy.services.packages.pages import PageCache
from s3proxy.services.packages.service import PackageGateway
from s3proxy.services.previews.cache import PreviewCache
from s3proxy.services.previews.objects import ObjectRequests
from s3proxy.services.previews.presigned import PresignedObjects
from s3proxy.services.previews.service import PreviewService
from s3proxy.services.previews.stored_answers import StoredAnswers
from s3proxy.services.resigning import MintedRequestSigner
from s3proxy.services.rights import ReadRights
from s3proxy.services.signed_objects import SignedObjects
from s3proxy.settings import S3ProxySettings
from shared.audit import AuditQueue
from shared.aws.clients import trace_configs
from shared.aws.process_credentials import ChainedKeys, Keys
from shared.clients.auth import AuthClient, TicketAuthority
from shared.clients.package_gateway import PackageGatewayClient, PackageGatewaySource
from shared.clients.registry import Registry, RegistryClient
from shared.clients.transport import open_peer
from shared.object_urls import ObjectUrls, secret_of
from shared.runtime import supervised
from shared.sandbox.pool import SandboxPool
from shared.signers import CredentialLedger, SignerCache


class Authority(CredentialLedger, TicketAuthority, Protocol):
    """The part of `auth` that the S3 proxy needs."""


_KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the 5 s after which some servers close idle connections, so that no upload goes into a closing connection."""

_READ_BUFFER = 1 << 18
MAX_PAGE_CACHE_BYTES = 64 << 20
"""Memory for pages of files at the package gateway."""


@dataclass(frozen=True, slots=True)
class S3ProxyResources:
    store: aiohttp.ClientSession
    endpoint: str | None
    registry: Registry
    buckets: BucketList
    signers: SignerCache
    callers: S3Callers
    minted: MintedRequestSigner
    signed_objects: SignedObjects
    bearers: BearerCache
    browsing: BrowsingSessions
    requests: ObjectRequests
    pool: SandboxPool
    previews: PreviewService
    presigned: PresignedObjects
    rights: ReadRights
    archives: ArchiveSender
    listings: FolderListings
    gateway: PackageGateway
    service_bucket: str
    idle_seconds: float
    trail: AuditQueue | None = None
    traffic: Traffic = field(default_factory=Traffic)

    async def check_store(self) -> None:
        """Raise unless the configured object store answers. S3 of AWS itself is not checked."""
        if self.endpoint:
            async with self.store.head(self.endpoint):
                pass


def open_store(settings: S3ProxySettings, connector: aiohttp.TCPConnector | None = None) -> aiohttp.ClientSession:
    """A client that adds nothing to a request and takes nothing from an answer."""
    return aiohttp.ClientSession(
        connector=connector or aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS),
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=settings.connect_seconds, sock_read=settings.idle_seconds
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        auto_decompress=False,
        read_bufsize=_READ_BUFFER,
        trace_configs=trace_configs(),
        max_line_size=1 << 16,
        max_field_size=1 << 16,
    )


@asynccontextmanager
async def open_resources(
    settings: S3ProxySettings,
    registry: Registry | None = None,
    authority: Authority | None = None,
    packages: PackageGatewaySource | None = None,
) -> AsyncIterator[S3ProxyResources]:
    internal = settings.internal
    async with AsyncExitStack() as stack:
        if registry is None or packages is None:
            http = await stack.enter_async_context(open_peer(internal.registry_url, internal))
            registry, packages = registry or RegistryClient(http), packages or PackageGatewayClient(http)
        trail = None
        if authority is None:
            authority = auth = AuthClient(await stack.enter_async_context(open_peer(internal.auth_url, internal)))
            trail = AuditQueue("s3proxy", auth.add_audit_events)
            await stack.enter_async_context(supervised(trail.run))
        buckets = BucketList(
            registry,
            refresh_seconds=settings.refresh_seconds,
            miss_seconds=settings.miss_seconds,
            service_bucket=settings.service_bucket,
        )
        signers = SignerCache(authority)
        callers = S3Callers(signers)
        known = [secret_of(each.get_secret_value()) for each in internal.accepted]
        store = await stack.enter_async_context(open_store(settings))
        process_keys = ChainedKeys(settings.aws)
        bearers = BearerCache(authority)
        requests = ObjectRequests(store, settings.aws)
        pool = await stack.enter_async_context(SandboxPool(settings.sandbox))
        stored = StoredAnswers(requests, settings.service_bucket, process_keys) if settings.service_bucket else None
        own_keys = None if settings.sts else _own_keys(settings)
        rights = ReadRights(buckets=buckets, bearers=bearers, own_keys=own_keys, service_bucket=settings.service_bucket)
        previews = PreviewService(
            requests=requests,
            rights=rights,
            registry=registry,
            pool=pool,
            cache=PreviewCache(settings.preview_cache_bytes, stored),
        )
        presigned = PresignedObjects(
            requests=requests,
            buckets=buckets,
            signers=signers,
            callers=callers,
            endpoint=settings.endpoint,
            own_keys=own_keys,
            service_bucket=settings.service_bucket,
        )
        archives = ArchiveSender(
            store=store,
            requests=requests,
            registry=registry,
            bearers=bearers,
            rights=rights,
            read_ahead_bytes=settings.read_ahead_bytes,
            max_archives=settings.max_archives,
        )
        await stack.enter_async_context(supervised(buckets.follow))
        await stack.enter_async_context(supervised(signers.follow, bearers.follow))
        yield S3ProxyResources(
            store=store,
            endpoint=settings.endpoint,
            registry=registry,
            buckets=buckets,
            signers=signers,
            callers=callers,
            minted=MintedRequestSigner(callers, buckets, settings.endpoint, settings.aws, has_sts=settings.sts),
            signed_objects=SignedObjects(ObjectUrls(known[0], others=tuple(known[1:])), settings.aws, process_keys),
            bearers=bearers,
            browsing=BrowsingSessions(registry, bearers),
            requests=requests,
            pool=pool,
            previews=previews,
            presigned=presigned,
            rights=rights,
            archives=archives,
            listings=FolderListings(store, settings.aws),
            gateway=make_gateway(settings, signers, packages, requests, rights),
            service_bucket=settings.service_bucket,
            idle_seconds=settings.idle_seconds,
            trail=trail,
        )


def make_gateway(
    settings: S3ProxySettings,
    signers: SignerCache,
    source: PackageGatewaySource,
    requests: ObjectRequests,
    rights: ReadRights,
) -> PackageGateway:
    region = settings.aws.region
    return PackageGateway(
        host=GatewayHost(settings.packages_host),
        callers=GatewayCallers(signers, region),
        locations=GatewayLocations(source, PageCache(MAX_PAGE_CACHE_BYTES)),
        objects=GatewayObjects(requests, rights),
        listings=GatewayListings(source, region),
        source=source,
        region=region,
    )


def _own_keys(settings: S3ProxySettings) -> Keys | None:
    """The credentials of the settings, which a store without STS needs."""
    secret = settings.aws.secret_access_key
    if settings.aws.access_key_id is None or secret is None:
        return None
    return Keys(settings.aws.access_key_id, secret.get_secret_value())
