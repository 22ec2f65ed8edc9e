"""Client of the registry for the OpenAPI documents of the other services."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from shared.clients.transport import call, readable
from shared.errors import AppError, Unavailable

DocumentSource = Callable[[], Awaitable[dict[str, Any]]]
"""Returns the OpenAPI document of a service. Raises Unavailable."""


class PeerDocument:
    """A `DocumentSource` that caches the document for `seconds`. It changes only when the service is upgraded."""

    def __init__(
        self, name: str, http: httpx.AsyncClient, *, seconds: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._http = http
        self._seconds = seconds
        self._clock = clock
        self._fetched = float("-inf")
        self._document: dict[str, Any] = {}

    async def __call__(self) -> dict[str, Any]:
        if self._clock() - self._fetched > self._seconds:
            try:
                answer = await call(self._http, "GET", "/internal/openapi.json")
            except AppError as error:
                raise Unavailable(f"The service {self._name} did not return its OpenAPI document: {error}") from error
            with readable(answer):
                self._document, self._fetched = answer.json(), self._clock()
        return self._document
