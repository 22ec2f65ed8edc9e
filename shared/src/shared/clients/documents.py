"""How the registry asks a service for its part of the OpenAPI document."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from shared.clients.transport import call
from shared.errors import AppError, Unavailable

DocumentSource = Callable[[], Awaitable[dict[str, Any]]]
"""A service's part; raises Unavailable."""


class PeerDocument:
    """A `DocumentSource` that asks at most every `seconds`: documents change when services are replaced, only."""

    def __init__(
        self, name: str, http: httpx.AsyncClient, *, seconds: float = 60, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._http = http
        self._seconds = seconds
        self._clock = clock
        self._asked = float("-inf")
        self._document: dict[str, Any] = {}

    async def __call__(self) -> dict[str, Any]:
        if self._clock() - self._asked > self._seconds:
            try:
                answer = await call(self._http, "GET", "/internal/openapi.json")
            except AppError as error:
                raise Unavailable(f"The service {self._name} does not say what it offers: {error}") from error
            self._document, self._asked = answer.json(), self._clock()
        return self._document
