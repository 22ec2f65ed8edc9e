"""Sends large bodies to routes, and measures how much of them the app reads."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Message, Scope

CHUNK_BYTES = 16 << 10
BODY = json.dumps({"text": "x" * (900 << 10)}).encode()
"""A body that is smaller than the limit of any route, so that a refusal has another reason."""


@dataclass(frozen=True, slots=True)
class BodyAnswer:
    status: int
    size: int
    """Bytes that the app read before it answered."""


def writing_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of the routes that write, with values for all parameters."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            for method in sorted((route.methods or set()) - {"GET", "HEAD"}):
                yield method, re.sub(r"\{[^}]+\}", "some", str(route.path))


async def send_large_body(app: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> BodyAnswer:
    statuses: list[int] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        chunk = BODY[read : read + CHUNK_BYTES]
        if not statuses:
            read += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": read < len(BODY)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("192.0.2.1", 1),
        "server": ("registry.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return BodyAnswer(statuses[0], read)
