"""A registry for tests: real Postgres, an index that the real indexer writes from an S3 in memory, and callers."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from support.data.manifests import entry, manifest

from indexer.db.buckets import IndexedBucketStore as CoveredBuckets
from indexer.services.key_indexer import MAX_CONCURRENT_WRITES, KeyIndexer
from indexer.services.manifests import ManifestIndexer
from indexer.services.packages import PackageIndexer
from registry.db.buckets import BucketStore
from registry.settings import BucketEventSettings, CatalogSettings, RegistrySettings
from shared.db.engine import Sessions, transaction
from shared.index.trees.manifest_reader import RECORD_LIMIT
from shared.schemas.bucket import Bucket, BucketCreate
from shared.schemas.principal import Level, Principal
from shared.settings import AwsSettings, DatabaseSettings, InternalSettings, PublicSettings
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.objects import FakeObjectStore

INTERNAL = {"Authorization": "Bearer internal-token"}
FIRST_PUSH = 1_700_000_000
MAX_TRIES = 5
"""Attempts of a GraphQL query that takes too long."""

LIBRARY = "library"
"""The bucket that `stock` fills, once per session."""

CALLERS = ("anonymous", "stranger", "reader", "writer", "admin")


def settings_for(url: str, **changes: Any) -> RegistrySettings:
    return RegistrySettings(
        **{
            "profile": "development",
            "database": DatabaseSettings(url=SecretStr(url)),
            "internal": InternalSettings(token=SecretStr("internal-token")),
            "public": PublicSettings(
                catalog_url="http://catalog.test", registry_url=ISSUER, s3proxy_url="http://proxy.test"
            ),
            "aws": AwsSettings(region="eu-central-1"),
            "events": BucketEventSettings(queue_arn="arn:aws:sqs:eu-central-1:000000000000:patchwork-events"),
            "catalog": CatalogSettings(service_bucket="patchwork-service"),
            # Requests of a test share a connection, so nothing may go on using it after the answer.
            "counting_seconds": 60,
            **changes,
        }
    )


@dataclass
class RegistryWorld:
    """Prepares buckets, packages and callers. Each test has its own buckets."""

    sessions: Sessions
    """Sessions of the registry, rolled back after the test."""
    index_sessions: Sessions
    """Sessions of the indexer, which commit."""
    auth: FakeAuth
    client: httpx.AsyncClient
    objects: FakeObjectStore = field(default_factory=FakeObjectStore)
    bucket: str = field(default_factory=lambda: f"bucket-{uuid4().hex[:12]}")
    pushes: int = 0
    signed_in: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        manifests = ManifestIndexer(self.index_sessions, self.objects, record_limit=RECORD_LIMIT)
        slots = asyncio.Semaphore(MAX_CONCURRENT_WRITES)
        packages = PackageIndexer(self.index_sessions, self.objects, manifests, slots)
        self.looks = KeyIndexer(self.index_sessions, self.objects, manifests, packages, slots, markers=self.objects)

    async def registered(self, name: str | None = None, **shown: Any) -> Bucket:
        bucket = name or self.bucket
        async with transaction(self.sessions) as session:
            made = await BucketStore(session).add(PRINCIPAL, BucketCreate(name=bucket, **shown))
        await self.covered(bucket)
        return made

    async def covered(self, bucket: str) -> None:
        """Make the indexer cover the bucket, which is empty in S3."""
        self.objects.add_bucket(bucket)
        async with transaction(self.index_sessions) as session:
            await CoveredBuckets(session).add([bucket])

    def headers(self, caller: str) -> dict[str, str]:
        """Headers of one of `CALLERS`, whose rights are on the test's bucket. Signed in once per test."""
        if caller not in self.signed_in:
            self.signed_in[caller] = self._sign_in(caller)
        return self.signed_in[caller]

    def _sign_in(self, caller: str) -> dict[str, str]:
        match caller:
            case "anonymous":
                return {}
            case "stranger":
                return self.caller({"somebody-elses": Level.READ_WRITE})
            case "reader":
                return self.caller({self.bucket: Level.READ})
            case "writer":
                return self.caller({self.bucket: Level.READ_WRITE})
            case _:
                return self.caller({"*": Level.READ_WRITE}, is_admin=True)

    def caller(self, permissions: dict[str, Level], *, is_admin: bool = False) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.auth.token_for('amy', permissions, is_admin=is_admin)}"}

    async def object(
        self, key: str, body: str | bytes = "", *, bucket: str | None = None, meta: dict[str, str] | None = None
    ) -> None:
        where = bucket or self.bucket
        await self.objects.put(where, key, body.encode() if isinstance(body, str) else body, meta=meta)
        await self.look(where, key)

    async def package(
        self,
        name: str,
        *entries: dict[str, Any],
        bucket: str | None = None,
        readme: str = "",
        directories: dict[str, Any] | None = None,
        index: bool = True,
        **header: Any,
    ) -> str:
        """Push a package as clients do. Returns its top hash."""
        where = bucket or self.bucket
        if readme:
            version = await self.objects.put(where, f"{name}/README.md", readme.encode())
            at = f"s3://{where}/{name}/README.md?versionId={version}"
            size = len(readme.encode())
            entries = (*entries, entry("README.md", at=at, size=size))
        top_hash, body = manifest(*entries, directories=directories, **header)
        await self.put_manifest(where, top_hash, body)
        self.pushes += 1
        for tag in (str(FIRST_PUSH + self.pushes), "latest"):
            await self.point(name, tag, top_hash, bucket=where, index=index)
        return top_hash

    async def put_manifest(self, bucket: str, top_hash: str, body: bytes) -> None:
        await self.objects.put(bucket, f".quilt/packages/{top_hash}", body)

    async def point(self, name: str, tag: str, top_hash: str, *, bucket: str | None = None, index: bool = True) -> None:
        key = f".quilt/named_packages/{name}/{tag}"
        await self.objects.put(bucket or self.bucket, key, top_hash.encode())
        if index:
            await self.look(bucket or self.bucket, key)

    async def look(self, bucket: str, *keys: str) -> None:
        failures = await self.looks.index_keys(bucket, keys)
        assert not failures, failures

    async def get(self, path: str, caller: str = "reader", /, **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params or None, headers=self.headers(caller))

    async def graphql(self, query: str, caller: str = "reader", /, **variables: Any) -> Any:
        """Data of a GraphQL answer, which must have no errors."""
        answer = await self.ask(query, caller, **variables)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def ask(self, query: str, caller: str = "reader", /, **variables: Any) -> httpx.Response:
        """The answer. On a busy machine the first ones may be that the query took too long."""
        asked = {"query": query, "variables": variables}
        for _ in range(MAX_TRIES):
            answer = await self.client.post("/graphql", json=asked, headers=self.headers(caller))
            if answer.status_code != 503 or answer.json()["type"] != "/problems/query_too_slow":
                break
        return answer

    async def json(self, path: str, caller: str = "reader", /, **params: Any) -> Any:
        """Body of an answer, which must be 200."""
        answer = await self.get(path, caller, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def stock(world: RegistryWorld) -> None:
    """Fill the bucket with three packages and four objects."""
    await world.covered(world.bucket)
    await world.package(
        "amy/wine",
        entry("a.csv"),
        message="Harvest of the valley",
        user_meta={"source": "UCI", "vintage": {"year": 1998}},
        readme="# Riesling\nAbout the wine from the Mosel valley, with a gewürztraminer.",
    )
    await world.package("amy/beer", entry("b.csv"), message="Pilsner and others")
    await world.package("bob/fruit-flies", entry("c.csv"), message=None, user_meta=None)
    await world.object("data/Wine_list-2026.csv", "name,color\nRiesling,white\nPinot,red\n", meta={"owner": "Zoë"})
    await world.object("data/photo.JPG", b"\xff\xd8")
    await world.object("notes/beer.md", "Beer is not wine")
    await world.object("archive/old.tar.gz", b"\x1f\x8b")


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of a refusal, which must be a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: Mapping[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert body["message"] == body["detail"] != ""
    assert {"type", "title"} <= body.keys()
    return answer.status_code, str(body["message"])


@contextmanager
def recorded_queries(engine: AsyncEngine) -> Iterator[list[str]]:
    """Statements that read tables while the context is open."""
    queries: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM" in statement:
            queries.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    yield queries
    event.remove(engine.sync_engine, "before_cursor_execute", record)


PRINCIPAL = Principal(
    user_id=uuid4(),
    name="registrar",
    session_id=uuid4(),
    is_admin=True,
    role_id=None,
    role=None,
    permissions={"*": Level.READ_WRITE},
)
