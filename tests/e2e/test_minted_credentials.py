"""A store without STS: the real client works with credentials that `auth` minted, through the S3 proxy and TLS."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from support.deploy.tls import self_signed
from support.worlds.system import BUCKET, ROOT, Client, System

from localrun.child_processes import before_exec
from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.front import serve
from localrun.ports import free_ports
from localrun.routing import FrontSettings
from localrun.system import SERVICES, InnerPorts
from localrun.system import System as Inner

ACTS = ROOT / "tests" / "support" / "foreign" / "minted_acts.py"


@asynccontextmanager
async def hosts_without_sts(system: System) -> AsyncIterator[tuple[str, str]]:
    """A second registry and S3 proxy of the running system, with the store's keys and an `auth` that mints credentials."""
    auth_port, s3proxy_port, packages_port, registry_port, catalog_port = free_ports(5)
    run = json.loads((system.data / "run.json").read_text())
    credentials = SystemSecrets.of(system.data)
    credentials.aws_keys["s3proxy"] = (credentials.root_key_id, credentials.root_secret)
    own = {"PATCHWORK_S3PROXY_PORT": str(s3proxy_port), "PATCHWORK_PACKAGES_PORT": str(packages_port)}
    environment = {**system.environment, **own}
    ports = replace(InnerPorts(**run["inner_ports"]), auth=auth_port)
    inner = Inner(Configuration.from_environment(environment), credentials, ports)
    settings = FrontSettings(
        bind="127.0.0.1",
        ports={"registry": registry_port, "catalog": catalog_port},
        services={name: inner.inner_url(name) for name in SERVICES},
        registry_url=system.registry,
        s3proxy_url=system.s3proxy,
        catalog_origin=system.catalog,
    )
    stop = asyncio.Event()
    front = asyncio.create_task(serve(settings, stop))
    processes = [
        await asyncio.create_subprocess_exec(
            *inner.argv(each), env={**inner.environment(each), "AUTH_STS": "false"}, preexec_fn=before_exec()
        )
        for each in ("auth", "s3proxy")
    ]
    try:
        async with asyncio.timeout(20), httpx.AsyncClient() as http:
            for each in ("auth", "s3proxy"):
                while not await is_ready(http, inner.inner_url(each)):  # noqa: ASYNC110 – it tells nobody
                    await asyncio.sleep(0.1)
        yield f"http://localhost:{registry_port}", inner.inner_url("s3proxy")
    finally:
        stop.set()
        await front
        for process in reversed(processes):  # s3proxy hands its last audit events to auth
            process.terminate()
            await process.wait()


async def is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health/ready")).status_code == 200
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def with_tls(url: str, certificate: Path, key: Path) -> AsyncIterator[str]:
    """A front that terminates TLS, as a load balancer does."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    port = int(url.rpartition(":")[2])

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("localhost", port)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    server = await asyncio.start_server(tunnel, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


@pytest.mark.long
async def test_the_real_client_pushes_and_installs_with_minted_credentials(
    system: System, homes: Path, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path, "localhost")
    system.create_user("minted-mia", "mia's password", "ReadWriteAll")
    code = system.sign_in("minted-mia", "mia's password").code()
    async with hosts_without_sts(system) as (registry, s3proxy), with_tls(s3proxy, certificate, key) as s3:
        client = Client(homes / "minted", system)
        client.environment |= {"AWS_ENDPOINT_URL": s3, "AWS_CA_BUNDLE": str(certificate)}
        done = await asyncio.to_thread(client.attempt, "python", ACTS, registry, system.catalog, code, BUCKET)
    assert done.returncode == 0, done.stderr
    events = system.sign_in().get("/api/v1/admin/audit?action=Packages.Push&user=minted-mia")["items"]
    assert events
    assert {(each["service"], each["outcome"]) for each in events} == {("s3proxy", "done")}
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "minted": True,
        "verified": True,
        "same": True,
        "versioned": True,
        "packages": 1,
        "payload": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "listed": 3,
        "left": 0,
        "after": 0,
    }
