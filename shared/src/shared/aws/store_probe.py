"""Finds out what an object store can do, by doing it in a bucket: what clients need, before clients find out.

Everything is below one prefix and removed at the end, with all versions.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import Unavailable

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

Need = Literal["required", "recommended"]


class StoreLacks(Exception):
    """The store answered otherwise than S3; the message says how."""


class StoreUnwritable(Unavailable):
    title = "The object store cannot be written"


class FeatureUntried(Exception):
    """The bucket or the caller's rights do not let it be tried."""


@dataclass(frozen=True, slots=True)
class StoreFinding:
    feature: str
    need: Need
    without: str
    """The loss without the feature, as a sentence."""
    problem: str | None
    """How the store answered, or None if it can do it."""
    was_tried: bool = True
    """False when the caller has no right to try it, or the bucket keeps no versions."""


@dataclass(frozen=True, slots=True)
class StoreReport:
    findings: list[StoreFinding]
    clock_ahead_seconds: float
    """Seconds by which the clock of this machine is ahead of the store's."""


@dataclass(frozen=True, slots=True)
class _Feature:
    name: str
    need: Need
    without: str
    check: Callable[[_Probe], Awaitable[None]]


async def probe_store(s3: S3Client, bucket: str, prefix: str) -> StoreReport:
    """Raises StoreUnwritable."""
    probe = _Probe(s3, bucket, f"{prefix}probe-{uuid4().hex}/")
    try:
        first = await probe.put("first", b"first")
    except (ClientError, BotoCoreError) as error:
        raise StoreUnwritable(f"Bucket {bucket} cannot be written below {prefix or 'its root'}: {error}") from error
    date = first["ResponseMetadata"]["HTTPHeaders"].get("date")
    ahead = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds() if date else 0.0
    try:
        return StoreReport([await _finding(probe, feature) for feature in FEATURES], ahead)
    finally:
        await probe.clean_up()


async def _finding(probe: _Probe, feature: _Feature) -> StoreFinding:
    try:
        await feature.check(probe)
    except FeatureUntried:
        return StoreFinding(feature.name, feature.need, feature.without, None, was_tried=False)
    except StoreLacks as lack:
        problem: str | None = str(lack)
    except ClientError as error:
        said = error.response.get("Error", {})
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:
            return StoreFinding(feature.name, feature.need, feature.without, None, was_tried=False)
        problem = f"{said.get('Code', '')}: {said.get('Message', '')}".strip(": ")
    except BotoCoreError as error:
        problem = str(error)
    else:
        problem = None
    return StoreFinding(feature.name, feature.need, feature.without, problem)


