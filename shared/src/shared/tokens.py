"""Access tokens: JWTs signed with RS256."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from jose import ExpiredSignatureError, JWTError, jwk, jwt
from jose.backends.base import Key

from shared.errors import Unauthenticated

ALGORITHM = "RS256"
AUDIENCE = "patchwork"
MAX_EXPIRED = timedelta(days=1)
"""Time for which an answer that has begun goes on after its token or ticket has expired, if the session lasts."""

Jwk = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of an access token."""

    user_id: UUID
    session_id: UUID
    token_id: str
    issued_at: datetime
    expires_at: datetime


def sign(claims: Claims, *, issuer: str, private_key_pem: str, kid: str, resource: str | None = None) -> str:
    """A signed token. `resource`: another audience that may accept it."""
    payload = {
        "iss": issuer,
        "aud": [AUDIENCE, resource] if resource else AUDIENCE,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "jti": claims.token_id,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return encode(payload, private_key_pem=private_key_pem, kid=kid)


def encode(payload: Mapping[str, Any], *, private_key_pem: str, kid: str) -> str:
    return jwt.encode(dict(payload), _private_key(private_key_pem), algorithm=ALGORITHM, headers={"kid": kid})


def public_jwk(private_key_pem: str, kid: str) -> dict[str, str]:
    """The public key, as an element of a JWK set."""
    public: dict[str, str] = _private_key(private_key_pem).public_key().to_dict()
    return {**public, "kid": kid, "use": "sig"}


@lru_cache(maxsize=4)
def _private_key(pem: str) -> Key:
    return jwk.construct(pem, ALGORITHM)  # reading the key takes a hundred times as long as signing


def require_recent(expires_at: datetime) -> None:
    """Raise Unauthenticated for a token or ticket with which even an answer that has begun does not go on."""
    if expires_at + MAX_EXPIRED <= datetime.now(UTC):
        raise Unauthenticated("Token expired.")


def key_id(token: str) -> str:
    """The `kid` in the header of a token, which is not verified. Raises Unauthenticated unless it is a JWT with RS256."""
    try:
        header = jwt.get_unverified_header(token)
    except JWTError as error:
        raise Unauthenticated("Token invalid.") from error
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or not kid.isprintable():
        raise Unauthenticated("Token invalid.")
    return kid


def verify(token: str, key: Jwk, *, issuer: str | None, allow_expired: bool = False) -> Claims:
    """The claims of a token whose signature, issuer, audience and times are valid. Raises Unauthenticated.

    `issuer` is None where the keys come from the issuer itself. `allow_expired` is for renewal: web catalogs send the expired token to get a new one.
    """
    payload = decode(token, key, audience=AUDIENCE, issuer=issuer, allow_expired=allow_expired)
    try:
        return Claims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            token_id=payload["jti"],
            issued_at=datetime.fromtimestamp(payload["iat"], UTC),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("Token invalid.") from error


def decode(token: str, key: Jwk, *, audience: str, issuer: str | None, allow_expired: bool = False) -> dict[str, Any]:
    """The payload of a JWT whose signature, audience, issuer (unless it is None) and times are valid. Raises Unauthenticated."""
    # The library verifies each claim that it requires. Callers find a missing `exp` of an expired token.
    options = {"require_exp": not allow_expired, "verify_exp": not allow_expired, "require_aud": True}
    try:
        payload: dict[str, Any] = jwt.decode(
            token, dict(key), algorithms=[ALGORITHM], audience=audience, issuer=issuer, options=options
        )
    except ExpiredSignatureError as error:
        raise Unauthenticated("Token expired.") from error
    except (JWTError, KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("Token invalid.") from error
    return payload
