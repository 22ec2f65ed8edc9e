"""Archives that the S3 proxy makes, between a store that makes bytes and minimal callers, all on one machine.

`per core` divides by the CPU seconds of the proxy's own process. The first byte of a million files is timed without the registry's own
work, which `python -m tests.bench packages` has.
"""

import statistics
import time

import aiohttp
import uvloop
from support.fakes.archive_peers import TOKEN
from support.worlds.archive_front import ArchiveFront, running_front

PACKAGES = ("4:1073741824", "50000:10000", "1000000:1000000", "200:300000")
LARGE, SMALL, MILLION, MIDDLE = range(len(PACKAGES))
NAMES = {LARGE: "4 files of 1 GiB", SMALL: "50,000 files of 10 kB", MIDDLE: "200 files of 300 kB"}
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


async def download(session: aiohttp.ClientSession, url: str) -> int:
    received = 0
    async with session.get(url, headers=HEADERS) as answer:
        answer.raise_for_status()
        async for chunk in answer.content.iter_any():
            received += len(chunk)
        assert received == int(answer.headers["Content-Length"])
    return received


async def measure(session: aiohttp.ClientSession, front: ArchiveFront, package: int, end: str) -> None:
    count = front.packages[package].count
    used, began = front.cpu_seconds, time.perf_counter()
    size = await download(session, front.address(package, end))
    seconds, cpu = time.perf_counter() - began, front.cpu_seconds - used
    print(
        f"| {end[1:]} of {NAMES[package]} | {size * 8 / seconds / 1e9:.2f} Gbit/s, {count / seconds:,.0f} files/s | "
        f"{size * 8 / cpu / 1e9:.2f} Gbit/s, {count / cpu:,.0f} files/s | {cpu:.1f} | {front.memory / 1e6:.0f} MB |",
        flush=True,
    )


async def first_byte(session: aiohttp.ClientSession, front: ArchiveFront, times: int = 20) -> None:
    made = front.packages[MILLION]
    waits = []
    for number in range(times):
        start = made.tar_bytes * number // times
        headers = HEADERS | {"Range": f"bytes={start}-{start + 999_999}"}
        began = time.perf_counter()
        async with session.get(front.address(MILLION), headers=headers) as answer:
            await answer.content.readany()
            waits.append(time.perf_counter() - began)
            await answer.read()
    waits.sort()
    print(
        f"| first byte of a range of {made.count:,} files, 1 TB | {statistics.median(waits) * 1e3:.1f} ms, "
        f"longest {waits[-1] * 1e3:.1f} ms | | | |"
    )


async def run(front: ArchiveFront, part: str) -> None:
    print("| | throughput | per core | CPU seconds | memory |\n|---|---|---|---|---|")
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=1 << 18) as session:
        for package in (LARGE, SMALL, MIDDLE):
            for end in (".tar", ".zip"):
                if part in NAMES[package] + end:
                    await measure(session, front, package, end)
        if part in "first byte":
            await first_byte(session, front)


def main(part: str = "") -> None:
    with running_front(*PACKAGES) as front:
        uvloop.run(run(front, part))
