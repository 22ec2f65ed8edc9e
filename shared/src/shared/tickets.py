"""Tickets: JWTs that let their holder read one address, for pictures, links and programs that cannot send a header.

A ticket has the session or API key that made it, and the digest of the method, the path and all parameters.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid4

from shared import tokens
from shared.errors import Unauthenticated

AUDIENCE = "ticket"
PARAMETER = "ticket"
"""The parameter of an address that has the ticket."""

Parameters = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TicketClaims:
    user_id: UUID
    session_id: UUID
    address: str
    """Digest of the address, from `address_digest`."""
    expires_at: datetime


def address_digest(path: str, parameters: Parameters) -> str:
    """SHA-256 in hexadecimal digits of what a ticket is bound to: GET, the path as it is sent, and the decoded parameters in any order."""
    sent = sorted(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters)
    return hashlib.sha256("\n".join(["GET", path, *sent]).encode()).hexdigest()


def sign(claims: TicketClaims, *, issuer: str, private_key_pem: str, kid: str) -> str:
    payload = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "jti": uuid4().hex,
        "adr": claims.address,
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return tokens.encode(payload, private_key_pem=private_key_pem, kid=kid)


def verify(ticket: str, key: tokens.Jwk, *, issuer: str | None) -> TicketClaims:
    """The claims of a ticket that is valid now, for any address. Raises Unauthenticated.

    `issuer` is None where the keys come from the issuer itself.
    """
    payload = tokens.decode(ticket, key, audience=AUDIENCE, issuer=issuer)
    try:
        return TicketClaims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            address=str(payload["adr"]),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("Token invalid.") from error
