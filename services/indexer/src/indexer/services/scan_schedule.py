"""Scans and sweeps that the worker is asked for, by routes and by itself."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class ScanSchedule:
    _buckets: set[str] = field(default_factory=set)
    _every_bucket: bool = True
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _sweep: asyncio.Event = field(default_factory=asyncio.Event)

    def scan(self, *buckets: str) -> None:
        """Ask for buckets to be compared with their index."""
        self._buckets.update(buckets)
        self._changed.set()

    def scan_all(self) -> None:
        """Ask for a scan of every bucket that is registered when the scan begins."""
        self._every_bucket = True
        self._changed.set()

    def sweep(self) -> None:
        """Ask for unreachable nodes to be removed."""
        self._sweep.set()

    @property
    def is_empty(self) -> bool:
        return not (self._buckets or self._every_bucket)

    async def wait(self) -> None:
        """Wait until a scan is asked for."""
        while self.is_empty:
            await self._changed.wait()
            self._changed.clear()

    def take_all(self) -> bool:
        """True when a scan of every bucket was asked for. Withdraws it."""
        taken, self._every_bucket = self._every_bucket, False
        return taken

    def take_buckets(self) -> Collection[str]:
        """Buckets whose scan was asked for. Withdraws them."""
        taken, self._buckets = self._buckets, set()
        return taken

    async def wait_for_sweep(self, max_seconds: float) -> None:
        """Wait until a sweep is asked for, at most `max_seconds`."""
        with suppress(TimeoutError):
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
            async with asyncio.timeout(max_seconds):
                await self._sweep.wait()
        self._sweep.clear()
