"""Signatures of requests to S3, in the header or in a presigned address. Pure.

Sources: "Authenticating requests: using the Authorization header" and "using query parameters" in the reference of Amazon S3.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from shared.aws.signatures import (
    MAX_SKEW_SECONDS,
    NOT_HASHED,
    BadSignature,
    Signature,
    SignedRequest,
    SigningScope,
    StaleSignature,
    digest_of,
    moment_of,
)

SERVICE = "s3"
MAX_PRESIGNED_SECONDS = 7 * 86_400
_MAY_BE_UNSIGNED = frozenset({"x-amz-content-sha256", "x-amz-cf-id"})
"""The canonical request contains the first in any case; CloudFront adds the second."""


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """The signer and the scope that a request names, before anything is verified."""

    access_key_id: str
    region: str
    service: str


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that matches its request."""

    scope: SigningScope
    digest: str
    is_in_header: bool


def claim_of(request: SignedRequest) -> SignatureClaim:
    """Raises BadSignature for a request that is not signed with version 4."""
    if request.header("authorization"):
        signature = Signature.of(request)
        return SignatureClaim(signature.access_key_id, signature.region, signature.service)
    return _in_address(request)[0]


def verify(request: SignedRequest, secret: str, now: datetime) -> VerifiedSignature:
    """The signature in the header or in a presigned address. Raises BadSignature when it does not match, StaleSignature when it is over."""
    if request.header("authorization"):
        signature = Signature.of(request)
        signature.verify(request, secret, SERVICE, now)
        _require_signed(request, signature.signed_headers)
        scope = SigningScope(request.header("x-amz-date"), signature.region, signature.service)
        return VerifiedSignature(scope, signature.digest, is_in_header=True)
    return _verify_presigned(request, secret, now)


def _verify_presigned(request: SignedRequest, secret: str, now: datetime) -> VerifiedSignature:
    claim, named = _in_address(request)
    try:
        day = named["X-Amz-Credential"].split("/")[1]
        moment, seconds = named["X-Amz-Date"], int(named["X-Amz-Expires"])
        signed_headers = named["X-Amz-SignedHeaders"].split(";")
        digest = named["X-Amz-Signature"]
    except (KeyError, ValueError) as error:
        raise BadSignature("The presigned address lacks a parameter of its signature, or has an invalid one") from error
    signed_at = moment_of(moment)
    ends = signed_at + timedelta(seconds=max(0, min(seconds, MAX_PRESIGNED_SECONDS)))
    if not moment.startswith(day) or claim.service != SERVICE or not 0 < seconds <= MAX_PRESIGNED_SECONDS:
        raise BadSignature("The presigned address has a date, a service or a lifetime that does not fit")
    if ends < now or signed_at > now + timedelta(seconds=MAX_SKEW_SECONDS):
        raise StaleSignature("The presigned address has expired, or its date or service does not fit")
    if "host" not in signed_headers:
        raise BadSignature("The signature does not cover the host")
    _require_signed(request, signed_headers)
    query = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    unsigned = SignedRequest(request.method, request.path, query, request.headers)
    scope = SigningScope(moment, claim.region, claim.service)
    if not hmac.compare_digest(
        digest_of(unsigned, signed_headers, NOT_HASHED, scope, secret).encode(), digest.encode()
    ):
        raise BadSignature("The signature does not match the address")
    return VerifiedSignature(scope, digest, is_in_header=False)


def _in_address(request: SignedRequest) -> tuple[SignatureClaim, dict[str, str]]:
    """The claim of a presigned address, and all its parameters."""
    named = dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        access_key_id, _, region, service, _ = named["X-Amz-Credential"].split("/")
    except (KeyError, ValueError) as error:
        raise BadSignature("The presigned address lacks a parameter of its signature, or has an invalid one") from error
    return SignatureClaim(access_key_id, region, service), named


def _require_signed(request: SignedRequest, signed_headers: Sequence[str]) -> None:
    """Raise BadSignature for an unsigned `x-amz-` header: it would turn an upload to a presigned address into a copy, say."""
    for name, _ in request.headers:
        if name.startswith("x-amz-") and name not in signed_headers and name not in _MAY_BE_UNSIGNED:
            raise BadSignature(f"The signature does not cover {name}")
