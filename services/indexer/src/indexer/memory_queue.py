"""A queue in memory, for stores that tell of their changes by webhook.

What is in it when the process ends is lost, which does no harm: at its start the worker compares every bucket.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

import structlog

from shared.aws.queues import BATCH, Message
from shared.errors import Unavailable

_MAX_MESSAGES = 20_000
_TRIES = 5
_VISIBILITY_SECONDS = 60

log = structlog.get_logger()


@dataclass
class _QueuedMessage:
    id: str
    body: str
    sent_at: float
    receives: int = 0
    again: asyncio.TimerHandle | None = None
    """When it comes again, unless it is deleted before."""


class MemoryQueue:
    """Implements `shared.aws.queues.Queue`."""

    def __init__(self) -> None:
        self._waiting: deque[_QueuedMessage] = deque()
        self._handed_out: dict[str, _QueuedMessage] = {}
        self._ids = count(1)
        self._news = asyncio.Event()

    async def receive(self, *, wait: float) -> list[Message]:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
        return [self._hand_out(self._waiting.popleft()) for _ in range(min(BATCH, len(self._waiting)))]

    async def delete(self, messages: Sequence[Message]) -> None:
        for message in messages:
            held = self._handed_out.pop(message.id, None)
            if held and held.again:
                held.again.cancel()

    async def extend(self, messages: Sequence[Message], seconds: int) -> None:
        for message in messages:
            if held := self._handed_out.get(message.id):
                self._come_again(held, seconds)

    async def send(self, body: str) -> None:
        if len(self._waiting) + len(self._handed_out) >= _MAX_MESSAGES:
            raise Unavailable("Too many events wait")
        self._wait(_QueuedMessage(str(next(self._ids)), body, time.time()))

    async def depth(self) -> int:
        return len(self._waiting)

    def _hand_out(self, held: _QueuedMessage) -> Message:
        held.receives += 1
        self._handed_out[held.id] = held
        self._come_again(held, _VISIBILITY_SECONDS)
        return Message(held.id, held.id, held.body, held.receives, held.sent_at)

    def _come_again(self, held: _QueuedMessage, seconds: float) -> None:
        if held.again:
            held.again.cancel()
        held.again = asyncio.get_running_loop().call_later(seconds, self._back, held)

    def _back(self, held: _QueuedMessage) -> None:
        del self._handed_out[held.id]
        if held.receives < _TRIES:
            self._wait(held)
        else:
            log.warning("event_given_up", body=held.body[:200])

    def _wait(self, held: _QueuedMessage) -> None:
        self._waiting.append(held)
        self._news.set()
