"""Latency of requests that come at a fixed rate, whatever else the services do."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ._http import send_request

INTERVAL_SECONDS = 0.05


@dataclass
class Latencies:
    """Seconds of each request, by what was asked. A request that was due counts from then on, even if the one before it was late."""

    took: dict[str, list[float]] = field(default_factory=dict)

    def quantile(self, name: str, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.took[name])
        return 1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@asynccontextmanager
async def measured_latencies(requests: Mapping[str, tuple[str, int, bytes]]) -> AsyncIterator[Latencies]:
    """Send each request, which is given with host and port, again and again until the context ends. All must be answered with 200."""
    found = Latencies({name: [] for name in requests})
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for name, (host, port, request) in requests.items():
            tasks.create_task(_send(host, port, request, found.took[name], ended))
        try:
            yield found
        finally:
            ended.set()


async def _send(host: str, port: int, request: bytes, took: list[float], ended: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
    due = time.perf_counter()
    while not ended.is_set():
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await send_request(reader, writer, request)
        took.append(time.perf_counter() - due)
        due = max(due + INTERVAL_SECONDS, time.perf_counter() - 1)
    writer.close()
