"""How the services ask `registry`."""

import httpx

from shared.clients.transport import call
from shared.schemas.bucket import RegisteredBucket, RegisteredBuckets


class RegistryClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def buckets(self) -> list[RegisteredBucket]:
        """Every registered bucket, by name."""
        answer = await call(self._http, "GET", "/internal/buckets")
        return RegisteredBuckets.model_validate_json(answer.content).buckets
