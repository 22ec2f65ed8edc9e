"""Contents of objects, moved and judged at any size: checksums that S3 knows, ranges, copies within S3.

Unlike `objects`, this tells why something went wrong as precisely as S3 does: a transfer is waited for, repeated, or given
up accordingly.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.objects import BucketMissing, ObjectMissing, ObjectRefused
from shared.errors import Conflict, Unavailable
from shared.quilt.physical_keys import PhysicalKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from types_aiobotocore_s3 import S3Client


class ObjectChanged(Conflict):
    title = "The object is no longer what it was when the transfer began"
    slug = "object_changed"


class ObjectArchived(Conflict):
    title = "The object is archived: restore it first"
    slug = "object_archived"


class UploadGone(Conflict):
    title = "The multipart upload was aborted, or completed by somebody else"
    slug = "upload_gone"


class Throttled(Unavailable):
    title = "S3 asks us to slow down"
    slug = "throttled"


@dataclass(frozen=True, slots=True)
class Content:
    """One version of an object, as S3 knows it."""

    location: PhysicalKey
    """With the version's id, if the bucket keeps versions."""
    size: int
    etag: str
    sha256: str | None = None
    """S3's checksum of the whole in base64, or of its parts' checksums if it was uploaded in `parts`."""
    crc64nvme: str | None = None
    """Of the whole, in base64."""
    parts: int | None = None
    """How many parts `sha256` is made of; None when it is of the whole."""
    headers: dict[str, Any] = field(default_factory=dict)
    """What a multipart copy must repeat, named as boto's parameters."""


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    size: int
    etag: str
    sha256: str
    """Base64."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload to a bucket and key."""

    bucket: str
    key: str
    id: str


