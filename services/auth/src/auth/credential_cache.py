"""Vended credentials that are handed out again while they have half of their life left."""

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.schemas.principal import Principal

MAX_HELD = 10_000


@dataclass(frozen=True, slots=True)
class CachedCredentials:
    principal: Principal
    answer: bytes
    """JSON, as it goes to the caller."""
    good_until: datetime


class CredentialCache:
    """By the very principal: whose rights have changed has another, and so has who signed in again."""

    def __init__(self) -> None:
        self._held: dict[int, CachedCredentials] = {}

    def find(self, principal: Principal) -> bytes | None:
        held = self._held.get(id(principal))
        if held is None or held.principal is not principal:
            return None
        if held.good_until < datetime.now(UTC):
            del self._held[id(principal)]
            return None
        return held.answer

    def keep(self, principal: Principal, answer: bytes, expires_at: datetime) -> None:
        now = datetime.now(UTC)
        if len(self._held) >= MAX_HELD:
            self._held = {key: held for key, held in self._held.items() if held.good_until > now}
        if len(self._held) >= MAX_HELD:
            self._held.clear()
        self._held[id(principal)] = CachedCredentials(principal, answer, now + (expires_at - now) / 2)
