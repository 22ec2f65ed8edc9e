"""A worker that dies at a chosen moment, as if by `kill -9`: from then on nothing that it does has any effect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any

from support.fakes.caller_s3 import FakeCallerS3

from registry.services.pushes.attempt import JobWorker
from shared.schemas.principal import Principal

SEEN = {"put", "put_over", "upload", "copy", "delete", "index_manifest", "index_keys"}
"""Calls that others can see the effect of: the worker may die right after each, and before each look at the database."""


class Dead(BaseException):
    """What who is dead is told, whatever they try."""


class Fate:
    """Of one worker, who dies at its so many-th step."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.steps: list[str] = []
        self.died = asyncio.Event()

    async def step(self, name: str) -> None:
        self.live()
        self.steps.append(name)
        if len(self.steps) > self._last:
            self.died.set()
            await asyncio.Event().wait()

    def live(self) -> None:
        if self.died.is_set():
            raise Dead


class Mortal:
    """Anything that a worker uses."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            self._fate.live()
            answer = await found(*arguments, **named)
            if name in SEEN:
                await self._fate.step(name)
            return answer

        return call

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Any]:
        """A session with the database."""
        await self._fate.step("database")
        async with self._inner() as session:
            yield session


def mortal(worker: JobWorker, fate: Fate) -> JobWorker:
    @asynccontextmanager
    async def open_caller_s3(caller: Principal) -> AsyncIterator[FakeCallerS3]:
        async with worker.open_caller_s3(caller) as caller_s3:
            assert isinstance(caller_s3, FakeCallerS3)
            objects: Any = Mortal(caller_s3.objects, fate)
            contents: Any = Mortal(caller_s3.transfers, fate)
            yield replace(caller_s3, objects=objects, transfers=contents)

    sessions: Any = Mortal(worker.sessions, fate)
    indexer: Any = Mortal(worker.indexer, fate)
    # Its heart beats but once: steps come in the same order each time.
    return replace(worker, sessions=sessions, indexer=indexer, open_caller_s3=open_caller_s3, beat_seconds=60)


async def work_until_death(worker: JobWorker, fate: Fate) -> bool:
    """Returns whether it died."""
    working = asyncio.ensure_future(worker.work_once())
    dying = asyncio.ensure_future(fate.died.wait())
    await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
    if not fate.died.is_set():
        dying.cancel()
        await working
        return False
    working.cancel()
    with suppress(Dead, asyncio.CancelledError):
        await working
    return True
