"""The caller of a request, found by its signature."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

from starlette.types import Scope

from s3proxy.errors import AccessDenied, ExpiredToken, InvalidRequest, ServiceUnavailable
from s3proxy.services.addresses import Address
from s3proxy.services.bodies import has_body
from shared.aws.signatures import (
    NOT_HASHED,
    BadSignature,
    Signature,
    SignedRequest,
    SigningScope,
    digest_of,
    moment_of,
    signed_request,
)
from shared.caller import identify
from shared.errors import AppError, Forbidden, Unauthenticated
from shared.schemas.principal import Principal
from shared.signers import SignerCache

MAX_PRESIGNED_SECONDS = 7 * 86_400
READING = frozenset({"GET", "HEAD"})
_CLAIM = re.compile(r"Credential=(\w{4,128})/")
_MAY_BE_UNSIGNED = frozenset({"x-amz-content-sha256", "x-amz-cf-id"})
"""The canonical request contains the first in any case; CloudFront adds the second."""


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that matches its request."""

    scope: SigningScope
    digest: str
    is_in_header: bool


@dataclass(frozen=True, slots=True)
class S3Caller:
    principal: Principal
    secret: str
    proof: VerifiedSignature


class S3Callers:
    """Finds the callers of S3 requests by their signatures, in the header or in a presigned address."""

    def __init__(self, signers: SignerCache) -> None:
        self._signers = signers

    async def find(self, asked: Scope, address: Address, access_key_id: str) -> S3Caller:
        """The caller whose signature the request carries; raises BadSignature, or the error that `auth` answers.

        Web catalogs sign for the address at AWS, other clients for the address of the proxy.
        """
        signer = await self._signers.signer(access_key_id)
        own = [(name, value) for name, value in asked["headers"] if name == b"host"]
        rest = [(name, value) for name, value in asked["headers"] if name != b"host"]
        raw_path = asked["raw_path"].decode("ascii")
        failed = BadSignature("The signature does not match the request")
        for path, host in ((raw_path, own), (address.path, [(b"host", address.host.encode())])):
            request = signed_request(asked["method"], path, asked["query_string"], [*host, *rest])
            try:
                proof = _verify(request, signer.secret_access_key)
            except BadSignature as error:
                failed = error
            else:
                identify(signer.principal)
                return S3Caller(signer.principal, signer.secret_access_key, proof)
        raise failed

    async def require_known(self, asked: Scope, address: Address) -> None:
        """Raise S3Error unless the request may be sent to a store that checks signatures itself.

        Reading needs no signature, since objects may be public, but has no body. The caller of a write must be known, so
        that nothing is read of the bodies of others.
        """
        if asked["method"] in READING:
            if has_body(asked):
                raise InvalidRequest("A request that reads has no body")
            return
        access_key_id = claimed_key(asked)
        if access_key_id is None:
            raise AccessDenied("A write must be signed with S3 credentials of this installation")
        try:
            await self.find(asked, address, access_key_id)
        except Unauthenticated as error:
            raise (ExpiredToken if _has_token(asked) else AccessDenied)(str(error)) from error
        except (BadSignature, Forbidden) as error:
            raise AccessDenied(str(error)) from error
        except AppError as error:
            raise ServiceUnavailable(str(error)) from error


async def caller_of(request: SignedRequest, service: str, signers: SignerCache) -> Principal:
    """The principal that signed the request in its header; raises BadSignature or Unavailable."""
    signature = Signature.of(request)
    try:
        signer = await signers.signer(signature.access_key_id)
    except Unauthenticated as error:
        raise BadSignature(str(error)) from error
    signature.verify(request, signer.secret_access_key, service, datetime.now(UTC))
    identify(signer.principal)
    return signer.principal


def claimed_key(asked: Scope) -> str | None:
    """The access key that the request names."""
    for name, value in asked["headers"]:
        if name == b"authorization":
            found = _CLAIM.search(value.decode("latin-1"))
            return found[1] if found else None
    found = _CLAIM.search(unquote(asked["query_string"].decode("latin-1")).replace("X-Amz-Credential", "Credential"))
    return found[1] if found else None


def _has_token(asked: Scope) -> bool:
    """True for temporary credentials, for which clients ask again when S3 answers that they have expired."""
    names = {name for name, _ in asked["headers"]}
    return b"x-amz-security-token" in names or b"X-Amz-Security-Token=" in asked["query_string"]


def _verify(request: SignedRequest, secret: str) -> VerifiedSignature:
    """The signature in the header or in a presigned address; raises BadSignature when it does not match."""
    now = datetime.now(UTC)
    if request.header("authorization"):
        signature = Signature.of(request)
        signature.verify(request, secret, "s3", now)
        _require_signed(request, signature.signed_headers)
        scope = SigningScope(request.header("x-amz-date"), signature.region, signature.service)
        return VerifiedSignature(scope, signature.digest, is_in_header=True)
    named = dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        _, day, region, service, _ = named["X-Amz-Credential"].split("/")
        moment, seconds = named["X-Amz-Date"], int(named["X-Amz-Expires"])
        signed_headers = named["X-Amz-SignedHeaders"].split(";")
        digest = named["X-Amz-Signature"]
    except (KeyError, ValueError) as error:
        raise BadSignature("The presigned address lacks a parameter of its signature, or has an invalid one") from error
    ends = moment_of(moment) + timedelta(seconds=seconds)
    if not moment.startswith(day) or service != "s3" or not 0 < seconds <= MAX_PRESIGNED_SECONDS or ends < now:
        raise BadSignature("The presigned address has expired, or its date or service does not fit")
    if "host" not in signed_headers:
        raise BadSignature("The signature does not cover the host")
    _require_signed(request, signed_headers)
    query = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    unsigned = SignedRequest(request.method, request.path, query, request.headers)
    scope = SigningScope(moment, region, service)
    if not hmac.compare_digest(
        digest_of(unsigned, signed_headers, NOT_HASHED, scope, secret).encode(), digest.encode()
    ):
        raise BadSignature("The signature does not match the address")
    return VerifiedSignature(scope, digest, is_in_header=False)


def _require_signed(request: SignedRequest, signed_headers: Sequence[str]) -> None:
    """Raise BadSignature for an unsigned `x-amz-` header: it would turn an upload to a presigned address into a copy, say."""
    for name, _ in request.headers:
        if name.startswith("x-amz-") and name not in signed_headers and name not in _MAY_BE_UNSIGNED:
            raise BadSignature(f"The signature does not cover {name}")
