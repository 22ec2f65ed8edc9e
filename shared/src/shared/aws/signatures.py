"""AWS Signature Version 4 in the headers of a request. Pure.

Source: "Create a signed AWS API request" in the IAM user guide.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

MAX_SKEW_SECONDS = 900
MAX_SIGNING_KEYS = 4_096
"""Keys derived from secrets that are kept: one holds for a day, and takes four hashes to derive."""
NOT_HASHED = "UNSIGNED-PAYLOAD"

ALGORITHM = "AWS4-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=(\w{{4,128}})/(\d{{8}})/([\w-]{{1,32}})/([\w-]{{1,32}})/aws4_request, *"
    r"SignedHeaders=([a-z0-9;_-]{1,2000}), *Signature=([0-9a-f]{64})"
)
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
"""The hash of an empty body."""


class BadSignature(Exception):
    """The request has no signature, or one that does not match."""


class StaleSignature(BadSignature):
    """The request was signed too long ago, or a clock is wrong."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it was signed: nothing is decoded, and header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]

    def header(self, name: str) -> str:
        """The value of a header; several of the same name are joined, as signers do. Empty when there is none."""
        return ",".join(" ".join(value.split()) for each, value in self.headers if each == name)

    @property
    def payload(self) -> str:
        """Hash of the body, or S3's word for an unhashed body, as the signer gave it."""
        return self.header("x-amz-content-sha256") or EMPTY_HASH


@dataclass(frozen=True, slots=True)
class Signature:
    access_key_id: str
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    digest: str

    @classmethod
    def of(cls, request: SignedRequest) -> "Signature":
        """The signature in the Authorization header; raises BadSignature."""
        found = _AUTHORIZATION.fullmatch(request.header("authorization"))
        if not found:
            raise BadSignature("Requests must be signed with AWS Signature Version 4 in the Authorization header")
        access_key_id, day, region, service, names, digest = found.groups()
        return cls(access_key_id, day, region, service, tuple(names.split(";")), digest)

    def verify(self, request: SignedRequest, secret: str, service: str, now: datetime) -> None:
        """Raise BadSignature unless the signature matches the request and is recent."""
        moment = request.header("x-amz-date")
        if self.service != service or not {"host", "x-amz-date"} <= set(self.signed_headers):
            raise BadSignature(
                f"The signature is not for the service {service}, or does not cover the host or the date"
            )
        if not moment.startswith(self.day) or abs((moment_of(moment) - now).total_seconds()) > MAX_SKEW_SECONDS:
            raise StaleSignature("The request was signed too long ago, or a clock is wrong")
        if not hmac.compare_digest(self._expected(request, secret, moment), self.digest):
            raise BadSignature("The signature does not match the request")

    def _expected(self, request: SignedRequest, secret: str, moment: str) -> str:
        scope = SigningScope(moment, self.region, self.service)
        return digest_of(request, self.signed_headers, request.payload, scope, secret)


@dataclass(frozen=True, slots=True)
class SigningScope:
    moment: str
    region: str
    service: str

    @property
    def parts(self) -> tuple[str, str, str, str]:
        return self.moment[:8], self.region, self.service, "aws4_request"


def digest_of(
    request: SignedRequest, signed_headers: Sequence[str], payload: str, scope: SigningScope, secret: str
) -> str:
    """The signature of the request in hexadecimal digits."""
    canonical = "\n".join(
        [
            request.method,
            # Paths of S3 are signed as they are sent; those of all other services are quoted once more.
            request.path if scope.service == "s3" else quote(request.path, safe="/~"),
            _canonical_query(request.query),
            *(f"{name}:{request.header(name)}" for name in signed_headers),
            "",
            ";".join(signed_headers),
            payload,
        ]
    )
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    return _hmac(signing_key(secret, scope), f"{ALGORITHM}\n{scope.moment}\n{'/'.join(scope.parts)}\n{hashed}").hex()


def signing_key(secret: str, scope: SigningScope) -> bytes:
    return _signing_key(secret, scope.parts)


@lru_cache(maxsize=MAX_SIGNING_KEYS)
def _signing_key(secret: str, parts: tuple[str, ...]) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in parts:
        key = _hmac(key, part)
    return key


def signed_request(method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> SignedRequest:
    """The request from its parts in ASGI; raises BadSignature for headers that cannot be signed."""
    try:
        texts = [(name.decode("ascii"), value.decode()) for name, value in headers]
        return SignedRequest(method, path, query.decode("ascii"), texts)
    except UnicodeDecodeError:
        raise BadSignature("Headers must be UTF-8") from None


@lru_cache(maxsize=1_024)
def moment_of(moment: str) -> datetime:
    try:
        return datetime.strptime(moment, TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise BadSignature("x-amz-date is not a time in the form 20260101T000000Z") from None


def _canonical_query(query: str) -> str:
    """Parameters by name: `select=` comes before `select-type=2`, though `-` comes before `=`."""
    pairs = (part.partition("=")[::2] for part in query.split("&") if part)
    return "&".join(
        f"{name}={value}" for name, value in sorted((_quoted(name), _quoted(value)) for name, value in pairs)
    )


def _quoted(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="~")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
