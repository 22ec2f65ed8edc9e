"""S3 with the rights of a caller, for as long as the caller has them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from registry.services.transfers.hashing import ReportProgress
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.s3_transfers import CopiedObject, S3Transfers, VerifiedObject, open_s3_transfers
from registry.services.transfers.uploads import UnfinishedUpload, UploadLog
from shared.aws.archived_objects import ArchivedObjects, S3ArchivedObjects
from shared.aws.clients import Credentials, open_s3
from shared.aws.objects import ObjectStore, S3ObjectStore
from shared.clients.auth import CredentialVending
from shared.quilt.physical_keys import PhysicalKey
from shared.revocations import RETRY_SECONDS, RevocableCache
from shared.runtime import supervised
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.package import Hash
from shared.schemas.principal import Principal
from shared.schemas.query_budgets import RoleQueryBudgets
from shared.schemas.signer import MINTED
from shared.settings import AwsSettings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


class Transfers(Protocol):
    """The calls of `S3Transfers` that pushes make."""

    async def hash(self, location: PhysicalKey, *, progress: ReportProgress = ...) -> VerifiedObject: ...

    async def verify(
        self, location: PhysicalKey, expected: Hash, size: int | None = None, *, progress: ReportProgress = ...
    ) -> VerifiedObject: ...

    async def copy(
        self,
        source: PhysicalKey,
        bucket: str,
        key: str,
        expected: Hash | None = None,
        *,
        progress: ReportProgress = ...,
        log: UploadLog | None = None,
    ) -> CopiedObject: ...

    async def abandon(self, bucket: str, key: str, upload: UnfinishedUpload) -> None: ...


class CurrentRights(Protocol):
    async def principal(self) -> Principal:
        """The caller with their present rights; raises Unauthenticated once their session has ended."""
        ...

    async def query_budgets(self) -> Sequence[RoleQueryBudgets]:
        """The budgets of queries that each of the caller's roles gives, if one of them gives any; raises what `principal` raises."""
        ...


class CallerS3(Protocol):
    """S3 with a caller's rights. All calls raise Unauthenticated once the caller's session has ended."""

    @property
    def rights(self) -> CurrentRights: ...
    @property
    def objects(self) -> ObjectStore: ...
    @property
    def transfers(self) -> Transfers: ...
    @property
    def archived_objects(self) -> ArchivedObjects: ...


class CallerS3Opener(Protocol):
    def __call__(self, caller: Principal) -> AbstractAsyncContextManager[CallerS3]:
        """Raises Unauthenticated or Forbidden if the caller no longer has any rights."""
        ...


MIN_LIFETIME = timedelta(minutes=15)
"""Credentials that expire sooner are renewed: a request that they sign may take long."""

_ONLY_KEY = b""
"""Key of the one entry of a RevocableCache."""


class CallerRights:
    """A caller's rights and credentials, asked of `auth` and cached until they expire, change or are revoked."""

    def __init__(self, auth: CredentialVending, caller: Principal) -> None:
        self._auth = auth
        self._question = CallerQuestion(user_id=caller.user_id, session_id=caller.session_id)
        self._cache: RevocableCache[CallerCredentials] = RevocableCache(auth)
        self._lock = asyncio.Lock()

    async def follow_revocations(self, retry_seconds: float = RETRY_SECONDS) -> None:
        """Apply revocations until cancelled."""
        await self._cache.follow(retry_seconds)

    async def principal(self) -> Principal:
        """The caller with their present rights; raises Unauthenticated once their session has ended."""
        return (await self._current()).principal

    async def query_budgets(self) -> Sequence[RoleQueryBudgets]:
        return (await self._current()).query_budgets

    async def credentials(self) -> Credentials:
        """S3 credentials. Raises Unauthenticated once the session has ended, Forbidden if the role allows nothing."""
        held = await self._current()
        return Credentials(held.access_key_id, held.secret_access_key, held.session_token, held.expires_at)

    async def _current(self) -> CallerCredentials:
        async with self._lock:
            held = await self._cache.find_answer(_ONLY_KEY)
            if held is None or held.expires_at - datetime.now(UTC) < MIN_LIFETIME:
                held = await self._auth.credentials(self._question)
                self._cache.add_answer(_ONLY_KEY, held)
            return held


@dataclass(frozen=True, slots=True)
class CallerS3Client:
    """The real `CallerS3`: its S3 client signs with the caller's vended credentials."""

    rights: CallerRights
    s3: "S3Client"
    objects: S3ObjectStore
    transfers: S3Transfers
    archived_objects: S3ArchivedObjects


@asynccontextmanager
async def open_caller_s3(
    settings: AwsSettings,
    s3proxy_url: str,
    auth: CredentialVending,
    caller: Principal,
    limits: TransferLimits | None = None,
) -> AsyncIterator[CallerS3Client]:
    """Raises Unauthenticated or Forbidden if the caller no longer has any rights."""
    rights = CallerRights(auth, caller)
    async with supervised(rights.follow_revocations):
        if (await rights.credentials()).access_key_id.startswith(MINTED):
            # Credentials that `auth` minted are known to the S3 proxy alone, not to the store.
            settings = settings.model_copy(update={"endpoint_url": s3proxy_url})
        async with open_s3(settings, current=rights.credentials) as s3:
            with open_s3_transfers(s3, limits) as transfers:
                yield CallerS3Client(rights, s3, S3ObjectStore(s3), transfers, S3ArchivedObjects(s3))
