"""Stores without STS: requests that are signed with credentials of `auth` are checked here and signed again for the store.

Such a store knows one pair of keys, the proxy's own. The proxy therefore decides what IAM decides elsewhere, and refuses what no
session policy allows: bucket configuration, access lists, and deleting versions.
"""

import hashlib
import re
from urllib.parse import unquote, urlsplit

from multidict import CIMultiDict
from starlette.types import Scope
from yarl import URL

from s3proxy.clients.buckets import BucketList
from s3proxy.errors import AccessDenied, InvalidRequest, NotImplementedHere, ServiceUnavailable
from s3proxy.services import deletions, headers
from s3proxy.services.addresses import Address, require_key
from s3proxy.services.bodies import CallerBody
from s3proxy.services.callers import READING, S3Callers, claimed_key
from s3proxy.services.chunks import SIGNED_IN_CHUNKS, WITH_TRAILERS, ChunkResigner, SignatureChain, resigned
from s3proxy.services.outgoing import Outgoing
from s3proxy.services.pushes import write_author
from shared.aws.process_credentials import Keys
from shared.aws.request_signing import sign
from shared.aws.signatures import NOT_HASHED, BadSignature
from shared.errors import AppError, Forbidden, Unauthenticated
from shared.permissions import allows
from shared.schemas.principal import Level, Principal
from shared.schemas.signer import KEY_PAIR_REFUSAL, MINTED, MINTED_FOR_SERVICES, is_key_pair
from shared.settings import AwsSettings

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
_REFUSED_HEADERS = ("x-amz-acl", "x-amz-grant-", "x-amz-object-lock-", "x-amz-bypass-")


class MintedRequestSigner:
    def __init__(
        self,
        callers: S3Callers,
        buckets: BucketList,
        endpoint: str | None,
        aws: AwsSettings,
        *,
        has_sts: bool,
    ) -> None:
        self._callers = callers
        self._buckets = buckets
        self._endpoint = endpoint
        self._aws = aws
        self._has_sts = has_sts

    async def resign(self, asked: Scope, address: Address, body: CallerBody) -> Outgoing | None:
        """The request as the store gets it; None when the store itself checks who signed it. Raises S3Error."""
        claimed = claimed_key(asked)
        if claimed is None or not claimed.startswith(MINTED):
            self._require_checking_store(claimed)
            return None
        secret = self._aws.secret_access_key
        if self._endpoint is None or self._aws.access_key_id is None or secret is None:
            raise AccessDenied("These credentials are for another installation")
        try:
            caller = await self._callers.find(asked, address, claimed)
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
        pushes = write_author(passed, asked["method"], _query_names(asked), address, caller.principal.name)
        if claimed.startswith(MINTED_FOR_SERVICES):
            pushes = ""  # the registry's job is in the audit trail
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        url, ours = self._sign(asked, address, passed, keys)
        if payload not in SIGNED_IN_CHUNKS:
            return Outgoing(url, passed, body.stream(), pushes)
        if not caller.proof.is_in_header:
            raise NotImplementedHere("The body of a request to a presigned address cannot be signed in chunks")
        theirs = SignatureChain.of(caller.secret, caller.proof.scope, caller.proof.digest)
        chunks = body.stream()
        resigner = ChunkResigner(theirs, ours, has_trailers=payload == WITH_TRAILERS)
        return Outgoing(url, passed, None if chunks is None else resigned(chunks, resigner), pushes)

    def _require_checking_store(self, claimed: str | None) -> None:
        """Raise AccessDenied unless the store can check a request with this access key."""
        if claimed is not None and is_key_pair(claimed):
            raise AccessDenied(KEY_PAIR_REFUSAL)
        if not self._has_sts:
            raise AccessDenied("The request is not signed with S3 credentials of this installation")

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

    def _require_allowed(self, asked: Scope, address: Address, principal: Principal) -> None:
        method, named = asked["method"], _query_names(asked)
        reads = method in READING
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


def _is_deletion(asked: Scope) -> bool:
    return bool(asked["method"] == "POST" and "delete" in _query_names(asked))


def _query_names(asked: Scope) -> set[str]:
    parts = asked["query_string"].decode("ascii").split("&")
    return {unquote(part.partition("=")[0]) for part in parts if part and not _is_signature(part)}


def _is_signature(part: str) -> bool:
    return part.startswith("X-Amz-")
