"""Callers of the package gateway, found by their signatures, with what is remembered for each until the revocation feed names them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from cachetools import LRUCache, TTLCache

from s3proxy.errors import (
    AccessDenied,
    ExpiredToken,
    ForeignScope,
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidRequest,
    MalformedSignature,
    S3Error,
    ServiceUnavailable,
    SkewedTime,
    WrongSignature,
)
from shared.aws import s3_signatures
from shared.aws.signatures import BadSignature, SignedRequest, StaleSignature
from shared.caller import identify
from shared.errors import AppError, Forbidden, Invalid, Malformed, Unauthenticated
from shared.schemas.principal import Principal
from shared.schemas.signer import Signer
from shared.schemas.ticket import Presented
from shared.signed_calls import passed_on_reading
from shared.signers import SignerCache

MOMENT_SECONDS = 2
"""Time for which a revision that a caller saw is taken to be the one that its name means, and to be theirs to see."""
MAX_REMEMBERED_CALLERS = 10_000
MAX_REMEMBERED_REVISIONS = 1_000


@dataclass(frozen=True, slots=True)
class SeenRevision:
    top_hash: str
    tree: str
    pushed_at: int


@dataclass(frozen=True, slots=True)
class CallerMemory:
    """Revisions and buckets that one signer saw. A new answer of `auth` about the signer begins a new memory."""

    signer: Signer
    revisions: TTLCache[tuple[str, str, str], SeenRevision] = field(
        default_factory=lambda: TTLCache(MAX_REMEMBERED_REVISIONS, MOMENT_SECONDS)
    )
    """By bucket, package and revision."""
    trees: LRUCache[tuple[str, str, str], str] = field(default_factory=lambda: LRUCache(MAX_REMEMBERED_REVISIONS))
    """Trees that the revisions had last."""
    buckets: TTLCache[str, bool] = field(default_factory=lambda: TTLCache(MAX_REMEMBERED_REVISIONS, MOMENT_SECONDS))
    """Buckets that the signer sees."""


@dataclass(frozen=True, slots=True)
class GatewayCaller:
    memory: CallerMemory
    request: SignedRequest

    @property
    def principal(self) -> Principal:
        return self.memory.signer.principal

    @property
    def presented(self) -> Presented:
        """The request, which other services verify themselves."""
        return Presented(signed=passed_on_reading(self.request))


class GatewayCallers:
    def __init__(self, signers: SignerCache, region: str) -> None:
        self._signers = signers
        self._region = region
        self._memories: LRUCache[str, CallerMemory] = LRUCache(MAX_REMEMBERED_CALLERS)

    async def find(self, request: SignedRequest) -> GatewayCaller:
        """The caller whose signature the request carries, in its header or in its address. Raises S3Error."""
        access_key_id = self._claimed_key(request)
        try:
            signer = await self._signers.package_signer(access_key_id)
            s3_signatures.verify(request, signer.secret_access_key, datetime.now(UTC))
        except StaleSignature as error:
            raise (SkewedTime if request.header("authorization") else AccessDenied)(str(error)) from error
        except BadSignature as error:
            raise WrongSignature(str(error)) from error
        except Unauthenticated as error:
            is_temporary = request.header("x-amz-security-token") or "X-Amz-Security-Token=" in request.query
            raise (ExpiredToken if is_temporary else InvalidAccessKeyId)(str(error)) from error
        except AppError as error:
            raise ServiceUnavailable(str(error)) from error
        identify(signer.principal)
        memory = self._memories.get(access_key_id)
        if memory is None or memory.signer is not signer:
            memory = self._memories[access_key_id] = CallerMemory(signer)
        return GatewayCaller(memory, request)

    def _claimed_key(self, request: SignedRequest) -> str:
        """The access key that the request names, for this region. Raises S3Error."""
        is_in_header, is_in_address = request.header("authorization"), "X-Amz-Signature=" in request.query
        if is_in_header and is_in_address:
            raise InvalidRequest("Only one signature is allowed: in the Authorization header, or in the address")
        if not is_in_header and not is_in_address:
            raise AccessDenied("Requests for packages must be signed with AWS Signature Version 4")
        try:
            claim = s3_signatures.claim_of(request)
        except BadSignature as error:
            raise MalformedSignature(str(error)) from error
        if claim.region != self._region:
            reason = f"The region {claim.region!r} is wrong; this gateway is in {self._region!r}"
            raise ForeignScope(self._region, reason)
        if claim.service != s3_signatures.SERVICE:
            raise ForeignScope(self._region, f"The service {claim.service!r} is wrong; this is 's3'")
        return claim.access_key_id


def named_in(query: str) -> dict[str, str]:
    """The decoded parameters of an address."""
    return dict(parse_qsl(query, keep_blank_values=True))


def as_s3_error(error: AppError) -> S3Error:
    """The failure of another service, for the caller."""
    if isinstance(error, Unauthenticated | Forbidden):
        return AccessDenied(str(error))
    if isinstance(error, Invalid | Malformed):
        return InvalidArgument(str(error))
    return ServiceUnavailable(str(error))