class _Probe:
    def __init__(self, s3: S3Client, bucket: str, prefix: str) -> None:
        self._s3: Any = s3
        self._bucket = bucket
        self._prefix = prefix
        self._written: set[str] = set()

    def key(self, name: str) -> str:
        return self._prefix + name

    async def put(self, name: str, body: bytes, **more: Any) -> Any:
        self._written.add(self.key(name))
        return await self._s3.put_object(Bucket=self._bucket, Key=self.key(name), Body=body, **more)

    async def read(self, name: str, **more: Any) -> bytes:
        answer = await self._s3.get_object(Bucket=self._bucket, Key=self.key(name), **more)
        body: bytes = await answer["Body"].read()
        return body

    async def keeps_versions(self) -> None:
        await self._require_versioning()
        first = (await self.put("version", b"one")).get("VersionId")
        await self.put("version", b"two")
        if not first:
            raise StoreLacks("A new object has no version id")
        if await self.read("version", VersionId=first) != b"one":
            raise StoreLacks("An older version has the newer bytes")

    async def keeps_checksums(self) -> None:
        body = b"checksum"
        wanted = base64.b64encode(hashlib.sha256(body).digest()).decode()
        put = await self.put("checksum", body, ChecksumAlgorithm="SHA256")
        head = await self._s3.head_object(Bucket=self._bucket, Key=self.key("checksum"), ChecksumMode="ENABLED")
        if wanted not in {put.get("ChecksumSHA256"), head.get("ChecksumSHA256")}:
            raise StoreLacks("It returns no SHA-256 of an object that was sent with one")

    async def keeps_checksums_of_parts(self) -> None:
        where = {"Bucket": self._bucket, "Key": self.key("parts")}
        upload = await self._s3.create_multipart_upload(**where, ChecksumAlgorithm="SHA256")
        part = await self._s3.upload_part(
            **where, UploadId=upload["UploadId"], PartNumber=1, Body=b"part", ChecksumAlgorithm="SHA256"
        )
        known = {"PartNumber": 1, "ETag": part["ETag"]}
        if "ChecksumSHA256" in part:
            known["ChecksumSHA256"] = part["ChecksumSHA256"]
        await self._s3.complete_multipart_upload(
            **where, UploadId=upload["UploadId"], MultipartUpload={"Parts": [known]}
        )
        if "ChecksumSHA256" not in part:
            raise StoreLacks("It returns no SHA-256 of a part")

    async def refuses_to_overwrite(self) -> None:
        await self.put("new", b"one", IfNoneMatch="*")
        await self._must_refuse("new", IfNoneMatch="*")

    async def refuses_changed(self) -> None:
        before = await self.put("changed", b"one")
        await self.put("changed", b"two", IfMatch=before["ETag"])
        await self._must_refuse("changed", IfMatch=before["ETag"])

    async def _must_refuse(self, name: str, **condition: str) -> None:
        try:
            await self.put(name, b"three", **condition)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {409, 412}:
                return
            raise
        raise StoreLacks(f"It wrote an object although {' '.join(condition)} forbade it")

    async def tells_apart_keys(self) -> None:
        bodies = {"a": b"1", "a/b": b"2", "a//b": b"3", "a+b %41 ä": b"4"}
        for name, body in bodies.items():
            await self.put(name, body)
        for name, body in bodies.items():
            if await self.read(name) != body:
                raise StoreLacks(f"The object {name!r} has the bytes of another")
        listed = await self._s3.list_objects_v2(Bucket=self._bucket, Prefix=self.key("a"))
        found = {each["Key"].removeprefix(self._prefix) for each in listed.get("Contents", [])}
        if missing := bodies.keys() - found:
            raise StoreLacks(f"A listing lacks {sorted(missing)}")

    async def takes_long_names(self) -> None:
        await self.put("l" * 300, b"1")

    async def keeps_metadata(self) -> None:
        await self.put("metadata", b"1", Metadata={"helium": "{}"})
        head = await self._s3.head_object(Bucket=self._bucket, Key=self.key("metadata"))
        if head.get("Metadata") != {"helium": "{}"}:
            raise StoreLacks(f"Metadata {{'helium': '{{}}'}} came back as {head.get('Metadata')}")

    async def _require_versioning(self) -> None:
        versioning = await self._s3.get_bucket_versioning(Bucket=self._bucket)
        if versioning.get("Status") != "Enabled":
            raise FeatureUntried

    async def marks_deleted(self) -> None:
        await self._require_versioning()
        await self.put("deleted", b"1")
        gone = await self._s3.delete_object(Bucket=self._bucket, Key=self.key("deleted"))
        listed = await self._s3.list_object_versions(Bucket=self._bucket, Prefix=self.key("deleted"))
        if not gone.get("DeleteMarker") and not listed.get("DeleteMarkers"):
            raise StoreLacks("A deletion leaves no delete marker")

    async def copies(self) -> None:
        await self.put("source", b"copied")
        await self._s3.copy_object(
            Bucket=self._bucket,
            Key=self.key("copy"),
            CopySource={"Bucket": self._bucket, "Key": self.key("source")},
        )
        if await self.read("copy") != b"copied":
            raise StoreLacks("A copy has other bytes")

    async def tells_attributes(self) -> None:
        await self.put("attributes", b"1234", ChecksumAlgorithm="SHA256")
        found = await self._s3.get_object_attributes(
            Bucket=self._bucket, Key=self.key("attributes"), ObjectAttributes=["ObjectSize", "Checksum"]
        )
        if found.get("ObjectSize") != 4:
            raise StoreLacks("GetObjectAttributes gives no size")

    async def reads_ranges(self) -> None:
        await self.put("range", b"0123456789")
        if await self.read("range", Range="bytes=3-5") != b"345":
            raise StoreLacks("A range has other bytes")

    async def clean_up(self) -> None:
        """Remove all versions, or only the newest ones where older ones may not be removed."""
        try:
            listed = await self._s3.list_object_versions(Bucket=self._bucket, Prefix=self._prefix)
            for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
                await self._s3.delete_object(Bucket=self._bucket, Key=each["Key"], VersionId=each["VersionId"])
        except ClientError:
            for key in sorted(self._written | {self.key("parts"), self.key("copy")}):
                with suppress(ClientError):
                    await self._s3.delete_object(Bucket=self._bucket, Key=key)


FEATURES = (
    _Feature("versions", "required", "Packages change when their files are overwritten", _Probe.keeps_versions),
    _Feature("delete markers", "required", "Deleted files of packages are lost", _Probe.marks_deleted),
    _Feature("SHA-256", "required", "quilt3 8 cannot push", _Probe.keeps_checksums),
    _Feature("SHA-256 of parts", "required", "quilt3 8 cannot push large files", _Probe.keeps_checksums_of_parts),
    _Feature(
        "If-None-Match", "required", "Two people who push at once may overwrite each other", _Probe.refuses_to_overwrite
    ),
    _Feature("If-Match", "recommended", "Edits made at the same time may be lost", _Probe.refuses_changed),
    _Feature(
        "any key", "recommended", "Packages in which a file becomes a folder cannot be pushed", _Probe.tells_apart_keys
    ),
    _Feature("names of 300 bytes", "recommended", "Files with long names cannot be pushed", _Probe.takes_long_names),
    _Feature(
        "metadata of objects", "required", "Metadata that clients keep with objects is lost", _Probe.keeps_metadata
    ),
    _Feature("copies", "required", "Packages cannot be promoted to other buckets", _Probe.copies),
    _Feature("attributes", "recommended", "Hashes are computed by reading objects again", _Probe.tells_attributes),
    _Feature("ranges", "required", "Previews and archives cannot be read", _Probe.reads_ranges),
)
