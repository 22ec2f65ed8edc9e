"""An indexer for one test."""

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import quote_plus

from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.servers import Databases

from indexer.main import make_worker
from indexer.resources import IndexerResources
from indexer.settings import EventQueueSettings, IndexerSettings
from indexer.worker import IndexWorker
from shared.clients.auth import PushAuthority
from shared.db.engine import Sessions, transaction
from shared.index.records import ManifestRecord, PackageRecord, RevisionRecord
from shared.index.store import IndexStore
from shared.sandbox.pool import SandboxPool
from shared.settings import DatabaseSettings, InternalSettings
from shared.testing.objects import FakeObjectStore
from shared.testing.queues import FakeQueue
from shared.testing.registry import FakeRegistry

BUCKET = "wine"


def settings_for(database: Databases, **changes: float) -> IndexerSettings:
    return IndexerSettings(
        profile="development",
        internal=InternalSettings(token=SecretStr("t"), registry_url="http://registry.test"),
        database=DatabaseSettings(url=SecretStr(database.indexer)),
        events=EventQueueSettings(queue_url="http://queue.test"),
        **changes,  # type: ignore[arg-type]
    )


@dataclass
class IndexWorld:
    """An indexer with S3 and queue in memory, and a real database."""

    sessions: Sessions
    s3: FakeObjectStore
    queue: FakeQueue
    registry: FakeRegistry
    worker: IndexWorker

    async def put(self, key: str, body: bytes | str, *, with_event: bool = True, **meta: str) -> None:
        """Write an object, and send the event that S3 sends."""
        await self.s3.put(BUCKET, key, body.encode() if isinstance(body, str) else body, meta=meta)
        if with_event:
            await self.send_event(key)

    async def push(self, name: str, tag: str, top_hash: str, manifest: bytes, *, with_event: bool = True) -> None:
        """Write what clients write in a push: the manifest, the push's pointer, and `latest`."""
        await self.put(f".quilt/packages/{top_hash}", manifest, with_event=with_event)
        await self.point(name, tag, top_hash, with_event=with_event)
        await self.point(name, "latest", top_hash, with_event=with_event)

    async def point(self, name: str, tag: str, top_hash: str, *, with_event: bool = True) -> None:
        await self.put(f".quilt/named_packages/{name}/{tag}", top_hash, with_event=with_event)

    async def send_event(self, key: str, *, session: str = "", etag: str | None = None) -> None:
        """`session`: name of the role session that wrote the object; `etag`: that of what it wrote, else what is there now."""
        written = {"key": quote_plus(key)}
        record: dict[str, object] = {
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": BUCKET}, "object": written},
        }
        if session:
            written["eTag"] = etag or await self.etag(key)
            record["userIdentity"] = {"principalId": f"AWS:AROAEXAMPLE:{session}"}
        await self.queue.send(json.dumps({"Records": [record]}))

    async def etag(self, key: str) -> str:
        """Empty where there is no object."""
        info = await self.s3.head(BUCKET, key)
        return info.etag if info else ""

    async def work_off_queue(self) -> None:
        """Handle messages until none is left to receive."""
        if BUCKET not in await self.worker.buckets.sync_registered():
            raise AssertionError("not registered")
        while messages := await self.queue.receive(wait=0):
            await self.worker.handle(messages)

    async def index_keys(self, *keys: str) -> dict[str, Exception]:
        await self.worker.buckets.sync_registered()
        return await self.worker.key_indexer.index_keys(BUCKET, keys)

    async def reconcile(self) -> None:
        await self.worker.buckets.sync_registered()
        assert await self.worker.reconcile.reconcile_bucket(BUCKET)
        await self.worker.reading.read_all()

    async def package(self, name: str) -> PackageRecord | None:
        async with transaction(self.sessions) as session:
            return await IndexStore(session).package(BUCKET, name)

    async def revisions(self, name: str) -> list[RevisionRecord]:
        async with transaction(self.sessions) as session:
            return (await IndexStore(session).revisions(BUCKET, name, limit=100))[0]

    async def manifest(self, top_hash: str) -> ManifestRecord | None:
        async with transaction(self.sessions) as session:
            return await IndexStore(session).manifest(BUCKET, top_hash)

    async def until(self, query: str, expected: object, seconds: float = 30) -> None:
        """Wait until a query for one value gives the expected one."""
        async with asyncio.timeout(seconds):
            while await self.rows(query) != [(expected,)]:  # noqa: ASYNC110 – what is waited for has no events
                await asyncio.sleep(0.01)

    async def found(self, table: str, query: str) -> list[object]:
        """Sorted names of the objects or packages that a `tsquery` finds."""
        name = "key" if table == "object" else "name"
        sql = f"SELECT {name} FROM {table} WHERE search @@ to_tsquery('simple', :query) ORDER BY {name}"  # noqa: S608
        async with transaction(self.sessions) as session:
            return list(await session.scalars(text(sql), {"query": query}))

    async def change(self, statement: str) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(text(statement))

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with transaction(self.sessions) as session:
            return [tuple(row) for row in await session.execute(text(query))]


def open_world(  # noqa: PLR0917 – what an indexer needs
    sessions: Sessions,
    database: Databases,
    queue: FakeQueue,
    store: FakeObjectStore | None = None,
    sandbox: SandboxPool | None = None,
    authors: PushAuthority | None = None,
) -> IndexWorld:
    s3, registry = store or FakeObjectStore(BUCKET), FakeRegistry([BUCKET])
    settings = settings_for(database)
    resources = IndexerResources(settings, sessions, s3, queue, registry, {}, sandbox, markers=s3, authors=authors)
    return IndexWorld(sessions, s3, queue, registry, make_worker(resources))
