"""Reads and copies objects of any size: checksums that S3 has, ranges, copies within S3.

Its errors are finer than those of `objects`, since they decide whether a transfer waits, is repeated, or fails.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from botocore.exceptions import ClientError

from shared.aws.objects import (
    NO_ANSWER,
    SLOW_DOWN,
    BucketMissing,
    ObjectMissing,
    ObjectRefused,
    Throttled,
    no_answer,
)
from shared.errors import Conflict, Unavailable
from shared.quilt.physical_keys import PhysicalKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from types_aiobotocore_s3 import S3Client


class ObjectChanged(Conflict):
    title = "The object has changed since the transfer began"
    slug = "object_changed"


class ObjectArchived(Conflict):
    title = "The object is archived. Restore it first"
    slug = "object_archived"


class UploadGone(Conflict):
    title = "The multipart upload was aborted or completed elsewhere"
    slug = "upload_gone"


@dataclass(frozen=True, slots=True)
class Content:
    """One version of an object, as S3 describes it."""

    location: PhysicalKey
    """With the id of the version, if the bucket is versioned."""
    size: int
    etag: str
    sha256: str | None = None
    """S3's checksum in base64: of the object or, if it was uploaded in `parts`, of the checksums of its parts."""
    crc64nvme: str | None = None
    """S3's checksum of the object in base64."""
    parts: int | None = None
    """Number of parts that `sha256` covers; None when it covers the object itself."""
    headers: dict[str, Any] = field(default_factory=dict)
    """Headers and metadata that a multipart copy must repeat, as parameters of boto."""


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    size: int
    etag: str
    sha256: str
    """Checksum in base64."""


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
            answer: Any = await self._s3.head_object(**_source(location), ChecksumMode="ENABLED")
        return _content(location, answer)

    async def part_sizes(self, content: Content) -> list[int]:
        """Bytes of the parts that `content.sha256` covers; empty when S3 does not have them."""
        sizes: list[int] = []
        marker = 0
        while True:
            with _translated(content.location.bucket, content.location.key):
                answer: Any = await self._s3.get_object_attributes(
                    **_source(content.location), ObjectAttributes=["ETag", "ObjectParts"], PartNumberMarker=marker
                )
            if answer.get("ETag", "").strip('"') != content.etag:
                return []
            found = answer.get("ObjectParts", {})
            sizes += [part["Size"] for part in found.get("Parts", [])]
            if not found.get("IsTruncated") or not found.get("Parts"):
                return sizes
            marker = found["NextPartNumberMarker"]

    async def read(self, content: Content, start: int, end: int) -> bytes:
        """The bytes from `start` up to, not including, `end`."""
        location = content.location
        with _translated(location.bucket, location.key):
            answer = await self._s3.get_object(
                **_source(location), Range=f"bytes={start}-{end - 1}", IfMatch=f'"{content.etag}"'
            )
            async with answer["Body"] as body:
                found: bytes = await body.content.readexactly(end - start)
        return found

    async def copy(self, content: Content, bucket: str, key: str) -> Content:
        """Copy an object of at most 5 GB in one request, with headers and metadata."""
        with _translated(content.location.bucket, content.location.key):
            answer: Any = await self._s3.copy_object(
                Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", **_copy_source(content)
            )
        result = answer["CopyObjectResult"]
        made = PhysicalKey(bucket, key, _version_id(answer))
        return Content(made, content.size, result["ETag"].strip('"'), result.get("ChecksumSHA256"))

    async def begin(self, content: Content, bucket: str, key: str) -> Upload:
        """Begin a multipart upload that will be a copy of the content, with its headers, metadata and tags."""
        tags = await self._tags(content.location)
        with _translated(bucket, key):
            answer = await self._s3.create_multipart_upload(
                Bucket=bucket, Key=key, ChecksumAlgorithm="SHA256", **content.headers, **tags
            )
        return Upload(bucket, key, answer["UploadId"])

    async def _tags(self, location: PhysicalKey) -> dict[str, Any]:
        """Tags as a parameter of boto; none where the caller may not read them, or where the store has no tags."""
        try:
            with _translated(location.bucket, location.key):
                answer: Any = await self._s3.get_object_tagging(**_source(location))
        except (ObjectMissing, ObjectRefused):
            return {}
        tags = [(tag["Key"], tag["Value"]) for tag in answer["TagSet"]]
        return {"Tagging": urlencode(tags, quote_via=quote)} if tags else {}

    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        with _translated(content.location.bucket, content.location.key):
            answer: Any = await self._s3.upload_part_copy(
                **_target(upload),
                PartNumber=number,
                CopySourceRange=f"bytes={start}-{end - 1}",
                **_copy_source(content),
            )
        result = answer["CopyPartResult"]
        return Part(number, end - start, result["ETag"], result["ChecksumSHA256"])

    async def parts(self, upload: Upload) -> list[Part]:
        """The parts that are uploaded. Raises UploadGone."""
        found: list[Part] = []
        marker = 0
        while True:
            with _translated(upload.bucket, upload.key):
                answer: Any = await self._s3.list_parts(**_target(upload), PartNumberMarker=marker)
            found += [
                Part(part["PartNumber"], part["Size"], part["ETag"], part.get("ChecksumSHA256", ""))
                for part in answer.get("Parts", [])
            ]
            if not answer.get("IsTruncated") or not answer.get("Parts"):
                return found
            marker = int(answer["NextPartNumberMarker"])

    async def complete(self, upload: Upload, parts: Sequence[Part]) -> Content:
        named: Any = [{"PartNumber": part.number, "ETag": part.etag, "ChecksumSHA256": part.sha256} for part in parts]
        with _translated(upload.bucket, upload.key):
            answer: Any = await self._s3.complete_multipart_upload(**_target(upload), MultipartUpload={"Parts": named})
        made = PhysicalKey(upload.bucket, upload.key, _version_id(answer))
        return _content(made, {**answer, "ContentLength": sum(part.size for part in parts)})

    async def abort(self, upload: Upload) -> None:
        with _translated(upload.bucket, upload.key):
            await self._s3.abort_multipart_upload(**_target(upload))


