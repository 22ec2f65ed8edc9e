"""The caller of a request, found by its signature."""

from datetime import UTC, datetime

from s3proxy.services.signatures import BadSignature, Signature, SignedRequest
from shared.caller import identify
from shared.errors import Unauthenticated
from shared.schemas.principal import Principal
from shared.signers import SignerCache


async def caller_of(request: SignedRequest, service: str, signers: SignerCache) -> Principal:
    """The principal that signed the request; raises BadSignature or Unavailable."""
    signature = Signature.of(request)
    try:
        signer = await signers.signer(signature.access_key_id)
    except Unauthenticated as error:
        raise BadSignature(str(error)) from error
    signature.verify(request, signer.secret_access_key, service, datetime.now(UTC))
    identify(signer.principal)
    return signer.principal
