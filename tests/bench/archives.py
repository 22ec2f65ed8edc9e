"""Archives that the S3 proxy makes, between a store that makes bytes and minimal callers, all on one machine.

`per core` divides by the CPU seconds of the proxy's own process. The first byte of a million files is timed without the registry's own
work, which `python -m tests.bench packages` has.
"""

import os
import statistics
import sys
import time

import aiohttp
import psutil
import uvloop
from support.fakes import archive_peers
from support.fakes.archive_peers import BUCKET, TOKEN, TOP_HASH, MadePackage

from localrun.ports import free_ports
from tests.bench.proxy import running, wait_until_up

PACKAGES = ("4:1073741824", "50000:10000", "1000000:1000000", "200:300000")
LARGE, SMALL, MILLION, MIDDLE = range(len(PACKAGES))
NAMES = {LARGE: "4 files of 1 GiB", SMALL: "50,000 files of 10 kB", MIDDLE: "200 files of 300 kB"}
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def address(front: str, package: int, end: str = ".tar") -> str:
    return f"{front}/-/archive/{BUCKET}/made/{package}/{TOP_HASH}{end}"


async def download(session: aiohttp.ClientSession, url: str) -> int:
    received = 0
    async with session.get(url, headers=HEADERS) as answer:
        answer.raise_for_status()
        async for chunk in answer.content.iter_any():
            received += len(chunk)
        assert received == int(answer.headers["Content-Length"])
    return received


async def measure(session: aiohttp.ClientSession, front: str, package: int, end: str, proxy: psutil.Process) -> None:
    made = MadePackage.parse(PACKAGES[package])
    used, began = _cpu_seconds(proxy), time.perf_counter()
    size = await download(session, address(front, package, end))
    seconds, cpu = time.perf_counter() - began, _cpu_seconds(proxy) - used
    memory = proxy.memory_info().rss / 1e6
    print(
        f"| {end[1:]} of {NAMES[package]} | {size * 8 / seconds / 1e9:.2f} Gbit/s, {made.count / seconds:,.0f} files/s | "
        f"{size * 8 / cpu / 1e9:.2f} Gbit/s, {made.count / cpu:,.0f} files/s | {cpu:.1f} | {memory:.0f} MB |",
        flush=True,
    )


async def first_byte(session: aiohttp.ClientSession, front: str, times: int = 20) -> None:
    made = MadePackage.parse(PACKAGES[MILLION])
    waits = []
    for number in range(times):
        start = made.tar_bytes * number // times
        began = time.perf_counter()
        async with session.get(
            address(front, MILLION), headers=HEADERS | {"Range": f"bytes={start}-{start + 999_999}"}
        ) as answer:
            await answer.content.readany()
            waits.append(time.perf_counter() - began)
            await answer.read()
    waits.sort()
    print(
        f"| first byte of a range of {made.count:,} files, 1 TB | {statistics.median(waits) * 1e3:.1f} ms, "
        f"longest {waits[-1] * 1e3:.1f} ms | | | |"
    )


def _cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


async def run(peers_port: int, front_port: int, proxy: psutil.Process, part: str) -> None:
    front = f"http://127.0.0.1:{front_port}"
    await wait_until_up(f"http://127.0.0.1:{peers_port}/")
    await wait_until_up(f"{front}/health/ready")
    print("| | throughput | per core | CPU seconds | memory |\n|---|---|---|---|---|")
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=1 << 18) as session:
        for package in (LARGE, SMALL, MIDDLE):
            for end in (".tar", ".zip"):
                if part in NAMES[package] + end:
                    await measure(session, front, package, end, proxy)
        if part in "first byte":
            await first_byte(session, front)


def main(part: str = "") -> None:
    peers_port, front_port = free_ports(2)
    settings = {
        "S3PROXY_PROFILE": "development",
        "S3PROXY_INTERNAL__TOKEN": "bench",
        "S3PROXY_INTERNAL__REGISTRY_URL": f"http://127.0.0.1:{peers_port}",
        "S3PROXY_INTERNAL__AUTH_URL": f"http://127.0.0.1:{peers_port}",
        "S3PROXY_AWS__ENDPOINT_URL": f"http://127.0.0.1:{peers_port}",
        "S3PROXY_SANDBOX__REQUIRED": "false",
        "S3PROXY_LOG__LEVEL": "warning",
    }
    serving = ["-m", "uvicorn", "s3proxy.main:create_app", "--factory", "--port", str(front_port)]
    quiet = ["--no-access-log", "--no-server-header", "--log-level", "warning"]
    peers = [archive_peers.__file__, str(peers_port), *PACKAGES]
    with (
        running(*peers, PYTHONPATH=os.pathsep.join(sys.path)),
        running(*serving, *quiet, **settings) as proxy,
    ):
        uvloop.run(run(peers_port, front_port, proxy, part))
