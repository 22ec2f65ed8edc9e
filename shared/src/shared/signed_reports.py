"""Reports in HTML that the installation has signed. The signature is a JWT with the digest of the document, in a comment after it.

It is made with the key that signs access tokens, whose public part is at `/.well-known/jwks.json`. Its audience is another one, so that
no service takes it for a token. It does not expire.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared import tokens
from shared.errors import Invalid, Unauthenticated

AUDIENCE = "patchwork-report"

_COMMENT = re.compile(rb"\n<!-- signature: ([A-Za-z0-9_.-]+) -->\n\Z")


class ReportUnverified(Invalid):
    title = "The report is not as the installation has signed it"


@dataclass(frozen=True, slots=True)
class ReportSeal:
    """The installation that signed a report, and the time."""

    issuer: str
    signed_at: datetime


def digest_of(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


def sign_digest(digest: str, *, issuer: str, private_key_pem: str, kid: str) -> str:
    claims = {"iss": issuer, "aud": AUDIENCE, "iat": int(datetime.now(UTC).timestamp()), "sha256": digest}
    return tokens.encode(claims, private_key_pem=private_key_pem, kid=kid)


def attach_signature(document: bytes, signature: str) -> bytes:
    return document + f"\n<!-- signature: {signature} -->\n".encode()


def verify_report(signed: bytes, keys: Sequence[tokens.Jwk]) -> ReportSeal:
    """Raises ReportUnverified unless one of the keys has signed exactly this document."""
    found = _COMMENT.search(signed)
    if found is None:
        raise ReportUnverified("It has no signature at its end")
    signature = found[1].decode()
    try:
        kid = tokens.key_id(signature)
        key = next((each for each in keys if each.get("kid") == kid), None)
        if key is None:
            raise ReportUnverified(f"The key {kid}, which signed it, is not among the keys that were given")
        claims = tokens.decode(signature, key, audience=AUDIENCE, issuer=None, allow_expired=True)
    except Unauthenticated as error:
        raise ReportUnverified("Its signature is not that of the key") from error
    if claims.get("sha256") != digest_of(signed[: found.start()]):
        raise ReportUnverified("It was changed after it was signed")
    return ReportSeal(str(claims["iss"]), datetime.fromtimestamp(int(claims["iat"]), UTC))
