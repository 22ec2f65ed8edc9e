"""The package gateway on a port, in front of a registry with a real index and of the emulator's buckets."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from pydantic import SecretStr
from support.data.manifests import entry
from support.data.signing import Key
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.worlds.proxy_world import settings_for as proxy_settings
from support.worlds.registry_world import INTERNAL, RegistryWorld
from support.worlds.registry_world import settings_for as registry_settings
from support.worlds.servers import Aws, Databases, client

from registry.main import create_app as create_registry
from registry.main import install_resources
from registry.resources import RegistryResources
from registry.settings import Quilt2Settings
from s3proxy.main import create_app as create_proxy
from s3proxy.resources import S3ProxyResources, open_resources
from shared.clients.administration import Administration
from shared.clients.package_gateway import PackageGatewayClient
from shared.clients.registry import RegistryClient
from shared.db.engine import open_engine, sessions_of
from shared.principals import PrincipalCache
from shared.schemas.principal import Level
from shared.settings import AwsSettings, DatabaseSettings
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.buckets import FakeBucketSetup
from shared.testing.indexer import FakeIndexer
from shared.testing.objects import FakeObjectStore
from shared.testing.servers import serve, until

REGION = "us-east-1"
LATEST = "latest"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class PackagesWorld:
    aws: Aws
    auth: FakeAuth
    registry: RegistryWorld
    resources: S3ProxyResources
    port: int
    bucket: str
    other: str
    """A second registered bucket."""
    shared: str
    """The bucket of Quilt 2, whose packages have readers of their own."""
    keys: dict[str, Key] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Paths of the proxy's questions to the registry."""

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def key(self, caller: str = "reader", permissions: Mapping[str, Level] | None = None) -> Key:
        """An S3 credential: of `reader`, who may read the first bucket, or of others with these permissions. Made once."""
        if caller not in self.keys:
            rights = dict(permissions) if permissions is not None else {self.bucket: Level.READ}
            self.tokens[caller] = self.auth.token_for(caller, rights)
            key = Key(f"ASIA{uuid4().hex[:16].upper()}", uuid4().hex, None)
            self.auth.vend(self.tokens[caller], key.access_key_id, key.secret)
            self.keys[caller] = key
        return self.keys[caller]

    def client(self, key: Key | None = None) -> Any:
        """A context manager for aioboto3's client of the gateway, for the reader unless `key` is another's."""
        used = key or self.key()
        return client("s3", self.url, used.access_key_id, used.secret, used.token)

    async def push(self, package: str, files: Mapping[str, bytes], *, bucket: str | None = None, **more: Any) -> str:
        """Store files below the package's name, and push them. Returns the top hash. `more`: `meta` by path, and a header."""
        where = bucket or self.bucket
        metas: Mapping[str, Any] = more.pop("meta", {})
        entries = []
        for path, content in files.items():
            at = await self.put(where, f"{package}/{path}", content)
            made = entry(path, at=at, size=len(content), meta=metas.get(path))
            entries.append(made | {"hash": {"type": "SHA256", "value": sha256(content)}})
        return await self.registry.package(package, *entries, bucket=where, **more)

    async def link(
        self,
        package: str,
        files: Mapping[str, tuple[str, bytes]],
        *,
        bucket: str | None = None,
        hashes: Mapping[str, Mapping[str, str]] | None = None,
    ) -> str:
        """Push a package of objects that are stored already: physical keys and contents by path. Returns the top hash."""
        known = hashes or {}
        entries = [
            entry(path, at=at, size=len(content))
            | {"hash": known.get(path, {"type": "SHA256", "value": sha256(content)})}
            for path, (at, content) in files.items()
        ]
        ordered = sorted(entries, key=lambda each: each["logical_key"].split("/"))
        return await self.registry.package(package, *ordered, bucket=bucket or self.bucket)

    async def put(self, bucket: str, key: str, content: bytes, **more: Any) -> str:
        """The physical key of a new object."""
        async with self.aws.root("s3") as s3:
            made = await s3.put_object(Bucket=bucket, Key=key, Body=content, **more)
        version = f"?versionId={made['VersionId']}" if made.get("VersionId", "null") != "null" else ""
        return f"s3://{bucket}/{quote(key)}{version}"

    async def has_followed(self) -> None:
        """Wait until the proxy has read all revocations."""
        await until(lambda: self.resources.signers.seq == self.auth.head == self.resources.bearers.seq)

    async def get(self, path: str, key: Key | None = None, *, method: str = "GET", **headers: str) -> httpx.Response:
        """A request that is signed for exactly this path, with the query. `headers` have underscores, and are signed."""
        return await self.get_with(path, headers, key, method=method)

    async def get_with(
        self, path: str, headers: Mapping[str, str], key: Key | None = None, *, method: str = "GET"
    ) -> httpx.Response:
        url = self.url + path
        also = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = (key or self.key()).headers(method, url, also=also)
        return await self.send(path, signed, method=method)

    async def send(self, path: str, headers: Mapping[str, str], *, method: str = "GET") -> httpx.Response:
        """A request with these headers alone, and a path that no library changes."""
        async with httpx.AsyncClient(verify=False) as sender:  # noqa: S501 – there is no TLS
            sent = {"Host": self.host} | dict(headers)
            return await sender.request(method, self.url, headers=sent, extensions={"target": path.encode()})


