"""A cache of answers of `auth`. An answer is valid until it expires or the revocation feed names its subject.

Who follows the feed is a listener of it: each reading says how far the listener has come, and `auth` answers a sign-out or
a change of rights when all listeners have dropped what it concerns. When the feed cannot be read for BLIND_SECONDS, no
cached answer is used.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID, uuid4

import structlog

from shared.errors import AppError, Unavailable
from shared.schemas.principal import Resolution, Revocations

WAIT_SECONDS = 5.0
"""Time after which `auth` answers a listener although nothing was revoked."""
FIRST_RETRY_SECONDS = 0.1
RETRY_SECONDS = 1.0
"""Longest pause before the feed is read again after a failure, and between readings from an `auth` that does not wait."""
LEAVE_SECONDS = 1.0
BLIND_SECONDS = 60.0
MAX_CACHED_ANSWERS = 50_000

log = structlog.get_logger()

Answer = TypeVar("Answer", bound=Resolution)


def lookups(cache: "RevocableCache[Any]") -> dict[tuple[str, str], Callable[[], float]]:
    """Hits and misses of the cache, for `Metrics.reads`."""
    return {("result", "hit"): lambda: cache.hits, ("result", "miss"): lambda: cache.misses}


class RevocationFeed(Protocol):
    """The part of `auth` that lists revocations."""

    async def revocations(self, since: int | None, *, wait: float = 0, listener: UUID | None = None) -> Revocations:
        """The revocations after `since`; if there are none, as soon as there is one, or after `wait` seconds.

        `listener` uses no answer that a revocation up to `since` concerns. Changes wait for it from now on.
        """
        ...

    async def forget_listener(self, listener: UUID) -> None:
        """Let no change wait for a listener that has stopped."""
        ...


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
        self._listener = uuid4()
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

    async def follow(self, retry_seconds: float = RETRY_SECONDS) -> None:
        """Apply each revocation as soon as it is committed, until cancelled. Then all answers are dropped."""
        first = pause = min(FIRST_RETRY_SECONDS, retry_seconds)
        try:
            while True:
                try:
                    waits = await self._read(WAIT_SECONDS)
                except AppError as error:
                    log.warning("revocation_feed_unreachable", error=str(error))
                    waits = False
                if waits:
                    pause = first
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, retry_seconds)
        finally:
            await self._leave()

    async def poll(self) -> None:
        """Apply all revocations up to now."""
        await self._read(0)

    async def _read(self, wait: float) -> bool:
        """Returns whether `auth` waits for revocations, so that the next reading needs no pause."""
        news = await self._feed.revocations(self._seq, wait=wait, listener=self._listener)
        if news.reset or (self._seq is None and self._cached):
            self._cached.clear()
        named = {event.subject for event in news.events}
        if named:
            self._cached = {
                question: known for question, known in self._cached.items() if not known.principal.subjects & named
            }
        # Readings may overlap, and an older one may be answered last.
        self._seq = news.seq if news.reset or self._seq is None else max(news.seq, self._seq)
        self._last_poll = self._clock()
        return news.waits

    async def _leave(self) -> None:
        self._cached.clear()
        self._seq = None
        with suppress(AppError, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._feed.forget_listener(self._listener)

    async def _poll_or_refuse(self) -> None:
        try:
            await self.poll()
        except AppError as error:
            raise Unavailable(
                "Cannot find out which tokens were revoked, since the auth service does not answer"
            ) from error
