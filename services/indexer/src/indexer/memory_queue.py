"""A queue in memory, for stores that send events by webhook.

Its messages are lost when the process ends. That does no harm: when it starts, the worker compares every bucket with its index.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

import structlog

from shared.aws.queues import BATCH_MESSAGES, Message
from shared.errors import Unavailable

_MAX_MESSAGES = 20_000
_MAX_RECEIVES = 5
_VISIBILITY_SECONDS = 60

log = structlog.get_logger()


@dataclass
class _QueuedMessage:
    id: str
    body: str
    sent_at: float
    receives: int = 0
    redelivery: asyncio.TimerHandle | None = None
    """Timer that makes a received message wait again, unless it is deleted before."""


class MemoryQueue:
    """Implements `shared.aws.queues.Queue`."""

    def __init__(self) -> None:
        self._waiting: deque[_QueuedMessage] = deque()
        self._in_flight: dict[str, _QueuedMessage] = {}
        self._ids = count(1)
        self._arrived = asyncio.Event()

    async def receive(self, *, wait: float) -> list[Message]:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                while not self._waiting:
                    self._arrived.clear()
                    await self._arrived.wait()
        return [self._deliver(self._waiting.popleft()) for _ in range(min(BATCH_MESSAGES, len(self._waiting)))]

    async def delete(self, messages: Sequence[Message]) -> None:
        for message in messages:
            held = self._in_flight.pop(message.id, None)
            if held and held.redelivery:
                held.redelivery.cancel()

    async def extend(self, messages: Sequence[Message], seconds: int) -> None:
        for message in messages:
            if held := self._in_flight.get(message.id):
                self._schedule_redelivery(held, seconds)

    async def send(self, body: str) -> None:
        if len(self._waiting) + len(self._in_flight) >= _MAX_MESSAGES:
            raise Unavailable("Too many events are waiting")
        self._enqueue(_QueuedMessage(str(next(self._ids)), body, time.time()))

    async def depth(self) -> int:
        return len(self._waiting)

    def _deliver(self, held: _QueuedMessage) -> Message:
        held.receives += 1
        self._in_flight[held.id] = held
        self._schedule_redelivery(held, _VISIBILITY_SECONDS)
        return Message(held.id, held.id, held.body, held.receives, held.sent_at)

    def _schedule_redelivery(self, held: _QueuedMessage, seconds: float) -> None:
        if held.redelivery:
            held.redelivery.cancel()
        held.redelivery = asyncio.get_running_loop().call_later(seconds, self._redeliver, held)

    def _redeliver(self, held: _QueuedMessage) -> None:
        del self._in_flight[held.id]
        if held.receives < _MAX_RECEIVES:
            self._enqueue(held)
        else:
            log.warning("event_given_up", body=held.body[:200])

    def _enqueue(self, held: _QueuedMessage) -> None:
        self._waiting.append(held)
        self._arrived.set()
