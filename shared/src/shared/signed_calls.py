"""Requests that the S3 proxy passes on with their signatures. Whoever acts on one verifies it, so the proxy can speak for nobody else."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import parse_qsl

from shared.aws import s3_signatures
from shared.aws.signatures import BadSignature, Signature, SignedRequest
from shared.caller import identify
from shared.errors import Unauthenticated
from shared.schemas.gateway import SignedCall
from shared.schemas.principal import Principal
from shared.schemas.signer import KEY_PAIR_REFUSAL, Signer, is_key_pair


class SignerSource(Protocol):
    """The part of `auth` that knows who has an S3 credential."""

    async def signer(self, access_key_id: str) -> Signer:
        """Raises Unauthenticated for credentials that `auth` has not vended or has revoked."""
        ...


FindSigner = Callable[[str], Awaitable[Signer]]
"""Finds the owner of an access key. Raises Unauthenticated."""


def passed_on(request: SignedRequest) -> SignedCall:
    """The signed parts of a request whose signature is in its header; raises BadSignature."""
    names = {*Signature.of(request).signed_headers, "authorization", "x-amz-content-sha256", "x-amz-date"}
    headers = [(name, value) for name, value in request.headers if name in names]
    return SignedCall(method=request.method, path=request.path, query=request.query, headers=headers)


async def verified_caller(call: SignedCall, service: str, signers: SignerSource) -> Principal:
    """The principal that signed the request for the service within the last minutes; raises Unauthenticated."""
    request = SignedRequest(call.method, call.path, call.query, call.headers)
    try:
        signature = Signature.of(request)
        if is_key_pair(signature.access_key_id):
            raise Unauthenticated(KEY_PAIR_REFUSAL)
        signer = await signers.signer(signature.access_key_id)
        signature.verify(request, signer.secret_access_key, service, datetime.now(UTC))
    except BadSignature as error:
        raise Unauthenticated(str(error)) from error
    identify(signer.principal)
    return signer.principal


def passed_on_reading(request: SignedRequest) -> SignedCall:
    """The signed parts of a request to the package gateway, in its header or in a presigned address; raises BadSignature."""
    if request.header("authorization"):
        return passed_on(request)
    covered = dict(parse_qsl(request.query)).get("X-Amz-SignedHeaders", "").split(";")
    headers = [(name, value) for name, value in request.headers if name in covered]
    return SignedCall(method=request.method, path=request.path, query=request.query, headers=headers)


async def verified_package_reader(call: SignedCall, find_signer: FindSigner) -> Signer:
    """The signer of a request that reads packages, signed within the last minutes, or at a presigned address; raises Unauthenticated.

    S3 key pairs of API keys are valid, too.
    """
    if call.method not in {"GET", "HEAD"}:
        raise Unauthenticated("The request that was signed reads nothing")
    request = SignedRequest(call.method, call.path, call.query, call.headers)
    try:
        signer = await find_signer(s3_signatures.claim_of(request).access_key_id)
        s3_signatures.verify(request, signer.secret_access_key, datetime.now(UTC))
    except BadSignature as error:
        raise Unauthenticated(str(error)) from error
    identify(signer.principal)
    return signer
