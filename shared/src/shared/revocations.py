"""What `auth` said, believed until it expires or the revocation feed names it.

When the feed cannot be followed for a minute nothing is believed.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

import structlog

from shared.errors import AppError, Unavailable
from shared.schemas.principal import Resolution, Revocations

POLL_SECONDS = 5.0
BLIND_SECONDS = 60.0
MAX_CACHED = 50_000

log = structlog.get_logger()

Answer = TypeVar("Answer", bound=Resolution)


def lookups(cache: "RevocableCache[Any]") -> dict[tuple[str, str], Callable[[], float]]:
    """For `Metrics.reads`."""
    return {("result", "hit"): lambda: cache.hits, ("result", "miss"): lambda: cache.misses}


class RevocationFeed(Protocol):
    """The part of `auth` that tells what is no longer true."""

    async def revocations(self, since: int | None) -> Revocations: ...


class RevocableCache(Generic[Answer]):
    """Answers of `auth` by whatever was asked."""

    def __init__(self, feed: RevocationFeed, clock: Callable[[], float] = time.monotonic) -> None:
        self._feed = feed
        self._clock = clock
        self._cached: dict[bytes, Answer] = {}
        self._seq: int | None = None
        self._followed = float("-inf")
        self.hits = self.misses = 0
        """How often the answer was known, and was not."""

    @property
    def seq(self) -> int | None:
        """How far the feed has been followed."""
        return self._seq

    async def find(self, question: bytes) -> Answer | None:
        """What still holds; raises Unavailable when that cannot be known."""
        if self._clock() - self._followed > BLIND_SECONDS:
            await self._first_contact()
        cached = self._cached.get(question)
        if cached and cached.expires_at <= datetime.now(UTC):
            del self._cached[question]
            cached = None
        if cached is None:
            self.misses += 1
        else:
            self.hits += 1
        return cached

    def keep(self, question: bytes, answer: Answer) -> None:
        # An answer older than what the feed has already told could resurrect what it revoked.
        if self._seq is not None and answer.seq >= self._seq:
            if len(self._cached) >= MAX_CACHED:
                self._cached.clear()
            self._cached[question] = answer

    async def follow(self, every: float = POLL_SECONDS) -> None:
        """Follow the revocation feed for ever."""
        while True:
            try:
                await self.poll()
            except AppError as error:
                log.warning("revocation_feed_unreachable", error=str(error))
            await asyncio.sleep(every)

    async def poll(self) -> None:
        news = await self._feed.revocations(self._seq)
        if news.reset or (self._seq is None and self._cached):
            self._cached.clear()
        named = {event.subject for event in news.events}
        if named:
            self._cached = {
                question: known for question, known in self._cached.items() if not known.principal.subjects & named
            }
        self._seq = news.seq
        self._followed = self._clock()

    async def _first_contact(self) -> None:
        try:
            await self.poll()
        except AppError as error:
            raise Unavailable("Cannot learn which tokens were revoked: the auth service does not answer") from error
