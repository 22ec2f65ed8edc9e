"""A minimal HTTP/1.1 client, whose connections send one prepared request after the other, and the measures of all benchmarks."""

import asyncio
import time
from collections.abc import Sequence

import psutil


async def time_requests(host: str, port: int, requests: Sequence[bytes], connections: int) -> list[float]:
    """Seconds that each request took. Each must be answered with 200."""
    took: list[float] = []
    left = iter(requests)

    async def send_in_turn() -> None:
        reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
        for request in left:
            began = time.perf_counter()
            await send_request(reader, writer, request)
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(send_in_turn() for _ in range(connections)))
    return took


async def send_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    """Send a request and read its answer. Raises AssertionError when that is not 200."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise AssertionError(head + await reader.read(1000))
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    await reader.readexactly(int(length))


def get_request(path: str, token: str, host: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process with its threads."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def format_quantiles(took: Sequence[float]) -> str:
    """Median and 99th percentile, in milliseconds."""
    ordered = sorted(took)
    return f"{ordered[len(ordered) // 2] * 1e3:.1f} ms, p99 {ordered[len(ordered) * 99 // 100] * 1e3:.1f} ms"
