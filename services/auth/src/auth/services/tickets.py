"""Tickets: addresses of the S3 proxy that their holder may read while the session of their maker lasts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from auth.db.stores import Stores
from auth.services.audit import record
from auth.services.keys import KeyService
from auth.settings import AuthSettings
from shared import tickets
from shared.schemas.principal import Principal
from shared.schemas.ticket import SignedTicketSet, Ticket, TicketCreate, TicketSetQuestion

MAX_RECORDED_CHARACTERS = 300
"""Characters of a path or parameter in the audit trail."""


class TicketService:
    def __init__(self, stores: Stores, keys: KeyService, settings: AuthSettings) -> None:
        self._stores = stores
        self._keys = keys
        self._settings = settings

    async def create(self, maker: Principal, wanted: Sequence[TicketCreate]) -> list[Ticket]:
        now = datetime.now(UTC).replace(microsecond=0)
        claims = [
            tickets.TicketClaims(
                user_id=maker.user_id,
                session_id=maker.session_id,
                address=tickets.address_digest(each.path, each.query.items()),
                expires_at=now + timedelta(seconds=each.seconds),
            )
            for each in wanted
        ]
        signed = await self._keys.sign_tickets(claims)
        await record(
            self._stores,
            "Tickets.Create",
            f"address:{wanted[0].path}"[:MAX_RECORDED_CHARACTERS],
            times=len(wanted),
            seconds=max(each.seconds for each in wanted),
            parameters={name: value[:MAX_RECORDED_CHARACTERS] for name, value in wanted[0].query.items()},
        )
        return [
            Ticket(ticket=ticket, url=self._url(each, ticket), expires_at=claim.expires_at)
            for each, ticket, claim in zip(wanted, signed, claims, strict=True)
        ]

    async def create_set(self, maker: Principal, question: TicketSetQuestion) -> SignedTicketSet:
        """The JWT of a set. The service that asks records in the audit trail for what it is."""
        now = datetime.now(UTC).replace(microsecond=0)
        expires_at = now + timedelta(seconds=question.seconds)
        claims = tickets.TicketClaims(maker.user_id, maker.session_id, question.root, expires_at, is_set=True)
        [signed] = await self._keys.sign_tickets([claims])
        return SignedTicketSet(ticket=signed, expires_at=expires_at)

    def _url(self, wanted: TicketCreate, ticket: str) -> str:
        named = [*wanted.query.items(), (tickets.PARAMETER, ticket)]
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in named)
        return f"{self._settings.public.s3proxy_url}{wanted.path}?{query}"
