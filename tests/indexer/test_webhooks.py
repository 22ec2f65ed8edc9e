"""Events that a store without queues sends by webhook."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from support.worlds.servers import Aws, Databases

from indexer.main import create_app
from indexer.memory_queue import MemoryQueue
from indexer.settings import EventQueueSettings, IndexerSettings
from shared.aws.buckets import S3BucketSetup
from shared.aws.clients import open_s3
from shared.aws.objects import S3ObjectStore
from shared.db.engine import Sessions
from shared.settings import DatabaseSettings, InternalSettings
from shared.testing.servers import serve

STORE = {"Authorization": "Basic " + b64encode(b"store:only events").decode()}


@dataclass
class Running:
    http: httpx.AsyncClient
    s3: S3ObjectStore
    bucket: str

    async def post_event(self, body: object, headers: dict[str, str]) -> int:
        return (await self.http.post("/internal/events", content=json.dumps(body), headers=headers)).status_code

    async def objects(self) -> int:
        status = await self.http.get(f"/internal/buckets/{self.bucket}", headers={"Authorization": "Bearer internal"})
        return int(status.json().get("objects", 0))

    async def eventually(self, objects: int) -> None:
        async with asyncio.timeout(30):
            while True:
                if await self.objects() == objects:
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def running(sessions: Sessions, database: Databases, aws: Aws) -> AsyncIterator[Running]:
    assert sessions
    bucket = f"webhook-{uuid4().hex[:8]}"
    registry = FastAPI()

    @registry.get("/internal/buckets")
    async def buckets() -> dict[str, object]:
        return {"buckets": [{"name": bucket, "region": "us-east-1"}]}

    async with open_s3(aws.settings) as s3, serve(registry) as port:
        setup = S3BucketSetup(s3, region="us-east-1", queue_arn="", origin="http://x")
        await setup.ensure(bucket)
        internal = InternalSettings(
            token=SecretStr("internal"), events_token=SecretStr("only events"), registry_url=f"http://127.0.0.1:{port}"
        )
        settings = IndexerSettings(
            profile="development",
            internal=internal,
            database=DatabaseSettings(url=SecretStr(database.indexer)),
            aws=aws.settings,
            events=EventQueueSettings(queue_url=""),
        )
        app = create_app(settings)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://indexer.test")
        async with app.router.lifespan_context(app), client as http:
            yield Running(http, S3ObjectStore(s3), bucket)
        await setup.forget(bucket)


async def test_objects_named_in_webhook_events_are_indexed(running: Running) -> None:
    await running.s3.put(running.bucket, "a b.csv", b"x,y")
    record = {
        "eventName": "s3:ObjectCreated:Put",
        "s3": {"bucket": {"name": running.bucket}, "object": {"key": "a%20b.csv"}},
    }
    assert await running.post_event({"Records": [record]}, STORE) == 202
    await running.eventually(objects=1)
    assert await running.post_event({"Service": "S3", "Event": "s3:TestEvent", "Bucket": "Test-Bucket"}, STORE) == 202
    assert await running.post_event({"Records": "none"}, STORE) == 400


async def test_unencoded_keys_in_webhook_events_are_indexed(running: Running) -> None:
    keys = ["pl+us.txt", "sub/x y+z%41.txt", "%41.txt", "bottle 3 ä%.txt"]
    for key in keys:
        await running.s3.put(running.bucket, key, b"x")
        record = {
            "eventName": "s3:ObjectCreated:Put",
            "s3": {"bucket": {"name": running.bucket}, "object": {"key": key}},
        }
        assert await running.post_event({"Records": [record]}, STORE) == 202
    await running.eventually(objects=len(keys))


async def test_webhook_events_without_the_secret_are_refused(running: Running) -> None:
    event = {"Event": "s3:TestEvent", "Bucket": "b"}
    assert await running.post_event(event, {}) == 401
    assert await running.post_event(event, {"Authorization": "Basic !"}) == 401
    assert await running.post_event(event, {"Authorization": "Basic " + b64encode(b"store:wrong").decode()}) == 403
    assert await running.post_event(event, {"Authorization": "Bearer internal"}) == 202
    status = await running.http.get(f"/internal/buckets/{running.bucket}", headers=STORE)
    assert status.status_code == 401  # the secret of webhooks is valid for events alone


async def test_messages_of_the_memory_queue_are_redelivered_until_deleted_or_received_too_often() -> None:
    queue = MemoryQueue()
    waiting = asyncio.create_task(queue.receive(wait=5))
    await asyncio.sleep(0)
    await queue.send("one")
    [message] = await waiting
    assert (message.body, message.receives, await queue.depth()) == ("one", 1, 0)
    await queue.extend([message], 0)
    [again] = await queue.receive(wait=5)
    assert (again.id, again.receives) == (message.id, 2)
    await queue.delete([again])
    assert await queue.receive(wait=0.01) == []

    await queue.send("poison")
    for _ in range(5):
        taken = await queue.receive(wait=5)
        await queue.extend(taken, 0)
    assert await queue.receive(wait=0.05) == []
