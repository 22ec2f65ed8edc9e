"""Sends large bodies to routes, and measures how much of them the app reads, and how much memory that takes."""

import gzip
import json
import re
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import Message, Scope
from support.faults.yaml_bombs import alias_bomb

from shared.web.middleware import MAX_ANONYMOUS_BYTES

CHUNK_BYTES = 16 << 10
BODY = json.dumps({"text": "x" * (900 << 10)}).encode()
"""A body that is smaller than the limit of any route, so that a refusal has another reason."""
MAX_PEAK_BYTES = 50 << 20
NO_TOKEN: Mapping[str, str] = {}
WRONG_TOKEN: Mapping[str, str] = {"Authorization": "Bearer garbage"}


@dataclass(frozen=True, slots=True)
class Bomb:
    content_type: str
    body: bytes
    encoding: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": self.content_type, **({"Content-Encoding": self.encoding} if self.encoding else {})}


_GRAPHQL = json.dumps({"query": "{" + "me{name} " * 90_000 + "}"}).encode()
_ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
BOMBS = {
    "gzip": Bomb("application/json", gzip.compress(b"[" + b"[]," * 8_000_000 + b"[]]", 9, mtime=0), "gzip"),
    "deep JSON": Bomb("application/json", b"[" * (900 << 10)),
    "JSON of many members": Bomb("application/json", b'{"a":[' + b"{}," * 300_000 + b"{}]}"),
    "YAML": Bomb("application/yaml", alias_bomb(9).encode()),
    "GraphQL": Bomb("application/json", _GRAPHQL),
    "XML": Bomb("application/xml", b"<!DOCTYPE d [<!ENTITY e0 'x'>" + _ENTITIES + b"]><Delete>&e9;</Delete>"),
    "form": Bomb("application/x-www-form-urlencoded", b"a=1&" * 220_000),
    "multipart form": Bomb(
        "multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 15_000
    ),
}
"""Bodies that take much memory or time where they are read as a whole, by format."""


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


async def require_small_reads(app: FastAPI, headers: Mapping[str, str], *, at_least: int) -> None:
    """Fail where a route reads more than MAX_ANONYMOUS_BYTES of a caller with these headers. There are `at_least` such routes."""
    walked = list(writing_routes(app))
    assert len(walked) >= at_least, "the walk is broken"
    for method, path in walked:
        taken = await send_large_body(app, method, path, headers)
        assert taken.status < 500, (method, path, taken)
        assert taken.size <= MAX_ANONYMOUS_BYTES + CHUNK_BYTES, (method, path, taken)


async def require_little_memory(app: FastAPI) -> None:
    """Fail where a bomb of a caller without a token takes MAX_PEAK_BYTES, or is answered with a 5xx."""
    tracemalloc.start()
    try:
        for method, path in writing_routes(app):
            for name, bomb in BOMBS.items():
                before, _ = tracemalloc.get_traced_memory()
                tracemalloc.reset_peak()
                taken = await send_large_body(app, method, path, bomb.headers, bomb.body)
                peak = tracemalloc.get_traced_memory()[1] - before
                assert taken.status < 500, (method, path, name, taken)
                assert peak < MAX_PEAK_BYTES, (method, path, name, peak)
    finally:
        tracemalloc.stop()


async def send_large_body(
    app: FastAPI, method: str, path: str, headers: Mapping[str, str], body: bytes = BODY, *, query: str = ""
) -> BodyAnswer:
    statuses: list[int] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        chunk = body[read : read + CHUNK_BYTES]
        if not statuses:
            read += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": read < len(body)}

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
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode(), value.encode())
            for name, value in {"Content-Type": "application/json", **headers}.items()
        ],
        "client": ("192.0.2.1", 1),
        "server": ("registry.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return BodyAnswer(statuses[0], read)
