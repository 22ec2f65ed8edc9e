"""For stores without STS: requests signed with credentials that `auth` minted, allowed here, and signed anew for the store.

The store knows one pair of keys only, the proxy's own. So what IAM would decide elsewhere is decided here, and what a session
policy would not allow is refused: bucket configuration, access lists, and deleting versions.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from multidict import CIMultiDict
from starlette.types import Receive
from starlette.types import Scope as Asked
from yarl import URL

from s3proxy.clients.buckets import BucketList
from s3proxy.errors import AccessDenied, InvalidRequest, NotImplementedHere, ServiceUnavailable
from s3proxy.services import deletions, headers
from s3proxy.services.addresses import Address, require_key
from s3proxy.services.bodies import whole
from s3proxy.services.chunks import SIGNED_IN_CHUNKS, WITH_TRAILERS, Chain, ChunkedBody
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
from shared.errors import AppError, Unauthenticated
from shared.permissions import allows
from shared.schemas.principal import Level, Principal
from shared.schemas.signer import MINTED
from shared.settings import AwsSettings
from shared.signers import SignerCache

MAX_SECONDS = 7 * 86_400
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
_NOT_SIGNED = frozenset({"x-amz-content-sha256", "x-amz-cf-id"})
"""The first is signed in another way, or says nothing; the other is CloudFront's."""
_REFUSED_HEADERS = ("x-amz-acl", "x-amz-grant-", "x-amz-object-lock-", "x-amz-bypass-")


@dataclass(frozen=True, slots=True)
class ResignedRequest:
    """The request as the store gets it."""

    url: URL
    headers: CIMultiDict[str]
    body: bytes | ChunkedBody | None = None
    """Instead of the caller's: all of it, or what makes it of theirs; None: theirs."""


