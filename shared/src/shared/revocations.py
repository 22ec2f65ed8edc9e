"""A cache of answers of `auth`. An answer is valid until it expires or the revocation feed names its subject.

When the feed cannot be read for BLIND_SECONDS, no cached answer is used.
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
MAX_CACHED_ANSWERS = 50_000

log = structlog.get_logger()

Answer = TypeVar("Answer", bound=Resolution)


def lookups(cache: "RevocableCache[Any]") -> dict[tuple[str, str], Callable[[], float]]:
    """Hits and misses of the cache, for `Metrics.reads`."""
    return {("result", "hit"): lambda: cache.hits, ("result", "miss"): lambda: cache.misses}


class RevocationFeed(Protocol):
    """The part of `auth` that lists revocations."""

    async def revocations(self, since: int | None) -> Revocations: ...


class RevocableCache(Generic[Answer]):
    """Answers of `auth` by question.

    A dictionary rather than an LRU cache, since each request looks here and only an installation with very many tokens
    fills it; then the oldest answers are dropped.
    """

    def __init__(
        self,
        feed: RevocationFeed,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_answers: int = MAX_CACHED_ANSWERS,
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._max_answers = max_answers
        self._cached: dict[bytes, Answer] = {}
        self._seq: int | None = None
        self._last_poll = float("-inf")
        self.hits = self.misses = 0
        """Numbers of questions whose answer was in the cache, and was not."""

    @property
    def seq(self) -> int | None:
        """Number of the last revocation that was read."""
        return self._seq

    async def find_answer(self, question: bytes) -> Answer | None:
        """The answer if it is cached and valid. Raises Unavailable when revocations cannot be read."""
        if self._clock() - self._last_poll > BLIND_SECONDS:
            await self._poll_or_refuse()
        cached = self._cached.get(question)
        if cached and cached.expires_at <= datetime.now(UTC):
            del self._cached[question]
            cached = None
        if cached is None:
            self.misses += 1
        else:
            self.hits += 1
        return cached

    def add_answer(self, question: bytes, answer: Answer) -> None:
        # An answer that is older than the last revocation read here may have been revoked by it.
        if self._seq is not None and answer.seq >= self._seq:
            while len(self._cached) >= self._max_answers:
                del self._cached[next(iter(self._cached))]
            self._cached[question] = answer

    async def follow(self, every: float = POLL_SECONDS) -> None:
        """Read the revocation feed every `every` seconds until cancelled."""
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
        self._last_poll = self._clock()

    async def _poll_or_refuse(self) -> None:
        try:
            await self.poll()
        except AppError as error:
            raise Unavailable(
                "Cannot find out which tokens were revoked, since the auth service does not answer"
            ) from error
