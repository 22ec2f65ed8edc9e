"""Queries carried out by a worker in the test's own process, in the real sandbox, on an S3 in memory."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from support.data.manifests import entry
from support.worlds.push_world import NO_RETRIES
from support.worlds.registry_world import RegistryWorld

from registry.services.queries.attempt import QueryWorker
from shared.audit import AuditQueue
from shared.schemas.audit import AuditEvent

FINISHED = {"done", "failed", "cancelled"}
QUERIES = "/api/v1/queries"


@dataclass
class QueriesWorld:
    world: RegistryWorld
    worker: QueryWorker

    async def files(self, name: str, files: dict[str, str | bytes], **header: Any) -> str:
        """Push a package with these files. Returns its top hash."""
        entries = [await self.stored(f"{name}/{path}", path, content) for path, content in files.items()]
        return await self.world.package(name, *entries, **header)

    async def stored(
        self, key: str, path: str, content: str | bytes, *, bucket: str | None = None, meta: Any = None
    ) -> dict[str, Any]:
        """Store an object, and return an entry for it."""
        where, body = bucket or self.world.bucket, content.encode() if isinstance(content, str) else content
        version = await self.world.objects.put(where, key, body)
        at, value = f"s3://{where}/{key}?versionId={version}", hashlib.sha256(body).hexdigest()
        return entry(path, at=at, size=len(body), value=value, meta=meta)

    async def post(self, path: str, body: Any = None, caller: str = "reader", **headers: str) -> httpx.Response:
        return await self.world.client.post(path, json=body, headers={**self.world.headers(caller), **headers})

    async def submit(self, sql: str, caller: str = "reader", /, **body: Any) -> Any:
        """The accepted query."""
        answer = await self.post(QUERIES, {"sql": sql, **body}, caller)
        assert answer.status_code == 202, answer.text
        found = answer.json()
        assert answer.headers["location"] == f"{QUERIES}/{found['id']}"
        return found

    async def run(self, sql: str, caller: str = "reader", /, **body: Any) -> Any:
        """The query after it has ended."""
        return await self.ended(await self.submit(sql, caller, **body), caller)

    async def ended(self, submitted: Any, caller: str = "reader") -> Any:
        await self.worker.work_once()
        found = await self.world.json(f"{QUERIES}/{submitted['id']}", caller)
        assert found["state"] in FINISHED, found
        return found

    async def rows(self, sql: str, caller: str = "reader", /, **body: Any) -> list[list[Any]]:
        """First rows of a query that must succeed."""
        found = await self.run(sql, caller, **body)
        assert found["state"] == "done", found["problem"]
        rows: list[list[Any]] = found["first_rows"]
        return rows

    async def refusal(self, sql: str, caller: str = "reader", /, **body: Any) -> tuple[str, str]:
        """Slug and detail of a query that must fail."""
        found = await self.run(sql, caller, **body)
        assert found["state"] == "failed", found
        return found["problem"]["type"].rpartition("/")[2], found["problem"]["detail"]

    async def until(self, submitted: Any, condition: Any, caller: str = "reader") -> Any:
        """The query, once it is as the condition says."""
        async with asyncio.timeout(60):
            while True:
                found = await self.world.json(f"{QUERIES}/{submitted['id']}", caller)
                if condition(found):
                    return found
                await asyncio.sleep(0.02)

    async def stored_results(self) -> Sequence[str]:
        """Keys of results in the service bucket."""
        return [
            each.key async for page in self.world.objects.list("patchwork-service", prefix="queries/") for each in page
        ]


class Trail:
    """Events of the audit trail that a worker has sent."""

    def __init__(self, worker: QueryWorker) -> None:
        self._sent: list[AuditEvent] = []
        self._queue = worker.trail = AuditQueue("registry", self._send)

    async def of(self, query: Any) -> AuditEvent:
        """The one event about a run of the query."""
        await self._queue.flush()
        [found] = [each for each in self._sent if (each.action, each.target) == ("Queries.Run", f"query:{query['id']}")]
        return found

    async def _send(self, events: list[AuditEvent]) -> None:
        self._sent += events


def queries_world_of(world: RegistryWorld, worker: QueryWorker) -> QueriesWorld:
    worker.retries, worker.beat_seconds = NO_RETRIES, 0.05
    return QueriesWorld(world, worker)