@dataclass(frozen=True, slots=True)
class _VerifiedSignature:
    """A signature that is true."""

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
        idle_seconds: float,
    ) -> None:
        self._signers = signers
        self._buckets = buckets
        self._endpoint = endpoint
        self._aws = aws
        self._idle_seconds = idle_seconds

    async def resign(self, asked: Asked, address: Address, receive: Receive) -> ResignedRequest | None:
        """None for whoever brings the store's own credentials; raises S3Error."""
        claimed = _claim(asked)
        if claimed is None:
            return None
        secret = self._aws.secret_access_key
        if self._endpoint is None or self._aws.access_key_id is None or secret is None:
            raise AccessDenied("These credentials are for another installation")
        try:
            caller = await self._caller(asked, address, claimed)
        except (BadSignature, Unauthenticated) as error:
            raise AccessDenied(str(error)) from error
        except AppError as error:
            raise ServiceUnavailable(str(error)) from error
        self._require_allowed(asked, address, caller.principal)
        keys = Keys(self._aws.access_key_id, secret.get_secret_value())
        passed = headers.sent_on(asked["headers"], urlsplit(self._endpoint).netloc)
        if _is_deletion(asked):
            body = await self._deletions(passed, receive)
            url, _ = self._sign(asked, address, passed, keys)
            return ResignedRequest(url, passed, body)
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        url, ours = self._sign(asked, address, passed, keys)
        if payload not in SIGNED_IN_CHUNKS:
            return ResignedRequest(url, passed)
        if not caller.proof.is_in_header:
            raise NotImplementedHere("Bodies for presigned addresses cannot be signed in chunks")
        theirs = Chain.of(caller.secret, caller.proof.scope, caller.proof.digest)
        return ResignedRequest(url, passed, ChunkedBody(theirs, ours, has_trailers=payload == WITH_TRAILERS))

    async def _deletions(self, passed: CIMultiDict[str], receive: Receive) -> bytes:
        body = await whole(receive, deletions.MAX_BYTES, self._idle_seconds)
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        if payload != NOT_HASHED and payload != hashlib.sha256(body).hexdigest():
            if payload in SIGNED_IN_CHUNKS | _UNSIGNED:
                raise NotImplementedHere("Sign the document of DeleteObjects as a whole, or not at all")
            raise InvalidRequest("The body is not the one that was signed")
        anew = deletions.rewritten(body)
        deletions.describe(passed, anew)
        return anew

    async def _caller(self, asked: Asked, address: Address, access_key_id: str) -> _Caller:
        """Web catalogs sign for AWS's address, others for ours; raises BadSignature, or what `auth` says."""
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

    def _require_allowed(self, asked: Asked, address: Address, principal: Principal) -> None:
        method, named = asked["method"], _query_names(asked)
        reads = method in {"GET", "HEAD"}
        require_key(unquote(address.key))
        known = _READING if reads else _WRITING.get(method, frozenset())
        if deletes := _is_deletion(asked):
            known = _DELETING
        if any(name not in known and not (reads and name.startswith("response-")) for name in named):
            raise AccessDenied("Your role does not reach so far")
        if not allows(principal, address.bucket, Level.READ if reads else Level.READ_WRITE):
            raise AccessDenied("Your role does not permit that in this bucket")
        if reads:
            return
        if (address.key.strip("/") == "") is not deletes:
            raise AccessDenied("Buckets are neither made nor removed here")
        for raw_name, raw_value in asked["headers"]:
            name = raw_name.decode("latin-1")
            if name.startswith(_REFUSED_HEADERS):
                raise AccessDenied(f"Your role does not permit {name}")
            if name == "x-amz-copy-source":
                source, _, key = unquote(raw_value.decode("latin-1")).lstrip("/").partition("/")
                require_key(key.partition("?versionId=")[0])
                if source not in self._buckets.names or not allows(principal, source):
                    raise AccessDenied("Your role does not permit reading what is to be copied")

    def _sign(self, asked: Asked, address: Address, passed: CIMultiDict[str], keys: Keys) -> tuple[URL, Chain]:
        """Puts our signature in place of theirs; what follows it in a body that is signed in chunks."""
        path = f"/{address.bucket}{address.key}"
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        if not _HASH.fullmatch(payload) and payload not in _UNSIGNED | SIGNED_IN_CHUNKS:
            raise NotImplementedHere("A body is signed whole, in chunks with HMAC-SHA256, or not at all")
        query = "&".join(part for part in asked["query_string"].decode("ascii").split("&") if not _is_signature(part))
        scope, digest = sign(passed, asked["method"], path, query, payload, self._aws.region, keys)
        url = URL(f"{self._endpoint}{path}{'?' if query else ''}{query}", encoded=True)
        return url, Chain.of(keys.secret_access_key, scope, digest)


def _claim(asked: Asked) -> str | None:
    """The access key that the request names, if `auth` minted it."""
    for name, value in asked["headers"]:
        if name == b"authorization":
            found = _CLAIM.search(value.decode("latin-1"))
            return found[1] if found else None
    found = _CLAIM.search(unquote(asked["query_string"].decode("latin-1")).replace("X-Amz-Credential", "Credential"))
    return found[1] if found else None


def _verify(request: SignedRequest, secret: str) -> _VerifiedSignature:
    """The signature in the header, or in a presigned address; raises BadSignature."""
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
        raise BadSignature("The address is not presigned as it should be") from error
    ends = moment_of(moment) + timedelta(seconds=seconds)
    if not moment.startswith(day) or service != "s3" or not 0 < seconds <= MAX_SECONDS or ends < now:
        raise BadSignature("The address has expired, or was presigned for something else")
    if "host" not in signed_headers:
        raise BadSignature("The signature leaves out the host")
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
    """Whoever has a presigned address must not make a copy, say, of the upload that it is for."""
    for name, _ in request.headers:
        if name.startswith("x-amz-") and name not in signed_headers and name not in _NOT_SIGNED:
            raise BadSignature(f"The signature leaves out {name}")


def _is_deletion(asked: Asked) -> bool:
    return bool(asked["method"] == "POST" and "delete" in _query_names(asked))


def _query_names(asked: Asked) -> set[str]:
    parts = asked["query_string"].decode("ascii").split("&")
    return {unquote(part.partition("=")[0]) for part in parts if part and not _is_signature(part)}


def _is_signature(part: str) -> bool:
    return part.startswith("X-Amz-")
