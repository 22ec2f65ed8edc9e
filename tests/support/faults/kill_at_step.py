"""A worker killed at a chosen step, as if by `kill -9`: from then on none of its calls has any effect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any

from support.fakes.caller_s3 import FakeCallerS3

from registry.services.pushes.attempt import JobWorker
from shared.schemas.principal import Principal

SEEN = {"put", "put_over", "upload", "assemble", "copy", "delete", "index_manifest", "index_tree", "index_keys"}
"""Calls whose effect others can see. The steps are the end of each such call, and the beginning of each database session."""


class Killed(BaseException):
    """Raised by every call after the kill."""


class KillPoint:
    """The step after which one worker is killed: the step number `last` is its last."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.steps: list[str] = []
        """Names of the steps so far."""
        self.killed = asyncio.Event()

    async def step(self, name: str) -> None:
        self.require_alive()
        self.steps.append(name)
        if len(self.steps) > self._last:
            self.killed.set()
            await asyncio.Event().wait()

    def require_alive(self) -> None:
        if self.killed.is_set():
            raise Killed


class Killable:
    """A proxy of a store, client or session factory that a worker uses."""

    def __init__(self, inner: Any, kill_point: KillPoint) -> None:
        self._inner = inner
        self._kill_point = kill_point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            self._kill_point.require_alive()
            answer = await found(*arguments, **named)
            if name in SEEN:
                await self._kill_point.step(name)
            return answer

        return call

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Any]:
        """A database session."""
        await self._kill_point.step("database")
        async with self._inner() as session:
            yield session


def killable(worker: JobWorker, kill_point: KillPoint) -> JobWorker:
    """A copy of the worker that is killed at the kill point."""

    @asynccontextmanager
    async def open_caller_s3(caller: Principal) -> AsyncIterator[FakeCallerS3]:
        async with worker.open_caller_s3(caller) as caller_s3:
            assert isinstance(caller_s3, FakeCallerS3)
            objects: Any = Killable(caller_s3.objects, kill_point)
            transfers: Any = Killable(caller_s3.transfers, kill_point)
            yield replace(caller_s3, objects=objects, transfers=transfers)

    sessions: Any = Killable(worker.sessions, kill_point)
    indexer: Any = Killable(worker.indexer, kill_point)
    # With a single heartbeat the steps come in the same order each time.
    return replace(worker, sessions=sessions, indexer=indexer, open_caller_s3=open_caller_s3, beat_seconds=60)


async def work_until_killed(worker: JobWorker, kill_point: KillPoint) -> bool:
    """Work on one job; True if the worker was killed."""
    working = asyncio.ensure_future(worker.work_once())
    killing = asyncio.ensure_future(kill_point.killed.wait())
    await asyncio.wait({working, killing}, return_when=asyncio.FIRST_COMPLETED)
    if not kill_point.killed.is_set():
        killing.cancel()
        await working
        return False
    working.cancel()
    with suppress(Killed, asyncio.CancelledError):
        await working
    return True
