"""S3 in memory with a caller's rights, for workers in tests."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from registry.services.transfers.digests import CHUNKED, KINDS, new_digest
from registry.services.transfers.errors import HashMismatch, HashUnknown
from registry.services.transfers.s3_transfers import CopiedObject, VerifiedObject
from registry.services.transfers.uploads import UnfinishedUpload, UploadLog
from shared.aws.objects import ObjectInfo, ObjectMissing
from shared.errors import Unauthenticated
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash
from shared.schemas.principal import Principal
from shared.schemas.query_budgets import RoleQueryBudgets
from shared.testing.archived_objects import FakeArchivedObjects
from shared.testing.objects import FakeObjectStore


@dataclass
class FakeTransfers:
    """Implements `Transfers` on objects in memory, and records the keys of each call."""

    objects: FakeObjectStore
    hashed: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    continued: list[str] = field(default_factory=list)
    """Destinations of copies that were in the log before."""
    abandoned: list[str] = field(default_factory=list)
    may_finish: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is unset, copies begin and wait."""

    def __post_init__(self) -> None:
        self.may_finish.set()

    async def hash(self, location: PhysicalKey, *, progress: Any = None) -> VerifiedObject:  # noqa: ARG002 – as the real one
        return await self._hash(location, CHUNKED)

    async def verify(
        self,
        location: PhysicalKey,
        expected: Hash,
        size: int | None = None,  # noqa: ARG002
        *,
        progress: Any = None,  # noqa: ARG002
    ) -> VerifiedObject:
        if expected.type not in KINDS:
            raise HashUnknown(f"The hash type {expected.type} is not supported")
        held = await self._hash(location, expected.type)
        if held.hash != expected:
            raise HashMismatch(f"{held.location.url} has the hash {held.hash.value}, not {expected.value}")
        return held

    async def copy(
        self,
        source: PhysicalKey,
        bucket: str,
        key: str,
        expected: Hash | None = None,
        *,
        progress: Any = None,  # noqa: ARG002
        log: UploadLog | None = None,
    ) -> CopiedObject:
        info, body = await self._get(source)
        known = await log.find(bucket, key) if log else None
        if log and known is None:
            await log.put(bucket, key, UnfinishedUpload(upload_id=uuid4().hex, source=source.url, etag=info.etag))
        await self.may_finish.wait()
        version = await self.objects.put(bucket, key, body, meta=info.meta)
        if log:
            await log.remove(bucket, key)
        (self.continued if known else self.copied).append(key)
        return CopiedObject(PhysicalKey(bucket, key, version), info.size, expected, skipped=False)

    async def abandon(self, bucket: str, key: str, upload: UnfinishedUpload) -> None:  # noqa: ARG002
        self.abandoned.append(key)

    async def _hash(self, location: PhysicalKey, kind: Any) -> VerifiedObject:
        info, body = await self._get(location)
        self.hashed.append(location.key)
        digest = new_digest(kind, len(body))
        digest.update(body)
        where = PhysicalKey(location.bucket, location.key, info.version_id)
        return VerifiedObject(where, info.size, Hash(type=kind, value=digest.value()))

    async def _get(self, location: PhysicalKey) -> tuple[ObjectInfo, bytes]:
        got = await self.objects.get(location.bucket, location.key, limit=1 << 30, version_id=location.version_id)
        if got is None:
            raise ObjectMissing(f"No {location.url}")
        return got


@dataclass
class FakeCallerS3:
    """Implements `CallerS3` and `CurrentRights`."""

    objects: FakeObjectStore
    transfers: FakeTransfers
    archived_objects: FakeArchivedObjects
    caller: Principal
    signed_out: set[UUID]
    budgets: Sequence[RoleQueryBudgets]

    @property
    def rights(self) -> "FakeCallerS3":
        return self

    async def principal(self) -> Principal:
        if self.caller.user_id in self.signed_out:
            raise Unauthenticated("The session has ended")
        return self.caller

    async def query_budgets(self) -> Sequence[RoleQueryBudgets]:
        return self.budgets


@dataclass
class FakeCallerS3Opener:
    """Implements `CallerS3Opener`. Sessions of the users in `signed_out` have ended."""

    objects: Any
    """A `FakeObjectStore`, or a fault around one."""
    signed_out: set[UUID] = field(default_factory=set)
    query_budgets: list[RoleQueryBudgets] = field(default_factory=list)
    """Budgets of every caller's roles."""

    def __post_init__(self) -> None:
        self.transfers = FakeTransfers(self.objects)
        self.archived_objects = FakeArchivedObjects(self.objects)

    @asynccontextmanager
    async def __call__(self, caller: Principal) -> AsyncIterator[FakeCallerS3]:
        yield FakeCallerS3(
            self.objects, self.transfers, self.archived_objects, caller, self.signed_out, self.query_budgets
        )
