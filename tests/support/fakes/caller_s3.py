"""S3 in memory, as a caller may use it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from registry.services.transfers.digests import CHUNKED, KINDS, new_digest
from registry.services.transfers.errors import HashMismatch, HashUnknown
from registry.services.transfers.transfers import CopiedObject, VerifiedObject
from registry.services.transfers.uploads import UnfinishedUpload, UploadLog
from shared.aws.objects import ObjectInfo, ObjectMissing
from shared.errors import Unauthenticated
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash
from shared.schemas.principal import Principal
from shared.testing.objects import FakeObjectStore


@dataclass
class FakeContents:
    """Implements `ContentTransfers` on objects in memory."""

    objects: FakeObjectStore
    hashed: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    went_on: list[str] = field(default_factory=list)
    """Copied as well, begun by somebody else."""
    abandoned: list[str] = field(default_factory=list)
    going_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Unset, copies are begun and not ended."""

    def __post_init__(self) -> None:
        self.going_on.set()

    async def hash(self, location: PhysicalKey, *, progress: Any = None) -> VerifiedObject:  # noqa: ARG002 – as the real one
        return await self._hash(location, CHUNKED)

    async def verify(
        self,
        location: PhysicalKey,
        said: Hash,
        size: int | None = None,  # noqa: ARG002
        *,
        progress: Any = None,  # noqa: ARG002
    ) -> VerifiedObject:
        if said.type not in KINDS:
            raise HashUnknown(f"There is no kind of hash {said.type}")
        held = await self._hash(location, said.type)
        if held.hash != said:
            raise HashMismatch(f"{held.location.url} has the hash {held.hash.value}, not {said.value}")
        return held

    async def copy(
        self,
        source: PhysicalKey,
        bucket: str,
        key: str,
        said: Hash | None = None,
        *,
        progress: Any = None,  # noqa: ARG002
        log: UploadLog | None = None,
    ) -> CopiedObject:
        info, body = await self._get(source)
        known = await log.find(bucket, key) if log else None
        if log and known is None:
            await log.put(bucket, key, UnfinishedUpload(upload_id=uuid4().hex, source=source.url, etag=info.etag))
        await self.going_on.wait()
        version = await self.objects.put(bucket, key, body, meta=info.meta)
        if log:
            await log.remove(bucket, key)
        (self.went_on if known else self.copied).append(key)
        return CopiedObject(PhysicalKey(bucket, key, version), info.size, said, skipped=False)

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
    """Implements `CallerS3` and its `Rights`."""

    objects: FakeObjectStore
    transfers: FakeContents
    caller: Principal
    signed_out: set[UUID]

    @property
    def rights(self) -> "FakeCallerS3":
        return self

    async def principal(self) -> Principal:
        if self.caller.user_id in self.signed_out:
            raise Unauthenticated("The session has ended")
        return self.caller


@dataclass
class FakeOpenCallerS3:
    """Implements `OpenCallerS3`; who is in `signed_out` has no rights any more."""

    objects: FakeObjectStore
    signed_out: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.contents = FakeContents(self.objects)

    @asynccontextmanager
    async def __call__(self, caller: Principal) -> AsyncIterator[FakeCallerS3]:
        yield FakeCallerS3(self.objects, self.contents, caller, self.signed_out)
