"""Who holds a token, decided locally and forgotten as soon as `auth` says so.

Signatures are checked here; `auth` is asked once per token. Answers are cached until the token expires, and dropped
when the revocation feed names anything in them. When the feed cannot be followed for a minute nothing is believed.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog

from shared import tokens
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.schemas.principal import Principal, Resolution, Revocations

POLL_SECONDS = 5.0
BLIND_SECONDS = 60.0
MAX_CACHED = 50_000
OPAQUE_PREFIX = "qk_"

log = structlog.get_logger()


class PrincipalSource(Protocol):
    """Answers whose token this is; raises Unauthenticated or Unavailable."""

    async def principal(self, token: str) -> Principal: ...


class Authority(Protocol):
    """The part of `auth` that the cache needs; `shared.clients.auth.AuthClient` over HTTP."""

    async def keys(self) -> list[tokens.Jwk]: ...
    async def resolve(self, token: str) -> Resolution: ...
    async def revocations(self, since: int | None) -> Revocations: ...


class PrincipalCache:
    def __init__(self, authority: Authority, *, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._authority = authority
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, tokens.Jwk] = {}
        self._keys_fetched = float("-inf")
        self._cached: dict[bytes, Resolution] = {}
        self._seq: int | None = None
        self._followed = float("-inf")

    async def principal(self, token: str) -> Principal:
        if self._clock() - self._followed > BLIND_SECONDS:
            await self._first_contact()
        digest = hashlib.sha256(token.encode()).digest()
        cached = self._cached.get(digest)
        if cached:
            if cached.expires_at > datetime.now(UTC):
                return cached.principal
            del self._cached[digest]
        if not token.startswith(OPAQUE_PREFIX):
            tokens.verify(token, await self._key(tokens.key_id(token)), issuer=self._issuer)
        resolution = await self._authority.resolve(token)
        # An answer older than what the feed has already told could resurrect what it revoked.
        if self._seq is not None and resolution.seq >= self._seq:
            if len(self._cached) >= MAX_CACHED:
                self._cached.clear()
            self._cached[digest] = resolution
        return resolution.principal

    async def follow(self, every: float = POLL_SECONDS) -> None:
        """Follow the revocation feed for ever."""
        while True:
            try:
                await self.poll()
            except AppError as error:
                log.warning("revocation_feed_unreachable", error=str(error))
            await asyncio.sleep(every)

    async def poll(self) -> None:
        news = await self._authority.revocations(self._seq)
        if news.reset or (self._seq is None and self._cached):
            self._cached.clear()
        named = {event.subject for event in news.events}
        if named:
            self._cached = {
                digest: known for digest, known in self._cached.items() if not known.principal.subjects & named
            }
        self._seq = news.seq
        self._followed = self._clock()

    async def _first_contact(self) -> None:
        try:
            await self.poll()
        except AppError as error:
            raise Unavailable("Cannot learn which tokens were revoked: the auth service does not answer") from error

    async def _key(self, kid: str) -> tokens.Jwk:
        if kid not in self._keys and self._clock() - self._keys_fetched > POLL_SECONDS:
            self._keys = {key["kid"]: key for key in await self._authority.keys()}
            self._keys_fetched = self._clock()
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthenticated("Token invalid.") from None
