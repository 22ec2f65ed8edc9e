"""The whole service, on the real queue and the real S3 of the one-machine runtime."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text as sql
from support.data.manifests import entry, manifest
from support.worlds.servers import Aws, Databases

from indexer.main import create_app
from indexer.services.reconcile import MAX_KEYS_TO_READ
from indexer.settings import EventQueueSettings, IndexerSettings
from shared.aws.buckets import S3BucketSetup
from shared.aws.clients import open_s3, open_sqs
from shared.aws.objects import ObjectStore, S3ObjectStore
from shared.db.engine import Sessions, transaction
from shared.index.store import IndexStore
from shared.index.tables import ManifestState
from shared.settings import DatabaseSettings, InternalSettings
from shared.testing.servers import serve

INTERNAL: dict[str, str] = {"Authorization": "Bearer internal"}


@dataclass
class Running:
    app: FastAPI
    http: httpx.AsyncClient
    s3: ObjectStore
    raw: Any
    """The client of boto."""
    bucket: str
    sessions: Sessions

    async def eventually(self, top_hash: str, state: ManifestState) -> None:
        async with asyncio.timeout(30):
            while True:
                async with transaction(self.sessions) as session:
                    found = await IndexStore(session).manifest(self.bucket, top_hash)
                if found and found.state is state:
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def running(sessions: Sessions, database: Databases, aws: Aws) -> AsyncIterator[Running]:
    bucket = f"indexed-{uuid4().hex[:8]}"
    registry = FastAPI()

    @registry.get("/internal/buckets")
    async def buckets() -> dict[str, Any]:
        return {"buckets": [{"name": bucket, "region": "us-east-1"}]}

    async with open_s3(aws.settings) as s3, open_sqs(aws.settings) as sqs, serve(registry) as port:
        url = (await sqs.create_queue(QueueName=bucket))["QueueUrl"]
        arn = (await sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]))["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        await S3BucketSetup(s3, region="us-east-1", queue_arn=arn, origin="http://x").ensure(bucket)
        settings = IndexerSettings(
            profile="development",
            internal=InternalSettings(token=SecretStr("internal"), registry_url=f"http://127.0.0.1:{port}"),
            database=DatabaseSettings(url=SecretStr(database.indexer)),
            aws=aws.settings,
            events=EventQueueSettings(queue_url=url),
        )
        app = create_app(settings)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://indexer.test", headers=INTERNAL) as http,
        ):
            yield Running(app, http, S3ObjectStore(s3), s3, bucket, sessions)
        await sqs.delete_queue(QueueUrl=url)


async def test_a_push_is_indexed_and_the_status_of_its_bucket_counts_it(running: Running) -> None:
    top_hash, text = manifest(*(entry(f"{number:03}") for number in range(200)), message="real")
    await asyncio.gather(*(running.s3.put(running.bucket, f"a/b/{number:03}.csv", b"x,y") for number in range(200)))
    await running.s3.put(running.bucket, f".quilt/packages/{top_hash}", text)
    for tag in ("1785312000", "latest"):
        await running.s3.put(running.bucket, f".quilt/named_packages/a/b/{tag}", top_hash.encode())
    await running.eventually(top_hash, ManifestState.READY)
    async with asyncio.timeout(30):
        while True:
            status = (await running.http.get(f"/internal/buckets/{running.bucket}")).json()
            if (status["objects"], status["packages"]) == (200, 1):
                break
            await asyncio.sleep(0.05)
    assert status["manifests"] == 1
    ready = await running.http.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "s3": "ok", "queue": "ok"})


async def test_a_bucket_that_no_event_told_of_is_indexed_from_its_listing(running: Running) -> None:
    text = gzip.compress(b"a,b\n3,zqgzword\n")
    keys = [f"many/{number:03}.png" for number in range(MAX_KEYS_TO_READ + 20)]
    await asyncio.gather(*(running.s3.put(running.bucket, key, b"x", meta={"batch": "red"}) for key in keys))
    await running.raw.put_object(Bucket=running.bucket, Key="many/e.csv", Body=text, ContentEncoding="gzip")

    async def status() -> dict[str, Any]:
        found: dict[str, Any] = (await running.http.get(f"/internal/buckets/{running.bucket}")).json()
        return found

    async def until(objects: int) -> None:
        async with asyncio.timeout(30):
            while True:
                found = await status()
                if (found["objects"], found["scanning"], found["unread_objects"]) == (objects, False, 0):
                    return
                await asyncio.sleep(0.05)

    await until(len(keys) + 1)
    async with transaction(running.sessions) as session:
        await session.execute(sql("DELETE FROM object"))
    assert (await running.http.post(f"/internal/buckets/{running.bucket}/scan")).status_code == 202
    await until(len(keys) + 1)
    async with transaction(running.sessions) as session:
        found = await session.execute(
            sql('SELECT count(*) FILTER (WHERE meta = \'{"batch": "red"}\'), max(text), count(version_id) FROM object')
        )
        assert tuple(found.one()) == (len(keys), "a,b\n3,zqgzword\n", len(keys) + 1)
    assert (await status())["scanned_at"]


async def test_a_manifest_is_indexed_on_request(running: Running) -> None:
    top_hash, text = manifest(entry("a"))
    request = {"bucket": running.bucket, "top_hash": top_hash}
    answer = await running.http.post("/internal/manifests", json=request)
    assert (answer.status_code, answer.json()["state"]) == (200, None)
    await running.s3.put(running.bucket, f".quilt/packages/{top_hash}", text)
    answer = await running.http.post("/internal/manifests", json=request)
    assert (answer.status_code, answer.json()) == (200, {**request, "state": "ready", "problem": None})
    await running.s3.put(running.bucket, f".quilt/packages/{'b' * 64}", b"wine")
    answer = await running.http.post("/internal/manifests", json={**request, "top_hash": "b" * 64})
    assert answer.json()["state"] == "corrupt"
    assert answer.json()["problem"].startswith("line 1: ")


async def test_requests_for_unknown_buckets_and_without_the_token_are_refused(running: Running) -> None:
    async def status(method: str, path: str, body: Any = None, headers: dict[str, str] = INTERNAL) -> int:
        answer = await running.http.request(method, path, json=body, headers=headers)
        assert answer.status_code < 400 or answer.json()["message"]
        return answer.status_code

    scan = f"/internal/buckets/{running.bucket}/scan"
    wanted = {"bucket": "unknown", "top_hash": "a" * 64}
    assert await status("POST", scan) == 202
    assert await status("POST", "/internal/sweep") == 202
    assert await status("POST", "/internal/buckets/unknown/scan") == 404
    assert await status("GET", "/internal/buckets/unknown") == 404
    assert await status("POST", "/internal/manifests", wanted) == 404
    assert await status("POST", "/internal/manifests", {**wanted, "top_hash": "../../x"}) == 422
    for path in (scan, "/internal/sweep", "/internal/manifests"):
        assert await status("POST", path, wanted, {"Authorization": "Bearer wrong"}) == 403
