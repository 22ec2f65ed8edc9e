"""Hashes and copies of server-side pushes: digests alone, objects of a minimal store, and objects of the emulator.

`one stream` reads the object once and hashes it on the event loop. `growth` is the peak growth of the process.
"""

import asyncio
import hashlib
import re
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING

import psutil
from pydantic import SecretStr

from localrun.child_processes import before_exec
from localrun.emulator import REGION
from localrun.ports import free_ports
from localrun.testing import running_emulator
from registry.services.transfers.digests import CHUNKED, KINDS, new_digest
from registry.services.transfers.s3_transfers import S3Transfers, open_s3_transfers
from shared.aws.clients import open_s3
from shared.quilt.physical_keys import PhysicalKey
from shared.settings import AwsSettings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

GIB = 1 << 30
CHUNK = bytes(1 << 18)
SMALL_BYTES, SMALL_OBJECTS = 10_000, 300
LARGE_BYTES = 256 << 20
MAX_BYTES_PER_SECOND = 90e6
"""Bytes per second that the minimal store sends over one connection, as S3 does."""


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve objects of zeros, whose key is their length."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        await serve_requests(reader, writer)


async def serve_requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        method, size = head.split(b" ")[0], int(head.split(b" ")[1].partition(b"?")[0].rpartition(b"/")[2])
        wanted = re.search(rb"(?i)range: bytes=(\d+)-(\d+)", head)
        length = int(wanted[2]) - int(wanted[1]) + 1 if wanted else size
        status = b"206 Partial Content" if wanted else b"200 OK"
        writer.write(b'HTTP/1.1 %s\r\nContent-Length: %d\r\nETag: "x"\r\n' % (status, length))
        writer.write(b"Last-Modified: Fri, 20 Nov 2026 20:00:00 GMT\r\n\r\n")
        began, sent = time.perf_counter(), 0
        while method == b"GET" and length:
            piece = CHUNK[: min(length, len(CHUNK))]
            writer.write(piece)
            length -= len(piece)
            await writer.drain()
            sent += len(piece)
            if (early := began + sent / MAX_BYTES_PER_SECOND - time.perf_counter()) > 0.005:
                await asyncio.sleep(early)


async def serve(port: int) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=1 << 20)
    await server.serve_forever()


def settings_of(url: str, key: str = "key", secret: str = "secret") -> AwsSettings:  # noqa: S107 – the minimal store checks none
    return AwsSettings(region=REGION, endpoint_url=url, access_key_id=key, secret_access_key=SecretStr(secret))


@contextmanager
def growth(found: list[int]) -> Iterator[None]:
    """Add the peak growth of the process in bytes until the context ends."""
    process, done = psutil.Process(), threading.Event()
    before, peak = process.memory_info().rss, 0

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.02):
            peak = max(peak, process.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        found.append(peak)


def main() -> None:
    measure_digests()
    (port,) = free_ports(1)
    with Popen([sys.executable, __file__, str(port)], preexec_fn=before_exec()) as store:
        try:
            asyncio.run(measure_hashes(f"http://127.0.0.1:{port}"))
        finally:
            store.terminate()
    with tempfile.TemporaryDirectory() as place, running_emulator(Path(place)) as emulator:
        asyncio.run(measure_copies(settings_of(emulator.url, emulator.access_key_id, emulator.secret_access_key)))


def measure_digests() -> None:
    print("| digest, one thread | GB/s |\n|---|---|")
    piece = bytes(4 << 20)
    for kind in KINDS:
        digest = new_digest(kind, 64 * len(piece))
        began = time.perf_counter()
        for _ in range(64):
            digest.update(piece)
        print(f"| {kind} | {64 * len(piece) / (time.perf_counter() - began) / 1e9:.1f} |", flush=True)


async def measure_hashes(url: str) -> None:
    print("\n| object | | MB/s | CPU-s/GB | growth |\n|---|---|---|---|---|")
    async with open_s3(settings_of(url)) as s3:
        await wait_until_up(s3)
        with open_s3_transfers(s3) as transfers:
            await print_rate(GIB, "one stream", hash_in_one_stream(s3, GIB))
            for kind in KINDS:
                await print_rate(GIB, kind, transfers.hash(PhysicalKey("b", str(GIB), None), kind))
            await print_rate(8 * GIB, CHUNKED, transfers.hash(PhysicalKey("b", str(8 * GIB), None)))


async def wait_until_up(s3: "S3Client") -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await s3.head_object(Bucket="b", Key="0")
            except Exception:  # noqa: BLE001 – it is starting
                await asyncio.sleep(0.1)
            else:
                return


async def hash_in_one_stream(s3: "S3Client", size: int) -> str:
    digest = hashlib.sha256()
    found = await s3.get_object(Bucket="b", Key=str(size))
    async with found["Body"] as body:
        async for piece in body.content.iter_chunked(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


async def print_rate(size: int, what: str, work: Awaitable[object]) -> None:
    grown: list[int] = []
    began, cpu = time.perf_counter(), time.process_time()
    with growth(grown):
        await work
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"| {size // GIB} GiB | {what} | {size / took / 1e6:,.0f} | {spent / size * 1e9:.2f} | {grown[0] >> 20} MB |",
        flush=True,
    )


async def measure_copies(settings: AwsSettings) -> None:
    print("\n| in the emulator | |\n|---|---|")
    async with open_s3(settings) as s3:
        for bucket in ("from", "to"):
            await s3.create_bucket(Bucket=f"bench-{bucket}")
            await s3.put_bucket_versioning(Bucket=f"bench-{bucket}", VersioningConfiguration={"Status": "Enabled"})
        for number in range(SMALL_OBJECTS):
            await s3.put_object(Bucket="bench-from", Key=f"{number}", Body=CHUNK[:SMALL_BYTES])
        await s3.put_object(Bucket="bench-from", Key="large", Body=bytes(LARGE_BYTES))
        with open_s3_transfers(s3) as transfers:
            for what in ("copied", "found to be there"):
                began = time.perf_counter()
                await asyncio.gather(*(copy(transfers, f"{number}") for number in range(SMALL_OBJECTS)))
                print(
                    f"| objects of 10 kB {what} | {SMALL_OBJECTS / (time.perf_counter() - began):,.0f}/s |", flush=True
                )
            began = time.perf_counter()
            await copy(transfers, "large")
            print(
                f"| an object of 256 MiB copied in parts | {LARGE_BYTES / (time.perf_counter() - began) / 1e6:,.0f} MB/s |"
            )


async def copy(transfers: S3Transfers, key: str) -> None:
    await transfers.copy(PhysicalKey("bench-from", key, None), "bench-to", key)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
