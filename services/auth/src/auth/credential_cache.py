"""Vended credentials, handed out again while they have half of their life left."""

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cachetools import TLRUCache

from shared.schemas.principal import Resolution

MAX_CACHED_CREDENTIALS = 10_000


@dataclass(frozen=True, slots=True)
class CachedCredentials:
    answer: bytes
    """JSON, as it goes to the caller."""
    good_until: float
    """Seconds since the epoch."""


class CredentialCache:
    """Keyed by the session and the position of the revocation feed at which its rights were read.

    A change of rights has a later position, so credentials vended under earlier rights are never found.
    """

    def __init__(self) -> None:
        self._cached: TLRUCache[tuple[UUID, int], CachedCredentials] = TLRUCache(
            MAX_CACHED_CREDENTIALS, ttu=lambda _, credentials, __: credentials.good_until, timer=time.time
        )

    def find(self, caller: Resolution) -> bytes | None:
        cached = self._cached.get((caller.principal.session_id, caller.seq))
        return cached.answer if cached else None

    def keep(self, caller: Resolution, answer: bytes, expires_at: datetime) -> None:
        now = time.time()
        good_until = now + (expires_at.timestamp() - now) / 2
        self._cached[caller.principal.session_id, caller.seq] = CachedCredentials(answer, good_until)
