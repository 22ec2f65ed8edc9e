"""How the services ask `registry`."""

from typing import Protocol

import httpx

from shared.clients.transport import call
from shared.schemas.bucket import RegisteredBucket, RegisteredBuckets


class BucketSource(Protocol):
    """Knows which buckets are registered; `shared.testing.registry.FakeRegistry` stands in."""

    async def buckets(self) -> list[RegisteredBucket]: ...


class RegistryClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def buckets(self) -> list[RegisteredBucket]:
        """Every registered bucket, by name."""
        answer = await call(self._http, "GET", "/internal/buckets")
        return RegisteredBuckets.model_validate_json(answer.content).buckets
