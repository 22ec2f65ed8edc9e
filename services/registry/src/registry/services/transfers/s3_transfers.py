"""Objects of a push: found, hashed and copied with the rights that the S3 client has.

Calls may be made by the hundred: what they do at once is bounded here. Cancelling one's task cancels it, and leaves nothing
half-made behind but what a log knows.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.services.transfers.copying import Copier
from registry.services.transfers.digests import CHUNKED, KINDS, DigestKind, kind_of
from registry.services.transfers.errors import HashMismatch, HashUnknown, NotInS3, ObjectTooLarge
from registry.services.transfers.hashing import ObjectHasher, Progress
from registry.services.transfers.known_checksums import confirms, known_hash, same_content
from registry.services.transfers.limits import LARGEST, TransferLimits
from registry.services.transfers.uploads import UnfinishedUpload, UploadLog
from shared.aws.objects import ObjectMissing
from shared.aws.transfers import Content, S3Contents, Upload, UploadGone
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key
from shared.schemas.package import Hash

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


@dataclass(frozen=True, slots=True)
class VerifiedObject:
    """An object, of one version if the bucket keeps versions."""

    location: PhysicalKey
    size: int
    hash: Hash


@dataclass(frozen=True, slots=True)
class CopiedObject:
    location: PhysicalKey
    size: int
    hash: Hash | None
    """The chunked one; None where the store has not told."""
    skipped: bool
    """The same content was there already."""


def in_s3(physical_key: str) -> PhysicalKey:
    """Raises NotInS3."""
    location = parse_physical_key(physical_key)
    if location is None:
        raise NotInS3(physical_key)
    return location


def nobody_asks(_done: int) -> None:
    """The progress that is not watched."""


class Transfers:
    def __init__(self, contents: S3Contents, limits: TransferLimits | None = None) -> None:
        self._contents = contents
        self._limits = limits or TransferLimits()
        self._reader = ObjectHasher(contents, self._limits)
        self._copier = Copier(contents, self._limits)

    def close(self) -> None:
        self._reader.close()

    async def find(self, location: PhysicalKey) -> Content:
        """The object as it is now, with its version; raises ObjectMissing and the like."""
        content = await self._limits.retries(lambda: self._contents.head(location))
        if content.size > LARGEST:
            raise ObjectTooLarge(f"{location.url} has {content.size} bytes")
        return content

    async def hash(
        self, location: PhysicalKey, kind: DigestKind = CHUNKED, *, progress: Progress = nobody_asks
    ) -> VerifiedObject:
        """From what S3 knows, else by reading it all."""
        content = await self.find(location)
        return VerifiedObject(content.location, content.size, await self._hash(content, kind, progress))

    async def verify(
        self, location: PhysicalKey, said: Hash, size: int | None = None, *, progress: Progress = nobody_asks
    ) -> VerifiedObject:
        """That the object has this hash, and size if given; raises HashMismatch, HashUnknown."""
        kind = kind_of(said.type)
        if kind is None:
            raise HashUnknown(f"There is no kind of hash {said.type}; there are {', '.join(KINDS)}")
        content = await self.find(location)
        if size is not None and size != content.size:
            raise HashMismatch(f"{location.url} has {content.size} bytes, not {size}")
        found = await self._hash(content, kind, progress)
        if found != said:
            raise HashMismatch(f"{location.url} has the hash {found.value}, not {said.value}")
        return VerifiedObject(content.location, content.size, found)

    async def copy(
        self,
        source: PhysicalKey,
        bucket: str,
        key: str,
        said: Hash | None = None,
        *,
        progress: Progress = nobody_asks,
        log: UploadLog | None = None,
    ) -> CopiedObject:
        """Unless the same content is there. `said` is what the source's content should be, for all one knows.

        Raises HashMismatch when it is seen not to be; that is not always seen: use `verify` to be sure. With a log, what
        was copied of a large object before an interruption is not copied again; see `abandon`.
        """
        content = await self.find(source)
        there = await self._there(content, bucket, key, said)
        if there is not None:
            progress(content.size)
            return there
        made, chunked = await self._copier.copy(content, PhysicalKey(bucket, key, None), said, progress, log)
        return CopiedObject(
            made.location, made.size, Hash(type=CHUNKED, value=chunked) if chunked else None, skipped=False
        )

    async def abandon(self, bucket: str, key: str, upload: UnfinishedUpload) -> None:
        """Have S3 forget the parts of an interrupted copy that will not go on."""
        with suppress(UploadGone):
            await self._contents.abort(Upload(bucket, key, upload.upload_id))

    async def _there(self, content: Content, bucket: str, key: str, said: Hash | None) -> CopiedObject | None:
        try:
            target = await self.find(PhysicalKey(bucket, key, None))
        except ObjectMissing:
            return None
        if target.size != content.size:
            return None
        chunked = await known_hash(self._contents, target, CHUNKED)
        found = Hash(type=CHUNKED, value=chunked) if chunked else None
        as_said = said is not None and await confirms(self._contents, target, said)
        if as_said or await same_content(self._contents, content, target):
            return CopiedObject(target.location, target.size, found, skipped=True)
        return None

    async def _hash(self, content: Content, kind: DigestKind, progress: Progress) -> Hash:
        known = await self._limits.retries(lambda: known_hash(self._contents, content, kind))
        if known is None:
            known = await self._reader.hash(content, kind, progress)
        else:
            progress(content.size)
        return Hash(type=kind, value=known)


@contextmanager
def open_transfers(s3: "S3Client", limits: TransferLimits | None = None) -> Iterator[Transfers]:
    transfers = Transfers(S3Contents(s3), limits)
    try:
        yield transfers
    finally:
        transfers.close()
