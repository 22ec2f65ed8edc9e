"""The front: an HTTP proxy for the registry host and the catalog host, routed by deploy/routing.toml. `python -m localrun.front`.

It stands in for a load balancer. It streams both ways, keeps path and query as they were sent, and lets requests wait while a
service restarts.
"""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from localrun.catalog_pages import CatalogPages
from localrun.paths import ROOT
from localrun.routing import FrontSettings, RoutingTable

HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
CHUNK_BYTES = 1 << 16
SHUTDOWN_SECONDS = 2.0
OWN_HEADERS = {"Server": "patchwork"}


class Refused(Exception):
    """The front answers the request itself, with an error."""

    def __init__(self, status: int, slug: str, title: str, message: str) -> None:
        self.status = status
        self._body = {"type": f"/problems/{slug}", "title": title, "status": status, "message": message}

    def problem(self) -> dict[str, Any]:
        return {**self._body, "detail": self._body["message"], "errors": []}

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"} if self.status == 503 else {}


class Front:
    def __init__(self, settings: FrontSettings, table: RoutingTable, client: aiohttp.ClientSession) -> None:
        self._settings = settings
        self._table = table
        self._client = client
        self._pages = CatalogPages(ROOT / "catalog" / "dist", settings.registry_url, settings.s3proxy_url)

    def handler(self, host: str) -> Callable[[web.BaseRequest], Any]:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            try:
                return await self._answer(request, self._table.service_for(host, request.raw_path))
            except Refused as refused:
                if refused.status == 503 and is_preflight(request):  # lets the page read the answer to its request
                    return web.Response(
                        status=204, headers={**self._cors(request), **preflight(request), **OWN_HEADERS}
                    )
                return web.Response(
                    status=refused.status,
                    text=json.dumps(refused.problem()),
                    content_type="application/problem+json",
                    headers={**self._cors(request), **OWN_HEADERS, **refused.headers},
                )

        return handle

    async def _answer(self, request: web.BaseRequest, service: str | None) -> web.StreamResponse:
        if service is None:
            raise Refused(404, "not-found", "No such address", "Nothing is served at this address")
        if service == "catalog":
            return self._page(request)
        try:
            return await self._forward(request, service)
        except aiohttp.ClientConnectorError:
            message = f"The service {service} is not running. Try again"
            raise Refused(503, "unavailable", "A service is not running", message) from None
        except (aiohttp.ClientError, TimeoutError):
            raise Refused(
                502, "bad-gateway", "A service failed", f"The service {service} closed the connection or took too long"
            ) from None

    def _page(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"}:
            raise Refused(405, "http", "This method is not allowed here", "Method Not Allowed")
        if answer := self._pages.answer(request.path):
            return answer
        raise Refused(404, "not-found", "No such file", "This version has no such file")

    def _cors(self, request: web.BaseRequest) -> dict[str, str]:
        """Headers that let any page read the error, and pages of the catalog also when they sent their cookie."""
        if request.headers.get("Origin") != self._settings.catalog_origin:
            return {"Access-Control-Allow-Origin": "*", "Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": self._settings.catalog_origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }

    async def _forward(self, request: web.BaseRequest, service: str) -> web.StreamResponse:
        answer = await self._ask(request, URL(self._settings.services[service] + request.raw_path, encoded=True))
        async with answer:
            response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=OWN_HEADERS)
            for name, value in end_to_end(answer.headers.items()):
                response.headers.add(name, value)
            await response.prepare(request)
            try:
                if request.method != "HEAD":
                    async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                        await response.write(chunk)
                await response.write_eof()
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                if (
                    request.transport
                ):  # too late for an error status: a broken connection shows that the answer is incomplete
                    request.transport.abort()
            return response

    async def _ask(self, request: web.BaseRequest, url: URL) -> aiohttp.ClientResponse:
        headers = CIMultiDict(end_to_end(request.headers.items()))
        forwarded_for = request.headers.getall("X-Forwarded-For", [])
        headers["X-Forwarded-For"] = ", ".join([*forwarded_for, request.remote or ""])
        headers["X-Forwarded-Host"] = request.host
        headers["X-Forwarded-Proto"] = request.scheme
        body = request.content if request.body_exists else None
        deadline = time.monotonic() + self._settings.connect_seconds
        while True:
            try:
                return await self._client.request(
                    request.method, url, headers=headers, data=body, allow_redirects=False
                )
            except aiohttp.ClientConnectorError:  # nothing of the request has been sent yet
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)


def end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers without those that concern one connection only."""
    all_headers = list(headers)
    named = {
        part.strip().lower() for name, value in all_headers if name.lower() == "connection" for part in value.split(",")
    }
    return [(name, value) for name, value in all_headers if name.lower() not in HOP_BY_HOP | named]


def is_preflight(request: web.BaseRequest) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight(request: web.BaseRequest) -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": request.headers["Access-Control-Request-Method"],
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
    }


async def serve(settings: FrontSettings, stop: asyncio.Event) -> None:
    # Services close idle connections after 5 s; the front must close them first.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=300)
    nothing_added = {"User-Agent", "Accept", "Accept-Encoding", "Content-Type"}
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        auto_decompress=False,
        skip_auto_headers=nothing_added,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as client:
        front = Front(settings, RoutingTable.read(), client)
        runners = []
        for host, port in settings.ports.items():
            runner = web.ServerRunner(
                web.Server(front.handler(host), access_log=None, auto_decompress=False),
                shutdown_timeout=SHUTDOWN_SECONDS,
            )
            runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, settings.bind, port, backlog=512, reuse_address=True).start()
        await stop.wait()
        for runner in runners:
            await runner.shutdown()
            await runner.cleanup()


async def main() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(message)s")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(FrontSettings(**json.loads(sys.argv[1])), stop)


if __name__ == "__main__":
    asyncio.run(main())
