"""The caller of a request, found by its signature."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from starlette.types import Scope

from s3proxy.errors import AccessDenied, ExpiredToken, InvalidRequest, ServiceUnavailable
from s3proxy.services.addresses import Address
from s3proxy.services.bodies import has_body
from shared.aws.s3_signatures import VerifiedSignature, verify
from shared.aws.signatures import BadSignature, Signature, SignedRequest, signed_request
from shared.caller import identify
from shared.errors import AppError, Forbidden, Unauthenticated
from shared.schemas.principal import Principal
from shared.signers import SignerCache

READING = frozenset({"GET", "HEAD"})
_CLAIM = re.compile(r"Credential=(\w{4,128})/")


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
                proof = verify(request, signer.secret_access_key, datetime.now(UTC))
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
