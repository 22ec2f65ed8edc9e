"""Pushes carried out by a worker in the test's own process, on an S3 in memory."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import stamina
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.worlds.registry_world import RegistryWorld

from registry.services.pushes.attempt import JobWorker
from shared.db.statements import SessionStatements
from shared.errors import Unavailable
from shared.index.feed import FeedStore
from shared.index.trees.handover import receive_tree
from shared.index.trees.manifest_reader import ManifestContents, ManifestReader
from shared.quilt.keys import ManifestKey
from shared.testing.indexer import FakeIndexer

FINISHED = {"done", "failed", "cancelled"}
NO_RETRIES = stamina.AsyncRetryingCaller(attempts=1).on(Unavailable)


@dataclass
class PushWorld:
    world: RegistryWorld
    open_caller_s3: FakeCallerS3Opener
    """The callers' S3, of the worker and of the application."""
    worker: JobWorker

    @property
    def packages(self) -> str:
        return f"/api/v1/buckets/{self.world.bucket}/packages"

    async def post(self, path: str, body: Any = None, caller: str = "writer", **headers: str) -> httpx.Response:
        given = {**self.world.headers(caller), "Content-Type": "application/json", **headers}
        return await self.world.client.post(path, content=json.dumps(body), headers=given)

    async def submit(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        """The accepted job. The path is relative to the packages of the test's bucket."""
        given = headers or self.world.headers("writer")
        answer = await self.world.client.post(f"{self.packages}/{path}", json=body, headers=given)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def push(self, path: str, body: Any) -> Any:
        """The job of a push, after it has ended."""
        headers = self.world.headers("writer")
        job = await self.submit(path, body, headers)
        await self.worker.work_once()
        answer = await self.world.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)
        assert answer.status_code == 200, answer.text
        finished = answer.json()
        assert finished["state"] in FINISHED, finished
        return finished

    async def pushed(self, path: str, body: Any) -> str:
        """The top hash of a push, which must succeed."""
        job = await self.push(path, body)
        assert job["state"] == "done", job["problem"]
        return str(job["result"]["top_hash"])

    async def entries(self, name: str, revision: str = "latest", path: str = "") -> dict[str, Any]:
        """All files of a revision by logical key."""
        where = f"{self.packages}/{name}/revisions/{revision}/entries"
        found: dict[str, Any] = {}
        for item in (await self.world.json(where, path=path))["items"]:
            if item["type"] == "directory":
                found |= await self.entries(name, revision, item["path"])
            else:
                found[item["path"]] = item
        return found

    async def feed_position(self) -> int:
        """Position of the last change in the index."""
        return (await FeedStore(SessionStatements(self.world.sessions)).head()).position

    async def pointers(self, name: str, bucket: str | None = None) -> dict[str, str]:
        """Top hashes that the package's pointers in S3 name, by tag."""
        prefix = f".quilt/named_packages/{name}/"
        where = bucket or self.world.bucket
        found: dict[str, str] = {}
        async for page in self.world.objects.list(where, prefix=prefix):
            for each in page:
                got = await self.world.objects.get(where, each.key, limit=100)
                if got:
                    found[each.key.removeprefix(prefix)] = got[1].decode()
        return found


async def contents_of(world: RegistryWorld, bucket: str, top_hash: str) -> ManifestContents:
    """The contents that reading a manifest gives."""
    got = await world.objects.get(bucket, ManifestKey(top_hash).key, limit=1 << 30)
    assert got
    reader = ManifestReader()
    reader.feed(got[1])
    for _ in reader.finish():
        pass
    return reader.contents


def push_world_of(world: RegistryWorld, indexer: FakeIndexer, open_caller_s3: FakeCallerS3Opener) -> PushWorld:
    """The indexer indexes at once what it is asked to index. Trees that pushes hand over must be what reading the manifest gives."""

    async def on_manifest(bucket: str, top_hash: str) -> None:
        await world.looks.index_manifest(bucket, top_hash)

    async def on_tree(body: AsyncIterator[bytes]) -> None:
        received = await receive_tree(body)
        handover = received.handover
        await world.looks.index_manifest(handover.bucket, handover.top_hash, received=received)
        assert handover.contents == await contents_of(world, handover.bucket, handover.top_hash)

    async def on_keys(bucket: str, keys: Sequence[str]) -> None:
        await world.look(bucket, *keys)

    indexer.on_manifest, indexer.on_tree, indexer.on_keys = on_manifest, on_tree, on_keys
    worker = JobWorker(
        "test", world.sessions, indexer, open_caller_s3, beat_seconds=0.05, retries=NO_RETRIES, max_memory_kib=1 << 40
    )
    return PushWorld(world, open_caller_s3, worker)
