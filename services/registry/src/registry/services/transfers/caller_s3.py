"""What pushes need of a caller's S3; `callers.open_caller` gives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from registry.services.transfers.hashing import Progress
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.transfers import CopiedObject, Transfers, VerifiedObject, open_transfers
from registry.services.transfers.uploads import UnfinishedUpload, UploadLog
from shared.aws.clients import Credentials, open_s3
from shared.aws.objects import ObjectStore, S3ObjectStore
from shared.clients.auth import CredentialVending
from shared.quilt.physical_keys import PhysicalKey
from shared.revocations import POLL_SECONDS, RevocableCache
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.package import Hash
from shared.schemas.principal import Principal
from shared.schemas.signer import MINTED
from shared.settings import AwsSettings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


class ContentTransfers(Protocol):
    """What objects hold, judged and copied: the part of `Transfers` that pushes need."""

    async def hash(self, location: PhysicalKey, *, progress: Progress = ...) -> VerifiedObject: ...

    async def verify(
        self, location: PhysicalKey, said: Hash, size: int | None = None, *, progress: Progress = ...
    ) -> VerifiedObject: ...

    async def copy(
        self,
        source: PhysicalKey,
        bucket: str,
        key: str,
        said: Hash | None = None,
        *,
        progress: Progress = ...,
        log: UploadLog | None = None,
    ) -> CopiedObject: ...

    async def abandon(self, bucket: str, key: str, upload: UnfinishedUpload) -> None: ...


class CurrentRights(Protocol):
    async def principal(self) -> Principal:
        """The caller as they are now; raises Unauthenticated once their session has ended."""
        ...


class CallerS3(Protocol):
    """S3 as the caller may use it."""

    @property
    def rights(self) -> CurrentRights: ...
    @property
    def objects(self) -> ObjectStore: ...
    @property
    def transfers(self) -> ContentTransfers: ...


class OpenCallerS3(Protocol):
    def __call__(self, caller: Principal) -> AbstractAsyncContextManager[CallerS3]:
        """Raises Unauthenticated or Forbidden when the caller has no rights any more."""
        ...


MARGIN = timedelta(minutes=15)
"""Credentials that live no longer than this are not used: a request that they sign may take long."""

_ONLY = b""


class CallerRights:
    def __init__(self, auth: CredentialVending, caller: Principal) -> None:
        self._auth = auth
        self._question = CallerQuestion(user_id=caller.user_id, session_id=caller.session_id)
        self._followed: RevocableCache[CallerCredentials] = RevocableCache(auth)
        self._asking = asyncio.Lock()

    async def follow(self, every: float = POLL_SECONDS) -> None:
        """Learn of what ends or changes the rights, for ever."""
        await self._followed.follow(every)

    async def principal(self) -> Principal:
        """The caller as they are now; raises Unauthenticated once their session has ended."""
        return (await self._current()).principal

    async def credentials(self) -> Credentials:
        """Raises Unauthenticated once their session has ended, Forbidden when they may do nothing."""
        held = await self._current()
        return Credentials(held.access_key_id, held.secret_access_key, held.session_token, held.expires_at)

    async def _current(self) -> CallerCredentials:
        async with self._asking:
            held = await self._followed.find(_ONLY)
            if held is None or held.expires_at - datetime.now(UTC) < MARGIN:
                held = await self._auth.credentials(self._question)
                self._followed.keep(_ONLY, held)
            return held


@dataclass(frozen=True, slots=True)
class OpenedCallerS3:
    """S3 as the caller may use it."""

    rights: CallerRights
    s3: "S3Client"
    objects: S3ObjectStore
    transfers: Transfers


@asynccontextmanager
async def open_caller(
    settings: AwsSettings,
    s3proxy_url: str,
    auth: CredentialVending,
    caller: Principal,
    limits: TransferLimits | None = None,
) -> AsyncIterator[OpenedCallerS3]:
    """Raises Unauthenticated or Forbidden at once when the caller has no rights any more."""
    rights = CallerRights(auth, caller)
    following = asyncio.create_task(rights.follow())
    try:
        if (await rights.credentials()).access_key_id.startswith(MINTED):  # the store does not know them
            settings = settings.model_copy(update={"endpoint_url": s3proxy_url})
        async with open_s3(settings, current=rights.credentials) as s3:
            with open_transfers(s3, limits) as transfers:
                yield OpenedCallerS3(rights, s3, S3ObjectStore(s3), transfers)
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
