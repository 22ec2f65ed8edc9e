"""The package gateway: GET and HEAD of files of 10 kB in front of minimal peers, and listings of a package with 1,000,000 files
on a whole running system.

`per core` divides by the CPU seconds of the proxy's own process, or of the proxy and the registry. Parts: `objects`, `listings`.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import uvloop
from bench._http import cpu_seconds, format_quantiles, time_requests
from bench.packages import Shape, deep, opened_bench, wide
from support.data.signing import Key
from support.worlds.system import ADMIN, BUCKET, HTTP, System, make_ports, running_system
from typing_extensions import override

from localrun.child_processes import before_exec
from localrun.ports import free_ports
from shared.clients.package_gateway import GatewayFile, GatewayPage, encode
from shared.schemas.principal import CredentialKind, Level, Principal
from shared.schemas.signer import Signer
from shared.schemas.ticket import ReadCredentials

FILES = 128
"""Files in a page, as in a large package."""
SMALL = 10_000
REQUESTS = 20_000
CONNECTIONS = 64
LISTINGS = 300
CONTENT = bytes(SMALL)
KEY = Key("ASIABENCH", "secret", None)
PRINCIPAL = Principal(
    user_id=UUID(int=1),
    name="bench",
    session_id=UUID(int=2),
    kind=CredentialKind.PERSON,
    is_admin=False,
    role_id=None,
    role=None,
    permissions={"*": Level.READ},
)
ENDS = datetime.now(UTC) + timedelta(hours=1)
SIGNER = Signer(principal=PRINCIPAL, expires_at=ENDS, seq=0, secret_access_key=KEY.secret)
READING = ReadCredentials(
    principal=PRINCIPAL,
    expires_at=ENDS,
    seq=0,
    access_key_id="ASIAREAD",
    secret_access_key="x",
    session_token="t" * 800,
)
META = b'{"user_meta": {"split": "train", "label": 7, "score": 0.5}}'
PAGE = GatewayPage(
    top_hash="1f3c" * 16,
    tree="ab" * 32,
    pushed_at=1_700_000_000,
    after=None,
    last=None,
    names=[f"{number:06}.csv" for number in range(FILES)],
    files=[
        msgspec.Raw(
            encode(
                GatewayFile(f"s3://bench/amy/big/{number:06}.csv?versionId=v{number}", SMALL, "SHA256", "ab" * 32, META)
            )
        )
        for number in range(FILES)
    ],
)
ANSWERS = {
    b"/internal/revocations": b'{"events": [], "seq": 0, "reset": false}',
    b"/internal/signers/": SIGNER.model_dump_json().encode(),
    b"/internal/reads": READING.model_dump_json().encode(),
    b"/internal/package-gateway/pages": encode(PAGE),
    b"/internal/buckets": b'{"buckets": [{"name": "bench", "region": "us-east-1"}]}',
}
SHAPES = [Shape("1,000,000 deep", 1_000_000, deep), Shape("1,000,000 wide", 1_000_000, wide)]


class MinimalPeers(asyncio.Protocol):
    """The store and the other services, which know one package of FILES files."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._received = b""

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        if not end or len(body) < int(length or 0):
            return
        self._received = b""
        method, target, _ = head.split(b" ", 2)
        if method == b"HEAD":
            self._transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
            return
        answer = next((answer for path, answer in ANSWERS.items() if target.startswith(path)), CONTENT)
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: x\r\n\r\n%b" % (len(answer), answer))


async def serve_peers(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(MinimalPeers, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def running(*argv: str, **environment: str) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, *argv], env={**os.environ, **environment}, preexec_fn=before_exec()
    ) as process:
        try:
            yield process.pid
        finally:
            process.terminate()


def signed_request(key: Key, host: str, path: str, method: str = "GET", **also: str) -> bytes:
    """A request with its signature, which holds for 15 minutes."""
    headers = {"Host": host, **key.headers(method, f"http://{host}{path}", also=also)}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def measure(
    name: str, host: str, requests: list[bytes], connections: int, pids: list[int], *, with_body: bool = True
) -> None:
    where, _, port = host.partition(":")
    before, began = sum(map(cpu_seconds, pids)), time.perf_counter()
    took = await (time_requests if with_body else time_heads)(where, int(port), requests, connections)
    seconds, cpu = time.perf_counter() - began, sum(map(cpu_seconds, pids)) - before
    print(
        f"| {name} | {len(requests) / seconds:,.0f}/s | {len(requests) / cpu:,.0f}/s | {format_quantiles(took)} |",
        flush=True,
    )


