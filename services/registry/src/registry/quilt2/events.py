"""Events of packages. Installs and previews wait in a queue, which is written many at a time."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KINDS = ("PUSH", "INSTALL", "PREVIEW", "DELETE")
_MAX_WAITING_EVENTS = 100_000


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    owner: str
    name: str
    user: str | None
    hash: str | None = None
    extra: dict[str, Any] | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))


class EventQueue:
    def __init__(self) -> None:
        self._waiting: deque[Event] = deque(maxlen=_MAX_WAITING_EVENTS)
        self.writing = asyncio.Lock()
        """Held while events that were taken are written: whoever gets it knows that all earlier events are in the database."""

    def add(self, event: Event) -> None:
        self._waiting.append(event)

    def take(self) -> list[Event]:
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def put_back(self, events: list[Event]) -> None:
        self._waiting.extendleft(reversed(events))