@asynccontextmanager
async def opened(aws: Aws, database: Databases, auth: FakeAuth) -> AsyncIterator[PackagesWorld]:
    bucket, other, shared = (f"{name}-{uuid4().hex[:8]}" for name in ("lab", "others", "shared"))
    secret = aws.settings.secret_access_key
    auth.s3_keys = (str(aws.settings.access_key_id), secret.get_secret_value() if secret else "", "")
    async with AsyncExitStack() as stack:
        async with aws.root("s3") as s3:
            for name in (bucket, other, shared):
                await s3.create_bucket(Bucket=name)
                await s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        registry_engine = await stack.enter_async_context(open_engine(_database(database.registry), "tests"))
        index_engine = await stack.enter_async_context(open_engine(_database(database.indexer), "tests"))
        sessions, index_sessions = sessions_of(registry_engine), sessions_of(index_engine)
        settings = registry_settings(
            database.registry, aws=AwsSettings(region=REGION), quilt2=Quilt2Settings(bucket=shared)
        )
        objects = FakeObjectStore()
        registry_app = create_registry(settings)
        nobody = httpx.AsyncClient(base_url="http://auth.test")
        resources = RegistryResources(
            settings,
            sessions,
            FakeBucketSetup(),
            FakeIndexer(),
            auth,
            objects,
            administration=Administration(nobody),
            open_caller_s3=FakeCallerS3Opener(objects),
        )
        install_resources(registry_app, resources, PrincipalCache(auth, issuer=ISSUER))
        asked: list[str] = []

        async def note(request: httpx.Request) -> None:
            asked.append(request.url.path)

        http = await stack.enter_async_context(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(registry_app),
                base_url="http://registry.test",
                headers=INTERNAL,
                event_hooks={"request": [note]},
            )
        )
        world = RegistryWorld(sessions, index_sessions, auth, http, objects, bucket=bucket)
        for name in (bucket, other, shared):
            await world.registered(name)
        proxy_app = create_proxy(proxy_settings(None))
        port = await stack.enter_async_context(serve(proxy_app))
        proxy = proxy_settings(None, packages_host=f"localhost:{port}").model_copy(update={"aws": aws.settings})
        opened_proxy = await stack.enter_async_context(
            open_resources(proxy, RegistryClient(http), auth, PackageGatewayClient(http))
        )
        proxy_app.state.resources = opened_proxy
        await until(lambda: opened_proxy.buckets.known)
        await until(lambda: opened_proxy.signers.seq is not None and opened_proxy.bearers.seq is not None)
        yield PackagesWorld(aws, auth, world, opened_proxy, port, bucket, other, shared, asked=asked)


def _database(url: str) -> DatabaseSettings:
    return DatabaseSettings(url=SecretStr(url))
