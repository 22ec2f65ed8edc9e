"""Access tokens: signed with the key that became active last, verified with any key that is still stored."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypedDict
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.services.audit import record
from auth.settings import AuthSettings
from shared import signed_reports, tickets, tokens
from shared.errors import Unauthenticated
from shared.schemas.session import Token

KEY_BITS = 2048
PUBLICATION_LEAD = timedelta(minutes=1)
"""Time between the publication of a key and its first signature, in which every verifier fetches it."""


class _SigningKey(TypedDict):
    """Arguments of the functions that sign."""

    private_key_pem: str
    kid: str


class KeyService:
    def __init__(self, stores: Stores, encryptor: Encryptor, settings: AuthSettings) -> None:
        self._stores = stores
        self._encryptor = encryptor
        self._settings = settings

    async def sign(self, user_id: UUID, session_id: UUID, life: timedelta, resource: str | None = None) -> Token:
        """`resource`: audience of a tool's token, in addition to this installation."""
        now = datetime.now(UTC)
        expires_at = now + life
        claims = tokens.Claims(user_id, session_id, uuid4().hex, now, expires_at)
        signed = tokens.sign(
            claims,
            issuer=self._settings.issuer,
            resource=resource,
            **await self._signing_key(),
        )
        return Token(token=signed, exp=int(expires_at.timestamp()))

    async def sign_tickets(self, wanted: Sequence[tickets.TicketClaims]) -> list[str]:
        """Sign tickets in a thread, since a thousand take most of a second."""
        sign = partial(tickets.sign, issuer=self._settings.issuer, **await self._signing_key())
        return await asyncio.to_thread(lambda: [sign(claims) for claims in wanted])

    async def sign_report(self, digest: str) -> str:
        """The signature of a report with this digest."""
        return signed_reports.sign_digest(digest, issuer=self._settings.issuer, **await self._signing_key())

    async def verify_ticket(self, ticket: str, *, allow_expired: bool = False) -> tickets.TicketClaims:
        public = await self._stores.keys.find_public(tokens.key_id(tickets.signed_part(ticket)))
        if public is None:
            raise Unauthenticated("Token invalid.")
        return tickets.verify(ticket, public, issuer=self._settings.issuer, allow_expired=allow_expired)

    async def verify(self, token: str, *, allow_expired: bool = False) -> tokens.Claims:
        public = await self._stores.keys.find_public(tokens.key_id(token))
        if public is None:
            raise Unauthenticated("Token invalid.")
        return tokens.verify(token, public, issuer=self._settings.issuer, allow_expired=allow_expired)

    async def ensure(self) -> None:
        """Make the first key, once for all replicas; raises WrongSecretKey if the present one cannot be decrypted."""
        await self._stores.lock("keys")
        key = await self._stores.keys.find_signing()
        if key is None:
            await self._make(active_from=datetime.now(UTC))
        else:
            self._encryptor.decrypt(key.sealed)

    async def rotate(self) -> tuple[str, datetime]:
        """Make the next key; returns its id and the time of its first signature. Older keys still verify."""
        await self._stores.lock("keys")
        active_from = datetime.now(UTC) + PUBLICATION_LEAD
        kid = await self._make(active_from=active_from)
        await record(self._stores, "Keys.Rotate", f"signing_key:{kid}")
        return kid, active_from

    async def reseal(self) -> int:
        """Encrypt all stored secrets with the present secret key; returns their number. Raises WrongSecretKey."""
        await self._stores.lock("keys")
        count = await self._stores.sealed.replace_all(
            lambda sealed: self._encryptor.encrypt(self._encryptor.decrypt(sealed))
        )
        await record(self._stores, "Keys.Reseal", "secret_key")
        return count

    async def prune(self) -> None:
        days = max(self._settings.session_days, self._settings.access_token_days)
        await self._stores.keys.prune(timedelta(days=days))

    async def _signing_key(self) -> _SigningKey:
        key = await self._stores.keys.find_signing()
        if key is None:
            raise RuntimeError("There is no signing key; it is made at start")
        return {"private_key_pem": self._encryptor.decrypt(key.sealed), "kid": key.kid}

    async def _make(self, active_from: datetime) -> str:
        key = await asyncio.to_thread(rsa.generate_private_key, public_exponent=65537, key_size=KEY_BITS)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        kid = uuid4().hex
        await self._stores.keys.add(kid, tokens.public_jwk(pem, kid), self._encryptor.encrypt(pem), active_from)
        return kid
