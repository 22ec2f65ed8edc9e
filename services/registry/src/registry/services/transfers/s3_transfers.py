"""Finding, hashing and copying the objects of a push, with the rights that the S3 client has.

Hundreds of calls may be under way: their requests are bounded here. A cancelled call leaves no multipart upload behind,
except one that is in its `UploadLog`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from registry.services.transfers.copying import Copier
from registry.services.transfers.digests import CHUNKED, KINDS, DigestKind, kind_of
from registry.services.transfers.errors import HashMismatch, HashUnknown, ObjectTooLarge
from registry.services.transfers.hashing import ObjectHasher, ReportProgress
from registry.services.transfers.known_checksums import confirms, have_same_content, known_hash
from registry.services.transfers.limits import MAX_OBJECT_BYTES, TransferLimits
from registry.services.transfers.uploads import UnfinishedUpload, UploadLog
from shared.aws.objects import ObjectMissing
from shared.aws.transfers import Content, S3Contents, Upload, UploadGone
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


@dataclass(frozen=True, slots=True)
class VerifiedObject:
    """An object and its hash. The location has a version if the bucket keeps versions."""

    location: PhysicalKey
    size: int
    hash: Hash


@dataclass(frozen=True, slots=True)
class CopiedObject:
    location: PhysicalKey
    size: int
    hash: Hash | None
    """The chunked hash; None if the store keeps no checksum of the copy."""
    skipped: bool
    """True if the destination held the same content already."""


def ignore_progress(_done: int) -> None:
    """A `ReportProgress` for calls that are not watched."""


class S3Transfers:
    """Methods raise the errors of `S3Contents`; Unavailable only after the retries of `TransferLimits`."""

    def __init__(self, contents: S3Contents, limits: TransferLimits | None = None) -> None:
        self._contents = contents
        self._limits = limits or TransferLimits()
        self._hasher = ObjectHasher(contents, self._limits)
        self._copier = Copier(contents, self._limits)

    def close(self) -> None:
        self._hasher.close()

    async def find(self, location: PhysicalKey) -> Content:
        """The object as it is now, with its version. Raises ObjectTooLarge."""
        content = await self._limits.retries(self._contents.head, location)
        if content.size > MAX_OBJECT_BYTES:
            raise ObjectTooLarge(f"{location.url} has {content.size} bytes")
        return content

    async def hash(
        self, location: PhysicalKey, kind: DigestKind = CHUNKED, *, progress: ReportProgress = ignore_progress
    ) -> VerifiedObject:
        """The object's hash, from S3's checksums if they suffice, else by reading the object."""
        content = await self.find(location)
        return VerifiedObject(content.location, content.size, await self._hash(content, kind, progress))

    async def verify(
        self,
        location: PhysicalKey,
        expected: Hash,
        size: int | None = None,
        *,
        progress: ReportProgress = ignore_progress,
    ) -> VerifiedObject:
        """The object, if it has this hash, and this size if given. Raises HashMismatch or HashUnknown."""
        kind = kind_of(expected.type)
        if kind is None:
            raise HashUnknown(f"The hash type {expected.type} is not supported; use one of {', '.join(KINDS)}")
        content = await self.find(location)
        if size is not None and size != content.size:
            raise HashMismatch(f"{location.url} has {content.size} bytes, not {size}")
        found = await self._hash(content, kind, progress)
        if found != expected:
            raise HashMismatch(f"{location.url} has the hash {found.value}, not {expected.value}")
        return VerifiedObject(content.location, content.size, found)

    async def copy(
        self,
        source: PhysicalKey,
        bucket: str,
        key: str,
        expected: Hash | None = None,
        *,
        progress: ReportProgress = ignore_progress,
        log: UploadLog | None = None,
    ) -> CopiedObject:
        """Copy the object, unless the destination holds the same content.

        Raises HashMismatch if S3's checksums contradict `expected`, the source's hash; they do not always decide: `verify`
        does. With a log, a later call for the same destination continues an interrupted copy; `abandon` gives it up.
        """
        content = await self.find(source)
        present = await self._find_copy(content, bucket, key, expected)
        if present is not None:
            progress(content.size)
            return present
        made, chunked = await self._copier.copy(content, PhysicalKey(bucket, key, None), expected, progress, log)
        return CopiedObject(
            made.location, made.size, Hash(type=CHUNKED, value=chunked) if chunked else None, skipped=False
        )

    async def abandon(self, bucket: str, key: str, upload: UnfinishedUpload) -> None:
        """Delete the parts of an interrupted copy that will not continue."""
        with suppress(UploadGone):
            await self._contents.abort(Upload(bucket, key, upload.upload_id))

    async def _find_copy(self, content: Content, bucket: str, key: str, expected: Hash | None) -> CopiedObject | None:
        """The object at the destination, if it has the source's content."""
        try:
            target = await self.find(PhysicalKey(bucket, key, None))
        except ObjectMissing:
            return None
        if target.size != content.size:
            return None
        chunked = await known_hash(self._contents, target, CHUNKED)
        found = Hash(type=CHUNKED, value=chunked) if chunked else None
        is_expected = expected is not None and await confirms(self._contents, target, expected)
        if is_expected or await have_same_content(self._contents, content, target):
            return CopiedObject(target.location, target.size, found, skipped=True)
        return None

    async def _hash(self, content: Content, kind: DigestKind, progress: ReportProgress) -> Hash:
        known = await self._limits.retries(known_hash, self._contents, content, kind)
        if known is None:
            known = await self._hasher.hash(content, kind, progress)
        else:
            progress(content.size)
        return Hash(type=kind, value=known)


@contextmanager
def open_s3_transfers(s3: "S3Client", limits: TransferLimits | None = None) -> Iterator[S3Transfers]:
    transfers = S3Transfers(S3Contents(s3), limits)
    try:
        yield transfers
    finally:
        transfers.close()
