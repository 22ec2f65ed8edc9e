"""Access tokens: RS256 JWTs. Nobody else knows the JOSE library, but who reads the ID tokens of others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from jose import ExpiredSignatureError, JWTError, jwk, jwt
from jose.backends.base import Key

from shared.errors import Unauthenticated

ALGORITHM = "RS256"
AUDIENCE = "patchwork"

Jwk = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    user_id: UUID
    session_id: UUID
    token_id: str
    issued_at: datetime
    expires_at: datetime


def sign(claims: Claims, *, issuer: str, private_key_pem: str, kid: str, resource: str | None = None) -> str:
    """`resource`: who else may take it."""
    payload = {
        "iss": issuer,
        "aud": [AUDIENCE, resource] if resource else AUDIENCE,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "jti": claims.token_id,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(payload, _private_key(private_key_pem), algorithm=ALGORITHM, headers={"kid": kid})


def public_jwk(private_key_pem: str, kid: str) -> dict[str, str]:
    """The public half, as it stands in a key set."""
    public: dict[str, str] = _private_key(private_key_pem).public_key().to_dict()
    return {**public, "kid": kid, "use": "sig"}


@lru_cache(maxsize=4)
def _private_key(pem: str) -> Key:
    return jwk.construct(pem, ALGORITHM)  # reading it takes a hundred times as long as signing with it


def key_id(token: str) -> str:
    """The `kid` that a token claims to be signed with; raises Unauthenticated when it is no JWT of our kind."""
    try:
        header = jwt.get_unverified_header(token)
    except JWTError as error:
        raise Unauthenticated("Token invalid.") from error
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(kid, str) or not kid.isprintable():
        raise Unauthenticated("Token invalid.")
    return kid


def verify(token: str, key: Jwk, *, issuer: str, allow_expired: bool = False) -> Claims:
    """Check signature, issuer, audience and times; raises Unauthenticated.

    `allow_expired` is for renewal: web catalogs present the expired token to be given a new one.
    """
    # To require a claim is to verify it, in this library; that there is one is seen below.
    options = {"require_exp": not allow_expired, "verify_exp": not allow_expired}
    try:
        payload = jwt.decode(
            token, dict(key), algorithms=[ALGORITHM], audience=AUDIENCE, issuer=issuer, options=options
        )
        return Claims(
            user_id=UUID(payload["sub"]),
            session_id=UUID(payload["sid"]),
            token_id=payload["jti"],
            issued_at=datetime.fromtimestamp(payload["iat"], UTC),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        )
    except ExpiredSignatureError as error:
        raise Unauthenticated("Token expired.") from error
    except (JWTError, KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("Token invalid.") from error
