"""Requests that the S3 proxy passes on with their signatures. Whoever acts on one verifies it, so the proxy can speak for nobody else."""

from datetime import UTC, datetime
from typing import Protocol

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
