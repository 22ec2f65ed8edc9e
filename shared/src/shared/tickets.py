"""Tickets: JWTs that let their holder read one address, for pictures, links and programs that cannot send a header.

A ticket has the session or API key that made it, and the digest of the method, the path and all parameters. Tickets of a set
share one JWT, which has the root of a Merkle tree over the digests; each has the proof of its own digest after a tilde.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid4

from shared import tokens
from shared.errors import Unauthenticated

AUDIENCE = "ticket"
PARAMETER = "ticket"
"""The parameter of an address that has the ticket."""

PROOF_MARK = "~m"
"""Separates the JWT of a set from the proof of one of its addresses. An address that ends with a tilde alone is often cut in letters."""
MAX_PROOF_HASHES = 20
"""Hashes in a proof: enough for a million addresses."""
_HASH_BYTES = 32

Parameters = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TicketClaims:
    user_id: UUID
    session_id: UUID
    address: str
    """Digest of the address, from `address_digest`, or the root of an `AddressTree`."""
    expires_at: datetime
    is_set: bool = False

    def permits(self, ticket: str, path: str, parameters: Parameters) -> bool:
        """True if the ticket, whose JWT has these claims, is for exactly this address."""
        digest = address_digest(path, parameters)
        _, mark, proof = ticket.partition(PROOF_MARK)
        if not self.is_set:
            return not mark and self.address == digest
        return _proved_root(digest, proof) == self.address


class AddressTree:
    """A Merkle tree over digests of addresses, so that one signature holds for all of them, and each is proved alone.

    Source: RFC 6962, section 2.1. Here the two parts of a node are hashed in the order of their values, so that a proof
    needs no positions.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        """`addresses`: at least one digest from `address_digest`."""
        level = [_leaf(address) for address in addresses]
        self._levels = [level]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            above = [_node(left, right) for left, right in pairs]
            level = above if len(level) % 2 == 0 else [*above, level[-1]]
            self._levels.append(level)

    @property
    def root(self) -> str:
        return self._levels[-1][0].hex()

    def ticket(self, signed: str, position: int) -> str:
        """The ticket of one address, by its position. `signed`: the JWT with the root."""
        siblings = []
        for level in self._levels[:-1]:
            if position ^ 1 < len(level):
                siblings.append(level[position ^ 1])
            position //= 2
        return signed + PROOF_MARK + base64.urlsafe_b64encode(b"".join(siblings)).decode().rstrip("=")


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
        "set" if claims.is_set else "adr": claims.address,
        "iat": int(datetime.now(UTC).timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return tokens.encode(payload, private_key_pem=private_key_pem, kid=kid)


def verify(ticket: str, key: tokens.Jwk, *, issuer: str | None, allow_expired: bool = False) -> TicketClaims:
    """The claims of a ticket that is valid now, for any address: `TicketClaims.permits` decides on one. Raises Unauthenticated.

    `issuer` is None where the keys come from the issuer itself. `allow_expired` is for answers that have begun.
    """
    payload = tokens.decode(signed_part(ticket), key, audience=AUDIENCE, issuer=issuer, allow_expired=allow_expired)
    is_set = "set" in payload
    try:
        return TicketClaims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            address=str(payload["set" if is_set else "adr"]),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
            is_set=is_set,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("Token invalid.") from error


def signed_part(ticket: str) -> str:
    """The JWT of a ticket, without the proof that a ticket of a set has."""
    return ticket.partition(PROOF_MARK)[0]


def _proved_root(address: str, proof: str) -> str | None:
    """The root of the tree in which the proof places the address; None for a proof that cannot be read."""
    try:
        siblings = base64.b64decode(proof + "=" * (-len(proof) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    if len(siblings) % _HASH_BYTES or len(siblings) > MAX_PROOF_HASHES * _HASH_BYTES:
        return None
    found = _leaf(address)
    for at in range(0, len(siblings), _HASH_BYTES):
        found = _node(found, siblings[at : at + _HASH_BYTES])
    return found.hex()


def _leaf(address: str) -> bytes:
    return hashlib.sha256(b"\x00" + address.encode()).digest()


def _node(one: bytes, other: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + min(one, other) + max(one, other)).digest()
