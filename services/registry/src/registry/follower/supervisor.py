"""The registry's follower process: started when no other follower uses the directory, and again whenever it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from registry.follower.directory import IndexDirectory
from registry.follower.reading import ARGV
from shared.runtime import supervised

LOCK_SECONDS = 1.0
"""Time between looks whether the directory is free."""
STOP_SECONDS = 4.0
"""Time for the follower to commit and end when the service ends."""
FIRST_PAUSE_SECONDS = 0.2
MAX_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A follower that ran longer is started again after the first pause."""

log = structlog.get_logger()


class FollowerSupervisor:
    """Every worker process of the registry has one. That whose follower locks the directory first keeps it."""

    def __init__(
        self,
        directory: IndexDirectory,
        argv: Sequence[str] = ARGV,
        *,
        enabled: bool = True,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._enabled = enabled
        self._directory = directory
        self.argv = argv
        self._stop_seconds = stop_seconds
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Process id of this supervisor's follower while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if not self._enabled:
            yield
            return
        try:
            async with supervised(self._keep):
                yield
        finally:
            await self._end()

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            while await asyncio.to_thread(self._directory.is_locked):  # noqa: ASYNC110 – locks of files have no events
                await asyncio.sleep(LOCK_SECONDS)
            began = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(*self.argv, stdin=asyncio.subprocess.PIPE)
            log.info("follower_started", pid=self._process.pid)
            status = await self._process.wait()
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning("follower_ended", status=status, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            async with asyncio.timeout(self._stop_seconds):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