_COPIED_HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
)


def _content(location: PhysicalKey, answer: Any) -> Content:
    sha256, _, parts = str(answer.get("ChecksumSHA256") or "").partition("-")
    return Content(
        location=PhysicalKey(location.bucket, location.key, _version_id(answer)),
        size=answer["ContentLength"],
        etag=answer["ETag"].strip('"'),
        sha256=sha256 or None,
        crc64nvme=answer.get("ChecksumCRC64NVME"),
        parts=int(parts) if parts else None,
        headers={name: answer[name] for name in _COPIED_HEADERS if answer.get(name)},
    )


def _version_id(answer: Any) -> str | None:
    # Buckets that were never versioned have no id or "null".
    return None if answer.get("VersionId") in {None, "", "null"} else str(answer["VersionId"])


def _source(location: PhysicalKey) -> Any:
    version = {"VersionId": location.version_id} if location.version_id else {}
    return {"Bucket": location.bucket, "Key": location.key, **version}


def _copy_source(content: Content) -> Any:
    return {"CopySource": _source(content.location), "CopySourceIfMatch": f'"{content.etag}"'}


def _target(upload: Upload) -> Any:
    return {"Bucket": upload.bucket, "Key": upload.key, "UploadId": upload.id}


_TEMPORARY = {
    "RequestTimeout",
    "RequestTimeTooSkewed",
    "OperationAborted",
    "ConditionalRequestConflict",
    "InternalError",
}


@contextmanager
def _translated(bucket: str, key: str) -> Iterator[None]:
    """Translate errors of S3 into ours."""
    place = f"s3://{bucket}/{key}"
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise _error_for(code, status, place) from error
    except NO_ANSWER as error:
        raise no_answer(error, place) from error


def _error_for(code: str, status: int, place: str) -> Exception:  # noqa: PLR0911 – one line each
    message = f"S3 answers {code or status} for {place}"
    if code in SLOW_DOWN:
        return Throttled(message)
    if (status >= 500 and code != "NotImplemented") or code in _TEMPORARY:
        return Unavailable(message)
    if code == "NoSuchBucket":
        return BucketMissing(f"No such bucket: {place}")
    if code == "NoSuchUpload":
        return UploadGone(message)
    if status == 412 or code == "PreconditionFailed":
        return ObjectChanged(f"{place} has changed in the meantime")
    if status in {404, 405} or code in {"NoSuchKey", "NoSuchVersion"}:
        return ObjectMissing(f"No {place}")
    if code == "InvalidObjectState":
        return ObjectArchived(f"{place} is archived; restore it first")
    return ObjectRefused(message)
