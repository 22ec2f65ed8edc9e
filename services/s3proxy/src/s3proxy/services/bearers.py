"""Callers with an access token, an API key or a ticket, cached until the revocation feed names them."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from cachetools import LRUCache

from shared import tickets, tokens
from shared.aws.process_credentials import Keys
from shared.clients.auth import TicketAuthority
from shared.concurrency import SingleFlight
from shared.errors import Unauthenticated
from shared.principals import OPAQUE_PREFIX, SigningKeys
from shared.revocations import RevocableCache
from shared.schemas.principal import Principal, Resolution
from shared.schemas.ticket import Presented, ReadCredentials, ReadQuestion

MAX_ANSWER_AGE = timedelta(minutes=10)
"""Age at which `auth` is asked again. It records with each answer that the session or key is in use."""
MIN_CREDENTIAL_LIFE = timedelta(minutes=2)
"""Life that S3 credentials must have left when a file is opened with them."""
MAX_VERIFIED_TICKETS = 10_000


class PresentingCaller(Protocol):
    """A caller, with what they can show other services."""

    @property
    def principal(self) -> Principal: ...

    @property
    def presented(self) -> Presented:
        """The credential that other services are shown, which verify it themselves."""
        ...


@dataclass(frozen=True, slots=True)
class Bearer:
    principal: Principal
    presented: Presented
    """The credential that other services are shown, which verify it themselves."""


class BearerCache(RevocableCache[Resolution]):
    def __init__(self, authority: TicketAuthority, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(authority, clock)
        self._authority = authority
        self._keys = SigningKeys(authority, clock)
        self._tickets: LRUCache[bytes, tickets.TicketClaims] = LRUCache(MAX_VERIFIED_TICKETS)
        self._flights: SingleFlight[bytes, Resolution] = SingleFlight()

    async def find_by_token(self, token: str) -> Bearer:
        """Raises Unauthenticated or Unavailable."""

        async def resolve() -> Resolution:
            if not token.startswith(OPAQUE_PREFIX):
                tokens.verify(token, await self._keys.find(token), issuer=None)
            return await self._authority.resolve(token)

        found = await self._find(b"token" + _digest(token), resolve, MAX_ANSWER_AGE)
        return Bearer(found.principal, Presented(token=token))

    async def find_by_ticket(self, ticket: str, path: str, parameters: tickets.Parameters) -> Bearer:
        """The maker of a ticket for exactly this address. Raises Unauthenticated or Unavailable."""
        claims = await self._verify(ticket)
        if not claims.permits(ticket, path, parameters):
            raise Unauthenticated(
                "The ticket is for another address: it holds for exactly the parameters it was made for"
            )

        async def resolve() -> Resolution:
            return await self._authority.resolve_ticket(ticket)

        question = b"session" + claims.session_id.bytes + claims.user_id.bytes
        found = await self._find(question, resolve, MAX_ANSWER_AGE)
        return Bearer(found.principal, Presented(ticket=ticket))

    async def find_begun(self, bearer: Bearer) -> Bearer:
        """The caller of an answer that has begun, as they are now. Raises Unauthenticated once their session has ended, or Unavailable."""
        shown = bearer.presented

        async def resolve() -> Resolution:
            if shown.token is not None:
                return await self._authority.resolve(shown.token, begun=True)
            return await self._authority.resolve_ticket(shown.ticket or "", begun=True)

        found = await self._find(b"begun" + _digest(shown.token or shown.ticket or ""), resolve, MAX_ANSWER_AGE)
        return Bearer(found.principal, shown.model_copy(update={"begun": True}))

    async def find_credentials(self, bearer: PresentingCaller, bucket: str) -> Keys:
        """S3 credentials of the caller that read one bucket. Raises Unauthenticated, Forbidden, NotFound or Unavailable."""

        async def vend() -> Resolution:
            shown = bearer.presented
            return await self._authority.reading_credentials(
                ReadQuestion(
                    token=shown.token, ticket=shown.ticket, signed=shown.signed, begun=shown.begun, bucket=bucket
                )
            )

        question = b"bucket" + bearer.principal.session_id.bytes + bucket.encode()
        found = await self._find(question, vend, None)
        assert isinstance(found, ReadCredentials)  # noqa: S101 – questions of buckets have no other answers
        return Keys(found.access_key_id, found.secret_access_key, found.session_token)

    async def _verify(self, ticket: str) -> tickets.TicketClaims:
        signed = tickets.signed_part(ticket)  # the same for all tickets of a set
        digest = _digest(signed)
        claims = self._tickets.get(digest)
        if claims is None:
            claims = self._tickets[digest] = tickets.verify(signed, await self._keys.find(signed), issuer=None)
        if claims.expires_at <= datetime.now(UTC):
            raise Unauthenticated("The ticket has expired")
        return claims

    async def _find(
        self, question: bytes, ask: Callable[[], Awaitable[Resolution]], max_age: timedelta | None
    ) -> Resolution:
        if cached := await self.find_answer(question):
            return cached

        async def answer() -> Resolution:
            found = await ask()
            ends = found.expires_at - MIN_CREDENTIAL_LIFE
            if max_age is not None:
                ends = min(found.expires_at, datetime.now(UTC) + max_age)
            self.add_answer(question, found.model_copy(update={"expires_at": ends}))
            return found

        return await self._flights.run(question, answer)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
