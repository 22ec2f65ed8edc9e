"""Previews that the S3 proxy has in memory: a process of its own with callers from a fake, and a store that answers in no time."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import uvicorn
import uvloop
from pydantic import SecretStr

from localrun.ports import free_ports
from s3proxy.main import create_app
from s3proxy.resources import open_resources
from s3proxy.settings import S3ProxySettings
from shared.schemas.principal import Level
from shared.settings import AwsSettings, InternalSettings, LogSettings, RateSettings, SandboxSettings
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry

from ._http import cpu_seconds, format_quantiles, get_request, time_requests

BUCKET = "bench"
CONTENT = b"name,price\n" + b"".join(b"wine %d,%d\n" % (number, number) for number in range(50))
FILES = 200
CONNECTIONS = 16
REQUESTS = 20_000


async def serve_store(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers HEAD and ranges of one content, whatever is asked for."""
    size = len(CONTENT)
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            own = b'ETag: "bench"\r\n'
            if head.startswith(b"HEAD"):
                writer.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (own, size))
                continue
            first, last = map(int, head.lower().partition(b"range: bytes=")[2].split(b"\r\n")[0].split(b"-"))
            body = CONTENT[first : last + 1]
            ranged = b"Content-Range: bytes %d-%d/%d\r\n" % (first, last, size)
            writer.write(
                b"HTTP/1.1 206 Partial Content\r\n%s%sContent-Length: %d\r\n\r\n" % (own, ranged, len(body)) + body
            )
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        writer.close()


async def measure_cache() -> None:
    store = await asyncio.start_server(serve_store, "127.0.0.1", 0)
    (port,) = free_ports(1)
    with served(store.sockets[0].getsockname()[1], port) as process:
        assert process.stdout
        token = process.stdout.readline().strip()
        queries = [urlencode({"bucket": BUCKET, "key": f"{number}.csv"}) for number in range(FILES)]
        host = f"127.0.0.1:{port}"
        await wait_until_up(port)
        first = [get_request(f"/-/preview?{query}", token, host) for query in queries]
        took = await time_requests("127.0.0.1", port, first, 4)
        print(f"first previews of {FILES} files: {format_quantiles(took)}")
        print("\n| | per second and core | time |\n|---|---|---|")
        for name, operation in (("preview of 1 kB", "preview"), ("rows", "rows")):
            requests = [get_request(f"/-/{operation}?{query}", token, host) for query in queries]
            await time_requests("127.0.0.1", port, requests, 4)
            before = cpu_seconds(process.pid)
            took = await time_requests("127.0.0.1", port, requests * (REQUESTS // FILES), CONNECTIONS)
            spent = cpu_seconds(process.pid) - before
            print(f"| {name}, from memory | {REQUESTS / spent:,.0f} | {format_quantiles(took)} |", flush=True)
    store.close()


async def wait_until_up(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError


@contextmanager
def served(store_port: int, port: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", __name__, str(store_port), str(port)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


async def serve_proxy(store_port: int, port: int) -> None:
    settings = S3ProxySettings(
        profile="development",
        log=LogSettings(level="error"),
        internal=InternalSettings(token=SecretStr("bench")),
        aws=AwsSettings(endpoint_url=f"http://127.0.0.1:{store_port}"),
        rates=RateSettings(user_per_second=10_000, user_burst=100_000, network_per_second=10_000),
        sandbox=SandboxSettings(required=False, max_waiting=1_000, max_waiting_per_caller=1_000, wait_seconds=60),
    )
    auth = FakeAuth()
    app = create_app(settings)
    async with open_resources(settings, FakeRegistry([BUCKET]), auth) as resources:
        app.state.resources = resources
        print(auth.token_for("bench", {BUCKET: Level.READ}), flush=True)
        await uvicorn.Server(
            uvicorn.Config(app, port=port, lifespan="off", access_log=False, server_header=False, log_level="warning")
        ).serve()


if __name__ == "__main__":
    uvloop.run(serve_proxy(int(sys.argv[1]), int(sys.argv[2])))
