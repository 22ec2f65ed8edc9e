"""The front passes requests on as they came."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web
from support.deploy.internal_spellings import INTERNAL_SPELLINGS

from localrun.front import serve
from localrun.ports import free_ports
from localrun.routing import FrontSettings

SERVICES = ("auth", "registry")
CATALOG = "http://catalog.test"


@dataclass
class Echo:
    """A service that answers with a description of the request."""

    name: str
    port: int
    seen: list[web.BaseRequest] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        if request.path == "/stream":
            response = web.StreamResponse(headers={"X-From": self.name, "Content-Encoding": "gzip"})
            await response.prepare(request)
            await response.write(b"one")
            await asyncio.sleep(0.5)
            await response.write(b"two")
            return response
        if request.path == "/half":
            half = web.StreamResponse()
            await half.prepare(request)
            await half.write(b"half")
            assert request.transport
            await asyncio.sleep(0.1)
            request.transport.abort()
            return half
        if request.path == "/break":
            assert request.transport
            request.transport.close()
        size = sum([len(chunk) async for chunk in request.content.iter_any()])
        said = {"service": self.name, "raw": request.raw_path, "size": size, "headers": dict(request.headers)}
        return web.Response(
            status=404 if request.path == "/missing" else 200,
            text=json.dumps(said),
            headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Connection", "X-Gone"), ("X-Gone", "1")],
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        runner = web.ServerRunner(web.Server(self.answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()


@dataclass
class Door:
    registry: httpx.AsyncClient
    catalog: httpx.AsyncClient
    echoes: dict[str, Echo]


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    registry, catalog, *inner = free_ports(4)
    echoes = {name: Echo(name, port) for name, port in zip(SERVICES, inner, strict=True)}
    urls = {name: f"http://127.0.0.1:{echo.port}" for name, echo in echoes.items()}
    ports = {"registry": registry, "catalog": catalog}
    settings = FrontSettings(
        "127.0.0.1", ports, urls, "http://registry.test", "http://s3proxy.test", CATALOG, connect_seconds=2
    )
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, stop))
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{registry}") as to_registry,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{catalog}") as to_catalog,
    ):
        for _ in range(100):
            try:
                await to_catalog.get("/")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
        yield Door(to_registry, to_catalog, echoes)
    stop.set()
    await serving


async def send_raw(client: httpx.AsyncClient, method: str, raw: str, **options: Any) -> httpx.Response:
    """With the path as it is, which httpx would normalise."""
    request = client.build_request(method, "/", **options)
    request.url = request.url.copy_with(raw_path=raw.encode())
    return await client.send(request)


async def test_path_query_body_and_headers_arrive_as_sent(door: Door) -> None:
    async with door.echoes["registry"].running():
        raw = "/api/v1/x%2Fy/%C3%A9%20+/..%2f/z?a=%2F&b=c+d&a"
        content = b"x" * 3_000_000
        answer = await send_raw(door.registry, "PUT", raw, content=content, headers={"X-Own": "1"})
    said = answer.json()
    assert (said["service"], said["raw"], said["size"]) == ("registry", raw, 3_000_000)
    assert said["headers"]["X-Own"] == "1"
    assert said["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert said["headers"]["X-Forwarded-Proto"] == "http"
    assert said["headers"]["X-Forwarded-Host"] == said["headers"]["Host"] == door.registry.base_url.netloc.decode()


async def test_the_front_passes_answers_unchanged(door: Door) -> None:
    async with door.echoes["auth"].running(), door.echoes["registry"].running():
        answer = await door.registry.post("/api/login")
        assert answer.json()["service"] == "auth"
        assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert "x-gone" not in answer.headers
        assert (await door.registry.get("/missing")).status_code == 404
        head = await door.registry.head("/healthz")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 100


async def test_bodies_stream_without_being_touched(door: Door) -> None:
    async with door.echoes["registry"].running(), door.registry.stream("GET", "/stream") as answer:
        assert answer.headers["content-encoding"] == "gzip"
        chunks = answer.aiter_raw()
        assert await anext(chunks) == b"one"
        assert await anext(chunks) == b"two"


async def test_no_spelling_of_an_internal_address_reaches_a_service(door: Door) -> None:
    async with door.echoes["registry"].running(), door.echoes["auth"].running():
        for client in (door.registry, door.catalog):
            for path in INTERNAL_SPELLINGS:
                answer = await send_raw(client, "GET", path)
                assert (answer.status_code, answer.json()["message"]) == (404, "Nothing is served at this address"), (
                    path
                )
        assert not door.echoes["auth"].seen
        assert not door.echoes["registry"].seen


async def test_the_front_names_a_service_that_is_down(door: Door) -> None:
    answer = await door.registry.get("/api/me")
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["message"] == "The service auth is not running. Try again"


async def test_a_page_may_read_that_a_service_is_down(door: Door) -> None:
    own, other = {"Origin": CATALOG}, {"Origin": "http://elsewhere.test"}
    asking = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,accepts"}
    *answers, preflight = await asyncio.gather(
        *(door.registry.post("/api/v1/session/refresh", headers=origin) for origin in (own, other)),
        door.registry.options("/api/me", headers={**own, **asking}),
    )
    assert [answer.status_code for answer in answers] == [503, 503]
    allowed = ["access-control-allow-origin", "access-control-allow-credentials", "vary"]
    assert [[answer.headers.get(name) for name in allowed] for answer in answers] == [
        [CATALOG, "true", "Origin"],
        ["*", None, "Origin"],
    ]
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == CATALOG
    assert preflight.headers["access-control-allow-methods"] == "PUT"
    assert preflight.headers["access-control-allow-headers"] == "authorization,accepts"


async def test_the_front_waits_for_a_restarting_service(door: Door) -> None:
    asked = asyncio.create_task(door.registry.post("/api/login", content=b"x" * 100_000))
    await asyncio.sleep(0.3)
    async with door.echoes["auth"].running():
        assert (await asked).json()["size"] == 100_000


async def test_the_front_names_a_service_that_closes_the_connection(door: Door) -> None:
    async with door.echoes["registry"].running():
        answer = await door.registry.post("/break")
    assert (answer.status_code, answer.json()["message"]) == (
        502,
        "The service registry closed the connection or took too long",
    )


async def test_an_incomplete_answer_is_broken_off(door: Door) -> None:
    async with door.echoes["registry"].running():
        with pytest.raises(httpx.HTTPError):
            await door.registry.get("/half")


@pytest.mark.parametrize(
    "path",
    ["/", "/code", "/b/any/where", "/b/any/tree/a.csv"],
)
async def test_every_page_path_is_answered_with_the_application(door: Door, path: str) -> None:
    answer = await door.catalog.get(path)
    assert answer.status_code == 200
    assert "<title>Patchwork</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "connect-src 'self' http://registry.test http://s3proxy.test;" in policy
    assert "unsafe-inline" not in policy


async def test_files_named_by_their_content_are_kept_forever(door: Door) -> None:
    page = (await door.catalog.get("/")).text
    script = re.findall(r'src="(/assets/[^"]+\.js)"', page)[0]
    answer = await door.catalog.get(script)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert answer.headers["content-encoding"] == "gzip"


async def test_assets_of_another_version_are_not_found(door: Door) -> None:
    assert (await door.catalog.get("/assets/index-gone.js")).status_code == 404


async def test_the_catalog_host_serves_nothing_else_of_the_disk(door: Door) -> None:
    for path in ("/../Makefile", "/%2e%2e/Makefile", "/..%2fMakefile", "/%00", "/" + "x" * 4000):
        assert "<title>Patchwork</title>" in (await send_raw(door.catalog, "GET", path)).text
    assert (
        (await door.catalog.get("/theme.js"))
        .headers["content-type"]
        .startswith(("text/javascript", "application/java"))
    )
    assert (await door.catalog.post("/")).status_code == 405


async def test_pages_have_no_inline_code(door: Door) -> None:
    for path in ("/", "/code"):
        page = (await door.catalog.get(path)).text
        assert "<script>" not in page
        assert "<style" not in page
        assert "style=" not in page
