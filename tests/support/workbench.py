"""Pushes done by a worker in the test's own process, on an S3 in memory."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from support.shelf import Shelf

from registry.services.workers import Worker
from registry.transfers.digests import CHUNKED, KINDS, new_digest
from registry.transfers.errors import HashMismatch, HashUnknown
from registry.transfers.transfers import Copied, Held
from shared.aws.objects import ObjectInfo, ObjectMissing
from shared.errors import Unauthenticated
from shared.index.locations import Location
from shared.schemas.package import Hash
from shared.schemas.principal import Principal
from shared.testing.indexer import FakeIndexer
from shared.testing.objects import FakeObjectStore

FINISHED = {"done", "failed", "cancelled"}


@dataclass
class FakeContents:
    """Implements `registry.services.work.Contents` on objects in memory."""

    objects: FakeObjectStore
    hashed: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)

    async def hash(self, location: Location, *, progress: Any = None) -> Held:  # noqa: ARG002 – as the real one
        return await self._hash(location, CHUNKED)

    async def verify(
        self,
        location: Location,
        said: Hash,
        size: int | None = None,  # noqa: ARG002
        *,
        progress: Any = None,  # noqa: ARG002
    ) -> Held:
        if said.type not in KINDS:
            raise HashUnknown(f"There is no kind of hash {said.type}")
        held = await self._hash(location, said.type)
        if held.hash != said:
            raise HashMismatch(f"{held.location.url} has the hash {held.hash.value}, not {said.value}")
        return held

    async def copy(
        self,
        source: Location,
        bucket: str,
        key: str,
        said: Hash | None = None,
        *,
        progress: Any = None,  # noqa: ARG002
    ) -> Copied:
        info, body = await self._get(source)
        version = await self.objects.put(bucket, key, body, meta=info.meta)
        self.copied.append(key)
        return Copied(Location(bucket, key, version), info.size, said, skipped=False)

    async def _hash(self, location: Location, kind: Any) -> Held:
        info, body = await self._get(location)
        self.hashed.append(location.key)
        digest = new_digest(kind, len(body))
        digest.update(body)
        where = Location(location.bucket, location.key, info.version_id)
        return Held(where, info.size, Hash(type=kind, value=digest.value()))

    async def _get(self, location: Location) -> tuple[ObjectInfo, bytes]:
        got = await self.objects.get(location.bucket, location.key, limit=1 << 30, version_id=location.version_id)
        if got is None:
            raise ObjectMissing(f"No {location.url}")
        return got


@dataclass
class FakeHands:
    """Implements `registry.services.work.Hands` and its `Rights`."""

    objects: FakeObjectStore
    transfers: FakeContents
    caller: Principal
    signed_out: set[UUID]

    @property
    def rights(self) -> "FakeHands":
        return self

    async def principal(self) -> Principal:
        if self.caller.user_id in self.signed_out:
            raise Unauthenticated("The session has ended")
        return self.caller


@dataclass
class Workbench:
    shelf: Shelf
    contents: FakeContents
    worker: Worker
    signed_out: set[UUID]

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
    contents = FakeContents(shelf.objects)
    signed_out: set[UUID] = set()

    @asynccontextmanager
    async def hands_of(caller: Principal) -> AsyncIterator[FakeHands]:
        yield FakeHands(shelf.objects, contents, caller, signed_out)

    worker = Worker("test", shelf.sessions, indexer, hands_of, beat_seconds=0.05, pauses=())
    return Workbench(shelf, contents, worker, signed_out)
