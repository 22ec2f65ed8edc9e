"""The front of compose, in a real Caddy: every address leads to the service that the routing table names, and requests pass unchanged."""

import asyncio
import shutil
from collections.abc import AsyncIterator

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


@pytest.fixture(scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """URLs by the host's name in the routing table."""
    directory = tmp_path_factory.mktemp("front")
    runners: list[web.ServerRunner] = []
    routes = (HERE / "routes.caddy").read_text()
    for service in SERVICES:

        async def echo(request: web.BaseRequest, service: str = service) -> web.StreamResponse:
            seen = {
                "service": service,
                "path": request.raw_path,
                "host": request.host,
                "headers": dict(request.headers),
            }
            return web.json_response({**seen, "body": (await request.read()).decode()}, headers={"X-Kept": "a"})

        port = free_port()
        runner = web.ServerRunner(web.Server(echo))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        runners.append(runner)
        routes = routes.replace(f" {service}:8080 ", f" 127.0.0.1:{port} ")
    (directory / "routes.caddy").write_text(routes)
    (directory / "Caddyfile").write_text((HERE / "Caddyfile").read_text())
    urls = {host: f"http://localhost:{free_port()}" for host in HOSTS}
    environment = {f"PATCHWORK_{HOSTS[host]}_URL": url for host, url in urls.items()} | {"HOME": str(directory)}
    assert CADDY
    process = await asyncio.create_subprocess_exec(
        *(CADDY, "run", "--config", str(directory / "Caddyfile"), "--adapter", "caddyfile"),
        env=environment,
        preexec_fn=before_exec(),
    )
    try:
        async with aiohttp.ClientSession() as client:
            for _ in range(100):
                try:
                    await client.get(urls["registry"])
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        yield urls
    finally:
        process.terminate()
        await process.wait()
        for runner in runners:
            await runner.cleanup()


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
