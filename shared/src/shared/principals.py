"""Finds the principal of a token, with a cache that drops a principal when `auth` revokes it.

Signatures are checked here. `auth` is asked once per token.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Collection
from typing import Protocol, assert_never

import structlog
from typing_extensions import override

from shared import tickets, tokens
from shared.errors import AppError, NotForApiKeys, NotForTools, Unauthenticated
from shared.revocations import RETRY_SECONDS, RevocableCache, RevocationFeed
from shared.runtime import supervised
from shared.schemas.principal import CredentialKind, Principal, Resolution

OPAQUE_PREFIX = "qk_"
REPORT_SECONDS = 60.0
"""Interval at which `auth` gets the sessions and keys that were used."""
KEY_FETCH_SECONDS = 5.0
"""Shortest time between two questions for the signing keys."""

PRINCIPAL_LOOKUPS = (
    "patchwork_principal_lookups",
    "Look-ups of the principal of a token: in the cache (hit) or from auth (miss).",
)
"""Name and description of the metric."""

log = structlog.get_logger()


def require_person(principal: Principal) -> None:
    """Raises NotForTools or NotForApiKeys unless the caller is in a session of their own."""
    match principal.kind:
        case CredentialKind.PERSON:
            return
        case CredentialKind.TOOL:
            raise NotForTools("A connected tool may not do this. Sign in as yourself")
        case CredentialKind.KEY:
            raise NotForApiKeys("An API key may not do this. Sign in as yourself")
        case unknown:
            assert_never(unknown)


class PrincipalSource(Protocol):
    """Finds the principal of a token. Raises Unauthenticated or Unavailable."""

    async def principal(self, token: str) -> Principal: ...


class TicketSource(PrincipalSource, Protocol):
    async def ticket_claims(self, ticket: str) -> tickets.TicketClaims:
        """The claims of the ticket. `auth` says whether its session still lasts."""
        ...


class PrincipalAuthority(RevocationFeed, Protocol):
    """The part of `auth` that the cache needs; `shared.clients.auth.AuthClient` over HTTP."""

    async def keys(self) -> list[tokens.Jwk]: ...
    async def resolve(self, token: str) -> Resolution: ...
    async def note_uses(self, credentials: Collection[str]) -> None: ...


class SigningKeys:
    """The public keys of `auth`, fetched when a token names one that is not known."""

    def __init__(self, authority: PrincipalAuthority, clock: Callable[[], float] = time.monotonic) -> None:
        self._authority = authority
        self._clock = clock
        self._keys: dict[str, tokens.Jwk] = {}
        self._fetched = float("-inf")

    async def find(self, token: str) -> tokens.Jwk:
        """The key that signed the token, or a ticket. Raises Unauthenticated or Unavailable."""
        kid = tokens.key_id(token)
        if kid not in self._keys and self._clock() - self._fetched > KEY_FETCH_SECONDS:
            self._keys = {key["kid"]: key for key in await self._authority.keys()}
            self._fetched = self._clock()
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthenticated("Token invalid.") from None


class PrincipalCache(RevocableCache[Resolution]):
    def __init__(
        self,
        authority: PrincipalAuthority,
        *,
        issuer: str,
        clock: Callable[[], float] = time.monotonic,
        report_seconds: float = REPORT_SECONDS,
    ) -> None:
        super().__init__(authority, clock)
        self._authority = authority
        self._issuer = issuer
        self._keys = SigningKeys(authority, clock)
        self._used: set[str] = set()
        self._report_seconds = report_seconds

    async def principal(self, token: str) -> Principal:
        return (await self.resolution(token)).principal

    async def ticket_claims(self, ticket: str) -> tickets.TicketClaims:
        """The claims of a ticket that has not expired, for any address. Raises Unauthenticated or Unavailable."""
        return tickets.verify(ticket, await self._keys.find(tickets.signed_part(ticket)), issuer=self._issuer)

    async def resolution(self, token: str) -> Resolution:
        digest = hashlib.sha256(token.encode()).digest()
        if cached := await self.find_answer(digest):
            self.note_use(cached.principal.credential)
            return cached
        if not token.startswith(OPAQUE_PREFIX):
            tokens.verify(token, await self._keys.find(token), issuer=self._issuer)
        resolution = await self._authority.resolve(token)
        self.add_answer(digest, resolution)
        self.note_use(resolution.principal.credential)
        return resolution

    def note_use(self, credential: str) -> None:
        """Let the next report name the credential: `session:…`, `key:…` or `pair:…`."""
        self._used.add(credential)

    @override
    async def follow(self, retry_seconds: float = RETRY_SECONDS) -> None:
        async with supervised(self._keep_reporting):
            await super().follow(retry_seconds)

    async def report_uses(self) -> None:
        """Send the credentials that were used to `auth`."""
        if self._used:
            used, self._used = self._used, set()
            try:
                await self._authority.note_uses(used)
            except AppError as error:
                log.warning("uses_not_noted", count=len(used), error=str(error))

    async def _keep_reporting(self) -> None:
        while True:
            await asyncio.sleep(self._report_seconds)
            await self.report_uses()
