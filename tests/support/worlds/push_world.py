"""Pushes done by a worker in the test's own process, on an S3 in memory."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from support.fakes.caller_s3 import FakeHandsOf
from support.worlds.registry_world import Shelf

from registry.services.pushes.attempt import Worker
from shared.testing.indexer import FakeIndexer

FINISHED = {"done", "failed", "cancelled"}


@dataclass
class Workbench:
    shelf: Shelf
    hands_of: FakeHandsOf
    worker: Worker

    @property
    def packages(self) -> str:
        return f"/api/v1/buckets/{self.shelf.bucket}/packages"

    async def post(self, path: str, body: Any = None, caller: str = "writer", **headers: str) -> httpx.Response:
        given = {**self.shelf.headers(caller), "Content-Type": "application/json", **headers}
        return await self.shelf.client.post(path, content=json.dumps(body), headers=given)

    async def submit(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        """An accepted job; `path` below the test's packages."""
        given = headers or self.shelf.headers("writer")
        answer = await self.shelf.client.post(f"{self.packages}/{path}", json=body, headers=given)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def push(self, path: str, body: Any) -> Any:
        """A job, asked for and done as far as it goes."""
        headers = self.shelf.headers("writer")
        job = await self.submit(path, body, headers)
        await self.worker.work_once()
        answer = await self.shelf.client.get(f"/api/v1/jobs/{job['id']}", headers=headers)
        assert answer.status_code == 200, answer.text
        finished = answer.json()
        assert finished["state"] in FINISHED, finished
        return finished

    async def pushed(self, path: str, body: Any) -> str:
        """The top hash of a push that must succeed."""
        job = await self.push(path, body)
        assert job["state"] == "done", job["problem"]
        return str(job["result"]["top_hash"])

    async def entries(self, name: str, revision: str = "latest", path: str = "") -> dict[str, Any]:
        """All files by logical key."""
        where = f"{self.packages}/{name}/revisions/{revision}/entries"
        found: dict[str, Any] = {}
        for item in (await self.shelf.json(where, path=path))["items"]:
            if item["type"] == "directory":
                found |= await self.entries(name, revision, item["path"])
            else:
                found[item["path"]] = item
        return found

    async def pointers(self, name: str, bucket: str | None = None) -> dict[str, str]:
        """What S3 has now, by tag."""
        prefix = f".quilt/named_packages/{name}/"
        where = bucket or self.shelf.bucket
        found: dict[str, str] = {}
        async for page in self.shelf.objects.list(where, prefix=prefix):
            for each in page:
                got = await self.shelf.objects.get(where, each.key, limit=100)
                if got:
                    found[each.key.removeprefix(prefix)] = got[1].decode()
        return found


def workbench_of(shelf: Shelf, indexer: FakeIndexer) -> Workbench:
    async def on_manifest(bucket: str, top_hash: str) -> None:
        await shelf.looks.manifest(bucket, top_hash)

    async def on_keys(bucket: str, keys: Sequence[str]) -> None:
        await shelf.look(bucket, *keys)

    indexer.on_manifest, indexer.on_keys = on_manifest, on_keys
    hands_of = FakeHandsOf(shelf.objects)
    worker = Worker("test", shelf.sessions, indexer, hands_of, beat_seconds=0.05, pauses=(), most_memory=1 << 40)
    return Workbench(shelf, hands_of, worker)
