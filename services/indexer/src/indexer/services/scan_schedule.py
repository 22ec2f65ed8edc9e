"""Scans and sweeps that the worker is asked for, by routes and by itself."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class ScanSchedule:
    _buckets: set[str] = field(default_factory=set)
    _every_bucket: bool = True
    _sync: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _sweep: asyncio.Event = field(default_factory=asyncio.Event)

    def scan(self, *buckets: str) -> None:
        """Ask for buckets to be compared with their index."""
        self._buckets.update(buckets)
        self._changed.set()

    def scan_all(self) -> None:
        """Events of any bucket may have been lost: ask for a comparison of every bucket, as the budget of requests allows."""
        self._every_bucket = True
        self._changed.set()

    def sync(self) -> None:
        """Ask for the registered buckets to be read."""
        self._sync = True
        self._changed.set()

    def sweep(self) -> None:
        """Ask for unreachable nodes to be removed."""
        self._sweep.set()

    @property
    def is_empty(self) -> bool:
        return not (self._buckets or self._every_bucket or self._sync)

    async def wait(self, max_seconds: float) -> None:
        """Wait until something is asked for, at most `max_seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max_seconds):
                while self.is_empty:
                    await self._changed.wait()
                    self._changed.clear()

    def take_sync(self) -> bool:
        """True when the registered buckets are to be read. Withdraws it."""
        taken, self._sync = self._sync, False
        return taken

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
