"""What the worker is to do besides messages; whoever wants it says so here."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field


@dataclass
class ScanSchedule:
    _buckets: set[str] = field(default_factory=set)
    _every_bucket: bool = True
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _sweep: asyncio.Event = field(default_factory=asyncio.Event)

    def scan(self, *buckets: str) -> None:
        """Have buckets compared with their index, soon."""
        self._buckets.update(buckets)
        self._news.set()

    def scan_all(self) -> None:
        """The same of every registered bucket, whichever these are by then."""
        self._every_bucket = True
        self._news.set()

    def sweep(self) -> None:
        """Have unreachable nodes removed."""
        self._sweep.set()

    @property
    def is_empty(self) -> bool:
        return not (self._buckets or self._every_bucket)

    async def wait(self) -> None:
        """Until there is something to scan."""
        while self.is_empty:
            await self._news.wait()
            self._news.clear()

    def take_all(self) -> bool:
        """Whether every bucket is due; it no longer is."""
        taken, self._every_bucket = self._every_bucket, False
        return taken

    def take(self) -> Collection[str]:
        """The buckets that are due; they no longer are."""
        taken, self._buckets = self._buckets, set()
        return taken

    async def sweep_due(self, within: float) -> None:
        """Until a sweep is asked for, or so many seconds are over."""
        with suppress(TimeoutError):
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
            async with asyncio.timeout(within):
                await self._sweep.wait()
        self._sweep.clear()
