"""For stores without STS: requests signed with credentials that `auth` minted, allowed here, and signed anew for the store.

The store knows one pair of keys only, the proxy's own. So what IAM would decide elsewhere is decided here, and what a session
policy would not allow is refused: bucket configuration, access lists, and deleting versions.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from multidict import CIMultiDict
from starlette.types import Scope as Asked
from yarl import URL

from s3proxy import headers
from s3proxy.addresses import Address
from s3proxy.buckets import BucketList
from s3proxy.errors import AccessDenied, NotImplementedHere, ServiceUnavailable
from s3proxy.signatures import (
    ALGORITHM,
    MOMENT,
    NOT_HASHED,
    BadSignature,
    Scope,
    Signature,
    Signed,
    digest_of,
    moment_of,
    signed_request,
)
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
_REFUSED_HEADERS = ("x-amz-acl", "x-amz-grant-", "x-amz-object-lock-", "x-amz-bypass-")


@dataclass(frozen=True, slots=True)
class Anew:
    """The request as the store gets it."""

    url: URL
    headers: CIMultiDict[str]


class MintedRequests:
    def __init__(self, signers: SignerCache, buckets: BucketList, endpoint: str | None, aws: AwsSettings) -> None:
        self._signers = signers
        self._buckets = buckets
        self._endpoint = endpoint
        self._aws = aws

    async def signed_anew(self, asked: Asked, address: Address) -> Anew | None:
        """None for whoever brings the store's own credentials; raises S3Error."""
        claimed = _claim(asked)
        if claimed is None:
            return None
        secret = self._aws.secret_access_key
        if self._endpoint is None or self._aws.access_key_id is None or secret is None:
            raise AccessDenied("These credentials are for another installation")
        try:
            principal = await self._caller(asked, address, claimed)
        except (BadSignature, Unauthenticated) as error:
            raise AccessDenied(str(error)) from error
        except AppError as error:
            raise ServiceUnavailable(str(error)) from error
        self._require_allowed(asked, address, principal)
        return self._sign(asked, address, self._aws.access_key_id, secret.get_secret_value())

    async def _caller(self, asked: Asked, address: Address, access_key_id: str) -> Principal:
        """Web catalogs sign for AWS's address, others for ours; raises BadSignature, or what `auth` says."""
        signer = await self._signers.signer(access_key_id)
        own = [(name, value) for name, value in asked["headers"] if name == b"host"]
        rest = [(name, value) for name, value in asked["headers"] if name != b"host"]
        raw_path = asked["raw_path"].decode("ascii")
        failed = BadSignature("The signature does not match the request")
        for path, host in ((raw_path, own), (address.path, [(b"host", address.host.encode())])):
            request = signed_request(asked["method"], path, asked["query_string"], [*host, *rest])
            try:
                _verify(request, signer.secret_access_key)
            except BadSignature as error:
                failed = error
            else:
                identify(signer.principal)
                return signer.principal
        raise failed

    def _require_allowed(self, asked: Asked, address: Address, principal: Principal) -> None:
        method, named = asked["method"], _query_names(asked)
        reads = method in {"GET", "HEAD"}
        known = _READING if reads else _WRITING.get(method, frozenset())
        if any(name not in known and not (reads and name.startswith("response-")) for name in named):
            raise AccessDenied("Your role does not reach so far")
        if not allows(principal, address.bucket, Level.READ if reads else Level.READ_WRITE):
            raise AccessDenied("Your role does not permit that in this bucket")
        if reads:
            return
        if address.key.strip("/") == "":
            raise AccessDenied("Buckets are neither made nor removed here")
        for raw_name, raw_value in asked["headers"]:
            name = raw_name.decode("latin-1")
            if name.startswith(_REFUSED_HEADERS):
                raise AccessDenied(f"Your role does not permit {name}")
            if name == "x-amz-copy-source":
                source = unquote(raw_value.decode("latin-1")).lstrip("/").partition("/")[0]
                if source not in self._buckets.names or not allows(principal, source):
                    raise AccessDenied("Your role does not permit reading what is to be copied")

    def _sign(self, asked: Asked, address: Address, access_key_id: str, secret: str) -> Anew:
        base, path = str(self._endpoint), f"/{address.bucket}{address.key}"
        passed = headers.sent_on(asked["headers"], urlsplit(base).netloc)
        payload = passed.get("x-amz-content-sha256", NOT_HASHED)
        if not _HASH.fullmatch(payload) and payload not in _UNSIGNED:
            raise NotImplementedHere("Bodies signed in chunks cannot be passed on; sign them whole, or not at all")
        scope = Scope(datetime.now(UTC).strftime(MOMENT), self._aws.region, "s3")
        for name in ("authorization", "x-amz-date", "x-amz-security-token"):
            passed.popall(name, None)
        passed["x-amz-date"], passed["x-amz-content-sha256"] = scope.moment, payload
        query = "&".join(part for part in asked["query_string"].decode("ascii").split("&") if not _is_signature(part))
        sent = Signed(asked["method"], path, query, [(name.lower(), value) for name, value in passed.items()])
        names = sorted({name for name, _ in sent.headers if name == "host" or name.startswith("x-amz-")})
        digest = digest_of(sent, names, payload, scope, secret)
        credential = "/".join((access_key_id, *scope.parts))
        passed["Authorization"] = (
            f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(names)}, Signature={digest}"
        )
        return Anew(URL(f"{base}{path}{'?' if query else ''}{query}", encoded=True), passed)


def _claim(asked: Asked) -> str | None:
    """The access key that the request names, if `auth` minted it."""
    for name, value in asked["headers"]:
        if name == b"authorization":
            found = _CLAIM.search(value.decode("latin-1"))
            return found[1] if found else None
    found = _CLAIM.search(unquote(asked["query_string"].decode("latin-1")).replace("X-Amz-Credential", "Credential"))
    return found[1] if found else None


def _verify(request: Signed, secret: str) -> None:
    """The signature in the header, or in a presigned address; raises BadSignature."""
    now = datetime.now(UTC)
    if request.header("authorization"):
        Signature.of(request).verify(request, secret, "s3", now)
        return
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
    query = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    unsigned = Signed(request.method, request.path, query, request.headers)
    expected = digest_of(unsigned, signed_headers, NOT_HASHED, Scope(moment, region, service), secret)
    if not hmac.compare_digest(expected, digest):
        raise BadSignature("The signature does not match the address")


def _query_names(asked: Asked) -> set[str]:
    parts = asked["query_string"].decode("ascii").split("&")
    return {unquote(part.partition("=")[0]) for part in parts if part and not _is_signature(part)}


def _is_signature(part: str) -> bool:
    return part.startswith("X-Amz-")
