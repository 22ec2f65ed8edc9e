"""A queue in memory."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from shared.aws.queues import BATCH_MESSAGES, Message
from shared.errors import Unavailable


@dataclass
class _FakeMessage:
    body: str
    visible_at: float = 0.0
    receives: int = 0


class FakeQueue:
    """Implements `shared.aws.queues.Queue`. A message that is received more than `max_receives` times goes to `dead`."""

    def __init__(self, *, visibility: float = 30, max_receives: int = 5) -> None:
        self._held: dict[str, _FakeMessage] = {}
        self._ids = count(1)
        self._visibility = visibility
        self._max_receives = max_receives
        self._news = asyncio.Event()
        self.dead: list[str] = []
        self.down = False

    async def receive(self, *, wait: float) -> list[Message]:
        until = time.monotonic() + wait
        while True:
            self._require_up()
            if taken := self._take():
                return taken
            left = until - time.monotonic()
            if left <= 0:
                return []
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, 0.02)):
                    await self._news.wait()

    async def delete(self, messages: Sequence[Message]) -> None:
        self._require_up()
        for message in messages:
            self._held.pop(message.id, None)

    async def extend(self, messages: Sequence[Message], seconds: int) -> None:
        self._require_up()
        for message in messages:
            if message.id in self._held:
                self._held[message.id].visible_at = time.monotonic() + seconds

    async def send(self, body: str) -> None:
        self._require_up()
        self._held[str(next(self._ids))] = _FakeMessage(body)
        self._news.set()

    async def depth(self) -> int:
        self._require_up()
        return sum(held.visible_at <= time.monotonic() for held in self._held.values())

    @property
    def left(self) -> int:
        """Number of messages that are not deleted, waiting or delivered."""
        return len(self._held)

    def _take(self) -> list[Message]:
        now = time.monotonic()
        taken: list[Message] = []
        for id_, held in list(self._held.items()):
            if held.visible_at > now or len(taken) == BATCH_MESSAGES:
                continue
            if held.receives >= self._max_receives:
                self.dead.append(self._held.pop(id_).body)
                continue
            held.receives += 1
            held.visible_at = now + self._visibility
            taken.append(Message(id_, f"{id_}.{held.receives}", held.body, held.receives))
        return taken

    def _require_up(self) -> None:
        if self.down:
            raise Unavailable("the queue is down")
