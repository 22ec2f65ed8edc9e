import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from shared import tokens
from shared.errors import Unauthenticated

ISSUER = "http://registry.test"


def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


PRIVATE, STRANGERS = pem(), pem()
PUBLIC = tokens.public_jwk(PRIVATE, "key")
NOW = datetime.now(UTC).replace(microsecond=0)
CLAIMS = tokens.Claims(uuid4(), uuid4(), "token", NOW, NOW + timedelta(hours=1))
PAYLOAD = {
    "iss": ISSUER,
    "aud": tokens.AUDIENCE,
    "sub": str(CLAIMS.user_id),
    "sid": str(CLAIMS.session_id),
    "jti": "token",
    "iat": int(NOW.timestamp()),
    "exp": int(CLAIMS.expires_at.timestamp()),
}


def signed(claims: tokens.Claims = CLAIMS, key: str = PRIVATE, issuer: str = ISSUER) -> str:
    return tokens.sign(claims, issuer=issuer, private_key_pem=key, kid="key")


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(header: dict[str, Any], secret: bytes | None = None) -> str:
    body = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(PAYLOAD).encode())}"
    return f"{body}.{b64(hmac.digest(secret, body.encode(), hashlib.sha256)) if secret else ''}"


def with_payload(**changes: Any) -> str:
    payload = {name: value for name, value in {**PAYLOAD, **changes}.items() if value is not None}
    return tokens.encode(payload, private_key_pem=PRIVATE, kid="key")


def test_the_claims_of_a_signed_token_are_read_back() -> None:
    token = signed()
    assert tokens.key_id(token) == "key"
    assert tokens.verify(token, PUBLIC, issuer=ISSUER) == CLAIMS


def test_a_public_jwk_has_no_private_parts() -> None:
    assert PUBLIC.keys() == {"alg", "kty", "n", "e", "kid", "use"}


def test_an_expired_token_is_refused_except_for_renewal() -> None:
    then = NOW - timedelta(days=2)
    expired = tokens.Claims(CLAIMS.user_id, CLAIMS.session_id, "old", then, then + timedelta(days=1))
    with pytest.raises(Unauthenticated, match="expired"):
        tokens.verify(signed(expired), PUBLIC, issuer=ISSUER)
    assert tokens.verify(signed(expired), PUBLIC, issuer=ISSUER, allow_expired=True) == expired


PUBLIC_PEM = serialization.load_pem_private_key(PRIVATE.encode(), None).public_key()
AS_SECRETS = [
    PUBLIC_PEM.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    json.dumps(PUBLIC).encode(),
    PUBLIC["n"].encode(),
]


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(signed(key=STRANGERS), id="another key"),
        pytest.param(signed(issuer="http://elsewhere.test"), id="another issuer"),
        pytest.param(with_payload(aud="another"), id="another audience"),
        pytest.param(with_payload(iss=None), id="no issuer"),
        pytest.param(with_payload(exp=None), id="no end"),
        pytest.param(with_payload(sub=None), id="no user"),
        pytest.param(with_payload(sub="amy"), id="a user who is no id"),
        pytest.param(with_payload(sid=None), id="no session"),
        pytest.param(with_payload(jti=None), id="no id"),
        pytest.param(with_payload(iat=None), id="no beginning"),
        pytest.param(forged({"alg": "none", "typ": "JWT", "kid": "key"}), id="alg none"),
        pytest.param(forged({"alg": "None", "kid": "key"}), id="alg None"),
        pytest.param(forged({"alg": "RS256", "kid": "key"}), id="no signature"),
        *[pytest.param(forged({"alg": "HS256", "kid": "key"}, secret), id="HS256") for secret in AS_SECRETS],
        pytest.param(signed()[:-4] + "AAAA", id="signature changed"),
        pytest.param(signed().rsplit(".", 1)[0] + ".", id="signature cut off"),
    ],
)
@pytest.mark.parametrize("allow_expired", [False, True])
def test_forgeries_are_refused(token: str, allow_expired: bool) -> None:  # noqa: FBT001
    with pytest.raises(Unauthenticated):
        tokens.verify(token, PUBLIC, issuer=ISSUER, allow_expired=allow_expired)


@pytest.mark.parametrize(
    "header",
    [{"alg": "none", "kid": "key"}, {"alg": "HS256", "kid": "key"}, {"alg": "RS256"}, {"alg": "RS256", "kid": 1}],
)
def test_tokens_with_another_header_are_refused(header: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        tokens.key_id(forged(header))


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"))
def test_text_that_is_not_a_token_is_refused(nonsense: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.key_id(nonsense)
    with pytest.raises(Unauthenticated):
        tokens.verify(nonsense, PUBLIC, issuer=ISSUER)
