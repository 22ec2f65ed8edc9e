"""An S3 proxy that shows what objects of the emulator's buckets hold."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from fastapi import FastAPI
from support.data.signing import Key
from support.worlds.proxy_world import settings_for
from support.worlds.servers import Aws
from support.worlds.shared_routes import with_shared_routes

from s3proxy.main import create_app
from s3proxy.resources import S3ProxyResources, open_resources
from s3proxy.settings import S3ProxySettings
from shared.aws.process_credentials import Keys
from shared.schemas.principal import Level
from shared.schemas.ticket import EntryLocation
from shared.settings import SandboxSettings
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import until

SANDBOX = SandboxSettings(workers=2, spare_workers=0, required=False)


@dataclass
class PreviewsWorld:
    aws: Aws
    auth: FakeAuth
    registry: FakeRegistry
    app: FastAPI
    resources: S3ProxyResources
    client: httpx.AsyncClient
    bucket: str
    other: str
    """A second registered bucket."""
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, caller: str = "reader") -> str:
        """Token of `reader`, who may read the first bucket, of `stranger`, who may read the other one, or of `admin`. Made once."""
        if caller not in self.tokens:
            rights = {"reader": {self.bucket: Level.READ}, "stranger": {self.other: Level.READ_WRITE}}
            self.tokens[caller] = self.auth.token_for(
                caller, rights.get(caller, {"*": Level.READ_WRITE}), is_admin=caller == "admin"
            )
        return self.tokens[caller]

    def forget_callers(self) -> None:
        """Let the callers sign in again."""
        self.tokens.clear()
        self.auth.vended_for.clear()
        self.auth.reads.clear()

    async def has_followed(self) -> None:
        """Wait until the proxy has read all revocations."""
        await until(lambda: self.resources.bearers.seq == self.auth.head)

    async def put(self, key: str, content: bytes, bucket: str | None = None, **more: Any) -> str:
        """The version of the new object."""
        async with self.aws.root("s3") as s3:
            made = await s3.put_object(Bucket=bucket or self.bucket, Key=key, Body=content, **more)
        return str(made.get("VersionId", ""))

    async def keep_versions(self, bucket: str) -> None:
        async with self.aws.root("s3") as s3:
            await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    @property
    def keys(self) -> Keys:
        return Keys(self.root.access_key_id, self.root.secret)

    @property
    def root(self) -> Key:
        """Keys that may do everything in the store."""
        secret = self.aws.settings.secret_access_key
        return Key(str(self.aws.settings.access_key_id), secret.get_secret_value() if secret else "", None)

    def vend_root(self) -> None:
        """Let the reader be the owner of the keys that may do everything."""
        self.auth.vend(self.token(), self.root.access_key_id, self.root.secret)

    def address(self, key: str) -> str:
        return f"https://{self.bucket}.s3.us-east-1.amazonaws.com/{quote(key)}"

    def presigned(self, key: str) -> str:
        return self.root.presigned(self.address(key))

    def package(
        self, name: str, path: str, key: str, size: int, *, bucket: str | None = None, version: str | None = None
    ) -> None:
        """Let the registry find an object as a file of a package."""
        self.registry.entries[name, path] = EntryLocation(
            bucket=bucket or self.bucket, key=key, version_id=version, size=size, top_hash="0" * 64
        )

    async def get(
        self, operation: str, caller: str | None = "reader", /, method: str = "GET", **query: str
    ) -> httpx.Response:
        """Ask for something about an object of the first bucket, unless `query` names another one."""
        headers = {"Authorization": f"Bearer {self.token(caller)}"} if caller else {}
        return await self.client.request(
            method, f"/-/{operation}", params={"bucket": self.bucket, **query}, headers=headers
        )

    def ticket(self, operation: str, query: Mapping[str, str], caller: str = "reader") -> str:
        return self.auth.ticket_for(self.token(caller), f"/-/{operation}", query)


@asynccontextmanager
async def opened(aws: Aws, auth: FakeAuth, **changes: Any) -> AsyncIterator[PreviewsWorld]:
    bucket, other = f"previews-{uuid4().hex[:8]}", f"others-{uuid4().hex[:8]}"
    async with aws.root("s3") as s3:
        for name in (bucket, other):
            await s3.create_bucket(Bucket=name)
    secret = aws.settings.secret_access_key
    auth.s3_keys = (str(aws.settings.access_key_id), secret.get_secret_value() if secret else "", "")
    registry = FakeRegistry([bucket, other])
    settings: S3ProxySettings = settings_for(None, **{"sandbox": SANDBOX, **changes}).model_copy(
        update={"aws": aws.settings}
    )
    app = with_shared_routes(create_app(settings))
    async with open_resources(settings, registry, auth) as resources:
        app.state.resources = resources
        await until(lambda: registry.asked)
        await until(lambda: resources.bearers.seq is not None)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://proxy.test") as client:
            yield PreviewsWorld(aws, auth, registry, app, resources, client, bucket, other)
