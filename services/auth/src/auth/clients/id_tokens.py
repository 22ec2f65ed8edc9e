"""Verification of ID tokens (OpenID Connect Core, section 3.1.3.7)."""

import time
from collections.abc import Collection, Mapping
from typing import Any

from jose import JWTError, jwt

from auth.errors import IdTokenRefused

LEEWAY_SECONDS = 60
MAX_AGE_SECONDS = 3600
"""Oldest accepted token, whatever its expiry."""
MAX_LENGTH = 64_000
_MEMBERS = {"RS": ("RSA", ("kty", "n", "e")), "ES": ("EC", ("kty", "crv", "x", "y"))}
"""Type of key and the members of a JWK that are used, by the first two letters of the algorithm."""

Jwk = Mapping[str, Any]


def key_id(token: str, algorithms: Collection[str]) -> str:
    """Id of the key that signed the token; raises IdTokenRefused for any algorithm but these."""
    if len(token) > MAX_LENGTH:
        raise IdTokenRefused("too long")
    try:
        header = jwt.get_unverified_header(token)
    except JWTError as error:
        raise IdTokenRefused("not a signed token") from error
    if header.get("alg") not in algorithms:
        raise IdTokenRefused("algorithm")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid or "crit" in header:
        raise IdTokenRefused("header")
    return kid


def verify(
    token: str,
    key: Jwk,
    *,
    algorithms: Collection[str],
    issuers: Collection[str],
    client_id: str,
    access_token: str | None = None,
) -> dict[str, Any]:
    """The claims; raises IdTokenRefused."""
    algorithm = jwt.get_unverified_header(token)["alg"]
    options = {
        "verify_aud": False,
        "verify_iss": False,
        "verify_at_hash": access_token is not None,
        "leeway": LEEWAY_SECONDS,
    }
    try:
        claims = jwt.decode(
            token,
            _usable_members(key, algorithm),
            algorithms=[each for each in algorithms if each == algorithm],
            access_token=access_token,
            options=options,
        )
    except (JWTError, ValueError, TypeError) as error:
        raise IdTokenRefused(f"signature or time: {error}"[:200]) from error
    _require_for_us(claims, issuers, client_id)
    _require_fresh(claims)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise IdTokenRefused("subject")
    return claims


def _usable_members(key: Jwk, algorithm: str) -> dict[str, Any]:
    """The members of the key that the algorithm uses; raises IdTokenRefused if the key is meant for another use."""
    kind, members = _MEMBERS[algorithm[:2]]
    if key.get("kty") != kind or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        raise IdTokenRefused("key of another kind")
    return {name: key.get(name) for name in members}


def _require_for_us(claims: dict[str, Any], issuers: Collection[str], client_id: str) -> None:
    if claims.get("iss") not in issuers:
        raise IdTokenRefused("issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise IdTokenRefused("audience")
    if claims.get("azp", client_id) != client_id or (len(audiences) > 1 and "azp" not in claims):
        raise IdTokenRefused("authorized party")


def _require_fresh(claims: dict[str, Any]) -> None:
    issued_at, now = claims.get("iat"), time.time()
    if not isinstance(issued_at, int | float) or not isinstance(claims.get("exp"), int | float):
        raise IdTokenRefused("no times")
    if not now - MAX_AGE_SECONDS - LEEWAY_SECONDS <= issued_at <= now + LEEWAY_SECONDS:
        raise IdTokenRefused("issued at another time")
