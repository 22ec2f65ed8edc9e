"""Everything that lives as long as the process. Tests make their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from s3proxy.clients.buckets import BucketList
from s3proxy.services.bodies import Traffic
from s3proxy.services.callers import S3Callers
from s3proxy.services.resigning import MintedRequestSigner
from s3proxy.services.signed_objects import SignedObjects
from s3proxy.settings import S3ProxySettings
from shared.audit import AuditQueue
from shared.aws.process_credentials import ChainedKeys
from shared.clients.auth import AuthClient
from shared.clients.registry import Registry, RegistryClient
from shared.clients.transport import open_peer
from shared.object_urls import ObjectUrls, secret_of
from shared.runtime import supervised
from shared.signers import CredentialLedger, SignerCache

_KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the 5 s after which some servers close idle connections, so that no upload goes into a closing connection."""

_READ_BUFFER = 1 << 18


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
        max_line_size=1 << 16,
        max_field_size=1 << 16,
    )


@asynccontextmanager
async def open_resources(
    settings: S3ProxySettings, registry: Registry | None = None, ledger: CredentialLedger | None = None
) -> AsyncIterator[S3ProxyResources]:
    internal = settings.internal
    async with AsyncExitStack() as stack:
        if registry is None:
            registry = RegistryClient(await stack.enter_async_context(open_peer(internal.registry_url, internal)))
        trail = None
        if ledger is None:
            ledger = auth = AuthClient(await stack.enter_async_context(open_peer(internal.auth_url, internal)))
            trail = AuditQueue("s3proxy", auth.add_audit_events)
            await stack.enter_async_context(supervised(trail.run))
        buckets = BucketList(
            registry,
            refresh_seconds=settings.refresh_seconds,
            miss_seconds=settings.miss_seconds,
            service_bucket=settings.service_bucket,
        )
        signers = SignerCache(ledger)
        callers = S3Callers(signers)
        known = [secret_of(each.get_secret_value()) for each in internal.accepted]
        store = await stack.enter_async_context(open_store(settings))
        await stack.enter_async_context(supervised(buckets.follow))
        await stack.enter_async_context(supervised(signers.follow))
        yield S3ProxyResources(
            store=store,
            endpoint=settings.endpoint,
            registry=registry,
            buckets=buckets,
            signers=signers,
            callers=callers,
            minted=MintedRequestSigner(callers, buckets, settings.endpoint, settings.aws, has_sts=settings.sts),
            signed_objects=SignedObjects(
                ObjectUrls(known[0], others=tuple(known[1:])), settings.aws, ChainedKeys(settings.aws)
            ),
            service_bucket=settings.service_bucket,
            idle_seconds=settings.idle_seconds,
            trail=trail,
        )