async def time_heads(host: str, port: int, requests: list[bytes], connections: int) -> list[float]:
    """As `time_requests`, for answers without a body."""
    took: list[float] = []
    left = iter(requests)

    async def send_in_turn() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for request in left:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(send_in_turn() for _ in range(connections)))
    return took


async def measure_objects(host: str, proxy: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await time_requests(
                    "127.0.0.1", int(host.partition(":")[2]), [b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"], 1
                )
            except (OSError, AssertionError):
                await asyncio.sleep(0.2)
            else:
                break
    paths = [f"/bench/amy/big/latest/{name}" for name in PAGE.names]
    print("| | throughput | per core | time |\n|---|---|---|---|")
    for name, method, also in (
        ("GET of 10 kB", "GET", {}),
        ("GET of 10 kB with its checksum", "GET", {"x-amz-checksum-mode": "ENABLED"}),
        ("HEAD", "HEAD", {}),
    ):
        signed = [signed_request(KEY, host, path, method, **also) for path in paths]
        requests = [signed[number % FILES] for number in range(REQUESTS)]
        await measure(
            f"{name}, {CONNECTIONS} connections", host, requests, CONNECTIONS, [proxy], with_body=method == "GET"
        )


def run_objects() -> None:
    peers, port = free_ports(2)
    settings = {
        "S3PROXY_PROFILE": "development",
        "S3PROXY_INTERNAL__TOKEN": "bench",
        "S3PROXY_INTERNAL__REGISTRY_URL": f"http://127.0.0.1:{peers}",
        "S3PROXY_INTERNAL__AUTH_URL": f"http://127.0.0.1:{peers}",
        "S3PROXY_AWS__ENDPOINT_URL": f"http://127.0.0.1:{peers}",
        "S3PROXY_PACKAGES_HOST": f"127.0.0.1:{port}",
        "S3PROXY_SANDBOX__REQUIRED": "false",
    }
    serving = ["-m", "uvicorn", "s3proxy.main:create_app", "--factory", "--port", str(port)]
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    with (
        running(__file__, str(peers), PYTHONPATH=os.pathsep.join(sys.path)),
        running(*serving, *quiet, **settings) as proxy,
    ):
        uvloop.run(measure_objects(f"127.0.0.1:{port}", proxy))


def listing_requests(system: System, key: Key, shape: Shape) -> dict[str, list[bytes]]:
    """Signed listings of 1,000 keys from random places on, by kind."""
    host = system.packages.partition("://")[2]
    prefix = f"{shape.package}/latest/"
    random = Random(1)  # noqa: S311 – no secret
    starts = [prefix + shape.name(random.randrange(shape.entries)) for _ in range(LISTINGS)]

    def listing(**asked: str) -> bytes:
        query = urlencode({"list-type": "2", "prefix": prefix, **asked}).replace("+", "%20")
        return signed_request(key, host, f"/{BUCKET}?{query}")

    folder = "data/" if shape.name is wide else "data/00500/"
    return {
        "from the first key": [listing()] * LISTINGS,
        "from random keys": [listing(**{"start-after": start}) for start in starts],
        "delimiter /": [
            listing(**{"start-after": start, "delimiter": "/", "prefix": prefix + folder}) for start in starts
        ]
        if shape.name is wide
        else [listing(delimiter="/", prefix=f"{prefix}data/")] * LISTINGS,
        "from random keys, delimiter 5": [listing(**{"start-after": start, "delimiter": "5"}) for start in starts],
    }


async def measure_listings(system: System) -> None:
    async with opened_bench(system) as bench:
        for shape in SHAPES:
            await bench.build_package(shape)
    token = HTTP.post(f"{system.registry}/api/login", json={"username": ADMIN[0], "password": ADMIN[1]}).json()["token"]
    vended = HTTP.get(f"{system.registry}/api/auth/get_credentials", headers={"Authorization": f"Bearer {token}"})
    key = Key.of(vended.json())
    host = system.packages.partition("://")[2]
    pids = [system.pid("s3proxy"), system.pid("registry")]
    print("| listing of 1,000 | throughput | per core | time |\n|---|---|---|---|")
    for shape in SHAPES:
        for name, requests in listing_requests(system, key, shape).items():
            await measure(f"{shape.title}, {name}", host, requests, 1, pids)


def main(part: str = "") -> None:
    if part in {"", "objects"}:
        run_objects()
    if part in {"", "listings"}:
        with (
            tempfile.TemporaryDirectory() as place,
            running_system(Path(place) / "data", {**make_ports(), "PATCHWORK_LOG_FORMAT": "json"}) as system,
        ):
            asyncio.run(measure_listings(system))


if __name__ == "__main__":
    uvloop.run(serve_peers(int(sys.argv[1])))
