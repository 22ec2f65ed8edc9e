"""The front of compose, in a real Caddy: every address leads to the service that the routing table names, and requests pass unchanged."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from support.deploy.internal_spellings import BESIDE_INTERNAL, INTERNAL_SPELLINGS
from yarl import URL

from localrun.child_processes import before_exec
from localrun.paths import ROOT
from localrun.routing import RoutingTable
from localrun.testing import free_port

CADDY = shutil.which("caddy")
pytestmark = pytest.mark.skipif(not CADDY, reason="needs Caddy on the PATH")
HERE = ROOT / "deploy" / "compose"
HOSTS = {"catalog": "CATALOG", "registry": "REGISTRY", "s3proxy": "S3PROXY", "packages": "PACKAGES"}
SERVICES = ("auth", "registry", "s3proxy", "catalog")
AWAY_SECONDS = 8
"""Time in which a container is replaced on a busy machine."""
PATHS = [
    *(
        "/",
        "/api/login",
        "/api/logins",
        "/api/auth/get_credentials",
        "/.well-known/jwks.json",
        "/api/v1/session/refresh",
    ),
    *(
        "/api/v1/admin/users/amy",
        "/api/v1/buckets",
        "/healthz",
        "/config.json",
        "/config.js",
        "/config.json/x",
        "/b/data",
    ),
    *INTERNAL_SPELLINGS,
    *BESIDE_INTERNAL,
    "/x/../internal/principal",
    *("/data/a%2Fb/c%20d+e//f/./g", "/oidc-authorize/okta?state=x%2Fy", "/auth/token", "/auth/tokens"),
]


@dataclass
class RunningFront:
    """A front, and the services behind it, which say what they were asked."""

    directory: Path
    urls: dict[str, str]
    """By the host's name in the routing table."""
    environment: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    runners: dict[str, web.ServerRunner] = field(default_factory=dict)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers to `/held` end when it is set."""

    async def serve(self, service: str) -> None:
        async def echo(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/held":
                answer = web.StreamResponse()
                await answer.prepare(request)
                await answer.write(b"begun ")
                await self.held.wait()
                await answer.write(b"ended")
                return answer
            seen = {
                "service": service,
                "path": request.raw_path,
                "host": request.host,
                "headers": dict(request.headers),
            }
            return web.json_response({**seen, "body": (await request.read()).decode()}, headers={"X-Kept": "a"})

        runner = self.runners[service] = web.ServerRunner(web.Server(echo))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.ports.setdefault(service, free_port())).start()

    def write_routes(self, **moved: str) -> None:
        """Write the routes, in which the addresses of some services are those of others."""
        routes = (HERE / "routes.caddy").read_text()
        for service in SERVICES:
            routes = routes.replace(f" {service}:8080 ", f" 127.0.0.1:{self.ports[moved.get(service, service)]} ")
        (self.directory / "routes.caddy").write_text(routes)

    async def caddy(self, *command: str) -> asyncio.subprocess.Process:
        assert CADDY
        config = ("--config", str(self.directory / "Caddyfile"), "--adapter", "caddyfile")
        first, *rest = command
        return await asyncio.create_subprocess_exec(
            *(CADDY, first, *config, *rest), env=self.environment, preexec_fn=before_exec()
        )


@asynccontextmanager
async def running_front(directory: Path) -> AsyncIterator[RunningFront]:
    urls = {host: f"http://localhost:{free_port()}" for host in HOSTS}
    environment = {f"PATCHWORK_{HOSTS[host]}_URL": url for host, url in urls.items()} | {"HOME": str(directory)}
    environment["PATCHWORK_FRONT_ADMIN"] = f"unix/{directory}/admin.sock"
    front = RunningFront(directory, urls, environment)
    for service in SERVICES:
        await front.serve(service)
    front.write_routes()
    (directory / "Caddyfile").write_text((HERE / "Caddyfile").read_text())
    process = await front.caddy("run")
    try:
        async with aiohttp.ClientSession() as client:
            for _ in range(100):
                try:
                    await client.get(urls["registry"])
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        yield front
    finally:
        process.terminate()
        await process.wait()
        for runner in front.runners.values():
            await runner.cleanup()


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """URLs by the host's name in the routing table."""
    async with running_front(tmp_path_factory.mktemp("front")) as running:
        yield running.urls


async def test_a_reload_gives_the_front_other_routes_and_ends_no_request(tmp_path: Path) -> None:
    async with (
        running_front(tmp_path) as front,
        aiohttp.ClientSession() as client,
        client.get(front.urls["catalog"] + "/held") as held,
    ):
        assert await held.content.readexactly(6) == b"begun "
        front.write_routes(registry="s3proxy")
        reload = await front.caddy("reload", "--address", front.environment["PATCHWORK_FRONT_ADMIN"])
        assert await reload.wait() == 0
        async with client.get(front.urls["registry"] + "/api/v1/buckets") as answer:
            assert (await answer.json())["service"] == "s3proxy"
        front.held.set()
        assert await held.content.read() == b"ended"


async def test_requests_for_a_service_that_is_replaced_wait_for_it(tmp_path: Path) -> None:
    async with running_front(tmp_path) as front, aiohttp.ClientSession() as client:
        await front.runners["registry"].cleanup()
        asking = [
            asyncio.create_task(client.put(front.urls["registry"] + "/api/v1/buckets", data=b"x" * 1000))
            for _ in range(20)
        ]
        await asyncio.sleep(AWAY_SECONDS)
        await front.serve("registry")
        for each in asking:
            answer = await each
            assert (answer.status, len((await answer.json())["body"])) == (200, 1000)


async def test_every_address_leads_to_the_service_of_the_routing_table(front: dict[str, str]) -> None:
    table = RoutingTable.read()
    async with aiohttp.ClientSession() as client:
        for host, base in front.items():
            for path in PATHS:
                async with client.get(URL(base + path, encoded=True)) as answer:
                    wanted = table.service_for(host, path)
                    if wanted is None:
                        assert answer.status == 404, path
                        assert (await answer.json(content_type=None))["message"] == "Nothing is served at this address"
                        continue
                    assert answer.status == 200, (host, path)
                    seen = await answer.json()
                    assert (seen["service"], seen["path"]) == (wanted, path), (host, path)
                    assert seen["host"] == base.removeprefix("http://")


async def test_forwarding_headers_cannot_be_forged_and_bodies_pass(front: dict[str, str]) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"}
    async with (
        aiohttp.ClientSession() as client,
        client.put(front["s3proxy"] + "/b/k", data=b"x" * 100_000, headers=forged) as answer,
    ):
        seen = await answer.json()
        assert len(seen["body"]) == 100_000
        assert "6.6.6.6" not in seen["headers"]["X-Forwarded-For"]
        assert seen["headers"]["X-Forwarded-Proto"] == "http"
        assert answer.headers["X-Kept"] == "a"
        assert "Caddy" not in answer.headers.get("Server", "")