class S3Contents:
    """All calls raise ObjectMissing, BucketMissing, ObjectRefused, ObjectChanged, ObjectArchived, Throttled or Unavailable."""

    def __init__(self, s3: S3Client) -> None:
        self._s3 = s3

    async def head(self, location: PhysicalKey) -> Content:
        with _translated(location.bucket, location.key):
            told: Any = await self._s3.head_object(**_source(location), ChecksumMode="ENABLED")
        return _content(location, told)

    async def part_sizes(self, content: Content) -> list[int]:
        """Of the parts that `content.sha256` is made of; empty when S3 does not tell."""
        sizes: list[int] = []
        marker = 0
        while True:
            with _translated(content.location.bucket, content.location.key):
                told: Any = await self._s3.get_object_attributes(
                    **_source(content.location), ObjectAttributes=["ETag", "ObjectParts"], PartNumberMarker=marker
                )
            if told.get("ETag", "").strip('"') != content.etag:
                return []
            found = told.get("ObjectParts", {})
            sizes += [part["Size"] for part in found.get("Parts", [])]
            if not found.get("IsTruncated") or not found.get("Parts"):
                return sizes
            marker = found["NextPartNumberMarker"]

    async def read(self, content: Content, start: int, end: int) -> bytes:
        """From `start` up to, not including, `end`."""
        location = content.location
        with _translated(location.bucket, location.key):
            told = await self._s3.get_object(
                **_source(location), Range=f"bytes={start}-{end - 1}", IfMatch=f'"{content.etag}"'
            )
            async with told["Body"] as body:
                found: bytes = await body.content.readexactly(end - start)
        return found

    async def copy(self, content: Content, bucket: str, key: str) -> Content:
        """At most 5 GB, in one request, with headers and metadata."""
        with _translated(content.location.bucket, content.location.key):
            told: Any = await self._s3.copy_object(
                Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", **_copied(content)
            )
        result = told["CopyObjectResult"]
        made = PhysicalKey(bucket, key, _version_id(told))
        return Content(made, content.size, result["ETag"].strip('"'), result.get("ChecksumSHA256"))

    async def begin(self, content: Content, bucket: str, key: str) -> Upload:
        """A multipart upload that will be a copy of the content."""
        with _translated(bucket, key):
            told = await self._s3.create_multipart_upload(
                Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", **content.headers
            )
        return Upload(bucket, key, told["UploadId"])

    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        with _translated(content.location.bucket, content.location.key):
            told: Any = await self._s3.upload_part_copy(
                **_target(upload), PartNumber=number, CopySourceRange=f"bytes={start}-{end - 1}", **_copied(content)
            )
        result = told["CopyPartResult"]
        return Part(number, end - start, result["ETag"], result["ChecksumSHA256"])

    async def parts(self, upload: Upload) -> list[Part]:
        """What has arrived already; raises UploadGone."""
        found: list[Part] = []
        marker = 0
        while True:
            with _translated(upload.bucket, upload.key):
                told: Any = await self._s3.list_parts(**_target(upload), PartNumberMarker=marker)
            found += [
                Part(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256", ""))
                for part in told.get("Parts", [])
            ]
            if not told.get("IsTruncated") or not told.get("Parts"):
                return found
            marker = int(told["NextPartNumberMarker"])

    async def complete(self, upload: Upload, parts: Sequence[Part]) -> Content:
        named: Any = [{"PartNumber": part.number, "ETag": part.etag, "ChecksumSHA256": part.sha256} for part in parts]
        with _translated(upload.bucket, upload.key):
            told: Any = await self._s3.complete_multipart_upload(**_target(upload), MultipartUpload={"Parts": named})
        made = PhysicalKey(upload.bucket, upload.key, _version_id(told))
        return _content(made, {**told, "ContentLength": sum(part.size for part in parts)})

    async def abort(self, upload: Upload) -> None:
        with _translated(upload.bucket, upload.key):
            await self._s3.abort_multipart_upload(**_target(upload))


_REPEATED = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata")


def _content(location: PhysicalKey, told: Any) -> Content:
    sha256, _, parts = str(told.get("ChecksumSHA256") or "").partition("-")
    return Content(
        location=PhysicalKey(location.bucket, location.key, _version_id(told)),
        size=told["ContentLength"],
        etag=told["ETag"].strip('"'),
        sha256=sha256 or None,
        crc64nvme=told.get("ChecksumCRC64NVME"),
        parts=int(parts) if parts else None,
        headers={name: told[name] for name in _REPEATED if told.get(name)},
    )


def _version_id(told: Any) -> str | None:
    # "null" is what a bucket that never kept versions may answer.
    return None if told.get("VersionId") in {None, "", "null"} else str(told["VersionId"])


def _source(location: PhysicalKey) -> Any:
    version = {"VersionId": location.version_id} if location.version_id else {}
    return {"Bucket": location.bucket, "Key": location.key, **version}


def _copied(content: Content) -> Any:
    return {"CopySource": _source(content.location), "CopySourceIfMatch": f'"{content.etag}"'}


def _target(upload: Upload) -> Any:
    return {"Bucket": upload.bucket, "Key": upload.key, "UploadId": upload.id}


_SLOW_DOWN = {"SlowDown", "503", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "429"}
_TRY_AGAIN = {
    "RequestTimeout",
    "RequestTimeTooSkewed",
    "OperationAborted",
    "ConditionalRequestConflict",
    "InternalError",
}


@contextmanager
def _translated(bucket: str, key: str) -> Iterator[None]:
    """S3's errors as ours."""
    place = f"s3://{bucket}/{key}"
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise _reason(code, status, place) from error
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError, EOFError) as error:
        raise Unavailable(f"S3 does not answer ({type(error).__name__}) for {place}") from error


def _reason(code: str, status: int, place: str) -> Exception:  # noqa: PLR0911 – one line each
    said = f"S3 answers {code or status} for {place}"
    if code in _SLOW_DOWN:
        return Throttled(said)
    if status >= 500 or code in _TRY_AGAIN:
        return Unavailable(said)
    if code == "NoSuchBucket":
        return BucketMissing(f"No such bucket: {place}")
    if code == "NoSuchUpload":
        return UploadGone(said)
    if status == 412 or code == "PreconditionFailed":
        return ObjectChanged(f"{place} has changed meanwhile")
    if status in {404, 405} or code in {"NoSuchKey", "NoSuchVersion"}:
        return ObjectMissing(f"No {place}")
    if code == "InvalidObjectState":
        return ObjectArchived(f"{place} is archived; restore it first")
    return ObjectRefused(said)
