"""Stores without STS: requests that are signed with credentials of `auth` are checked here and signed again for the store.

Such a store knows one pair of keys, the proxy's own. The proxy therefore decides what IAM decides elsewhere, and refuses what no
session policy allows: bucket configuration, access lists, and deleting versions.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from multidict import CIMultiDict
from starlette.types import Scope
from yarl import URL

from s3proxy.clients.buckets import BucketList
from s3proxy.errors import AccessDenied, InvalidRequest, NotImplementedHere, ServiceUnavailable
from s3proxy.services import deletions, headers
from s3proxy.services.addresses import Address, require_key
from s3proxy.services.bodies import CallerBody
from s3proxy.services.chunks import SIGNED_IN_CHUNKS, WITH_TRAILERS, ChunkResigner, SignatureChain, resigned
from s3proxy.services.outgoing import Outgoing
from s3proxy.services.signatures import (
    NOT_HASHED,
    BadSignature,
    Signature,
    SignedRequest,
    SigningScope,
    digest_of,
    moment_of,
    sign,
    signed_request,
)
from shared.aws.process_credentials import Keys
from shared.caller import identify
from shared.errors import AppError, Forbidden, Unauthenticated
from shared.permissions import allows
from shared.schemas.principal import Level, Principal
from shared.schemas.signer import MINTED
from shared.settings import AwsSettings
from shared.signers import SignerCache

MAX_PRESIGNED_SECONDS = 7 * 86_400
_CLAIM = re.compile(rf"Credential=({MINTED}\w{{1,100}})/")
_HASH = re.compile(r"[0-9a-f]{64}")
_UNSIGNED = frozenset({NOT_HASHED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
_READING = frozenset(
    {
        *("attributes", "continuation-token", "delimiter", "encoding-type", "fetch-owner", "key-marker", "list-type"),
        *("location", "marker", "max-keys", "max-parts", "max-uploads", "part-number-marker", "partNumber", "prefix"),
        *("start-after", "tagging", "upload-id-marker", "uploadId", "uploads", "version-id-marker", "versionId"),
        *("versioning", "versions", "x-id"),
    }
)
_WRITING = {
    "PUT": frozenset({"partNumber", "tagging", "uploadId", "x-id"}),
    "POST": frozenset({"uploadId", "uploads", "x-id"}),
    "DELETE": frozenset({"uploadId", "x-id"}),
}
_DELETING = frozenset({"delete", "x-id"})
_MAY_BE_UNSIGNED = frozenset({"x-amz-content-sha256", "x-amz-cf-id"})
"""The canonical request contains the first in any case; CloudFront adds the second."""
_REFUSED_HEADERS = ("x-amz-acl", "x-amz-grant-", "x-amz-object-lock-", "x-amz-bypass-")


@dataclass(frozen=True, slots=True)
class _VerifiedSignature:
    """A signature that matches its request."""

    scope: SigningScope
    digest: str
    is_in_header: bool


@dataclass(frozen=True, slots=True)
class _Caller:
    principal: Principal
    secret: str
    proof: _VerifiedSignature


class MintedRequestSigner:
    def __init__(
        self,
        signers: SignerCache,
        buckets: BucketList,
        endpoint: str | None,
        aws: AwsSettings,
        *,
        has_sts: bool,
    ) -> None:
        self._signers = signers
        self._buckets = buckets
        self._endpoint = endpoint
        self._aws = aws
        self._has_sts = has_sts

    async def resign(self, asked: Scope, address: Address, body: CallerBody) -> Outgoing | None:
        """The request as the store gets it; None when the store itself checks who signed it. Raises S3Error."""
        claimed = _claim(asked)
        if claimed is None and self._has_sts:
            return None
        if claimed is None:
            raise AccessDenied("The request is not signed with S3 credentials of this installation")
        secret = self._aws.secret_access_key
        if self._endpoint is None or self._aws.access_key_id is None or secret is None:
            raise AccessDenied("These credentials are for another installation")
        try:
            caller = await self._caller(asked, address, claimed)
        except (BadSignature, Unauthenticated, Forbidden) as error:
            raise AccessDenied(str(error)) from error
        except AppError as error:
            raise ServiceUnavailable(str(error)) from error
        self._require_allowed(asked, address, caller.principal)
        keys = Keys(self._aws.access_key_id, secret.get_secret_value())
        passed = headers.sent_on(asked["headers"], urlsplit(self._endpoint).netloc)
        if _is_deletion(asked):
            document = await self._deletions(passed, body)
            url, _ = self._sign(asked, address, passed, keys)
            return Outgoing(url, passed, document)
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        url, ours = self._sign(asked, address, passed, keys)
        if payload not in SIGNED_IN_CHUNKS:
            return Outgoing(url, passed, body.stream())
        if not caller.proof.is_in_header:
            raise NotImplementedHere("The body of a request to a presigned address cannot be signed in chunks")
        theirs = SignatureChain.of(caller.secret, caller.proof.scope, caller.proof.digest)
        chunks = body.stream()
        resigner = ChunkResigner(theirs, ours, has_trailers=payload == WITH_TRAILERS)
        return Outgoing(url, passed, None if chunks is None else resigned(chunks, resigner))

    async def _deletions(self, passed: CIMultiDict[str], caller_body: CallerBody) -> bytes:
        """The document of DeleteObjects, rewritten; makes the headers fit it."""
        body = await caller_body.read(deletions.MAX_BYTES)
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        if payload != NOT_HASHED and payload != hashlib.sha256(body).hexdigest():
            if payload in SIGNED_IN_CHUNKS | _UNSIGNED:
                raise NotImplementedHere("Sign the document of DeleteObjects as a whole, or leave it unsigned")
            raise InvalidRequest("The body does not match its signed hash")
        document = deletions.rewritten(body)
        deletions.set_body_headers(passed, document)
        return document

    async def _caller(self, asked: Scope, address: Address, access_key_id: str) -> _Caller:
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
                return _Caller(signer.principal, signer.secret_access_key, proof)
        raise failed

    def _require_allowed(self, asked: Scope, address: Address, principal: Principal) -> None:
        method, named = asked["method"], _query_names(asked)
        reads = method in {"GET", "HEAD"}
        require_key(unquote(address.key))
        known = _READING if reads else _WRITING.get(method, frozenset())
        if deletes := _is_deletion(asked):
            known = _DELETING
        if any(name not in known and not (reads and name.startswith("response-")) for name in named):
            raise AccessDenied("Your role does not permit this operation")
        if not allows(principal, address.bucket, Level.READ if reads else Level.READ_WRITE):
            raise AccessDenied("Your role does not permit this in this bucket")
        if reads:
            return
        if (address.key.strip("/") == "") is not deletes:
            raise AccessDenied("Buckets cannot be created or deleted here")
        for raw_name, raw_value in asked["headers"]:
            name = raw_name.decode("latin-1")
            if name.startswith(_REFUSED_HEADERS):
                raise AccessDenied(f"Your role does not permit {name}")
            if name == "x-amz-copy-source":
                source, _, key = unquote(raw_value.decode("latin-1")).lstrip("/").partition("/")
                require_key(key.partition("?versionId=")[0])
                if source not in self._buckets.names or not allows(principal, source):
                    raise AccessDenied("Your role does not permit reading the object to copy")

    def _sign(self, asked: Scope, address: Address, passed: CIMultiDict[str], keys: Keys) -> tuple[URL, SignatureChain]:
        """Replace the caller's signature by the proxy's. Gives the address, and the chain that a body signed in chunks continues."""
        path = f"/{address.bucket}{address.key}"
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        if not _HASH.fullmatch(payload) and payload not in _UNSIGNED | SIGNED_IN_CHUNKS:
            raise NotImplementedHere("A body must be signed as a whole, in chunks with HMAC-SHA256, or be unsigned")
        query = "&".join(part for part in asked["query_string"].decode("ascii").split("&") if not _is_signature(part))
        scope, digest = sign(passed, asked["method"], path, query, payload, self._aws.region, keys)
        url = URL(f"{self._endpoint}{path}{'?' if query else ''}{query}", encoded=True)
        return url, SignatureChain.of(keys.secret_access_key, scope, digest)


def _claim(asked: Scope) -> str | None:
    """The access key that the request names, if `auth` made it."""
    for name, value in asked["headers"]:
        if name == b"authorization":
            found = _CLAIM.search(value.decode("latin-1"))
            return found[1] if found else None
    found = _CLAIM.search(unquote(asked["query_string"].decode("latin-1")).replace("X-Amz-Credential", "Credential"))
    return found[1] if found else None


def _verify(request: SignedRequest, secret: str) -> _VerifiedSignature:
    """The signature in the header or in a presigned address; raises BadSignature when it does not match."""
    now = datetime.now(UTC)
    if request.header("authorization"):
        signature = Signature.of(request)
        signature.verify(request, secret, "s3", now)
        _require_signed(request, signature.signed_headers)
        scope = SigningScope(request.header("x-amz-date"), signature.region, signature.service)
        return _VerifiedSignature(scope, signature.digest, is_in_header=True)
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
    return _VerifiedSignature(scope, digest, is_in_header=False)


def _require_signed(request: SignedRequest, signed_headers: Sequence[str]) -> None:
    """Raise BadSignature for an unsigned `x-amz-` header: it would turn an upload to a presigned address into a copy, say."""
    for name, _ in request.headers:
        if name.startswith("x-amz-") and name not in signed_headers and name not in _MAY_BE_UNSIGNED:
            raise BadSignature(f"The signature does not cover {name}")


def _is_deletion(asked: Scope) -> bool:
    return bool(asked["method"] == "POST" and "delete" in _query_names(asked))


def _query_names(asked: Scope) -> set[str]:
    parts = asked["query_string"].decode("ascii").split("&")
    return {unquote(part.partition("=")[0]) for part in parts if part and not _is_signature(part)}


def _is_signature(part: str) -> bool:
    return part.startswith("X-Amz-")
