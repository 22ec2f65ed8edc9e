"""Buckets in the S3 emulator between which tests copy objects."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.quilt.physical_keys import PhysicalKey

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


@dataclass(frozen=True)
class TransferWorld:
    s3: "S3Client"
    source: str
    """Bucket with versions."""
    target: str
    """Bucket with versions."""
    plain: str
    """Bucket without versions."""

    async def put(self, key: str, body: bytes, bucket: str = "", **options: Any) -> PhysicalKey:
        answer = await self.s3.put_object(Bucket=bucket or self.source, Key=key, Body=body, **options)
        return PhysicalKey(bucket or self.source, key, answer.get("VersionId"))

    async def body(self, location: PhysicalKey) -> bytes:
        version: Any = {"VersionId": location.version_id} if location.version_id else {}
        answer = await self.s3.get_object(Bucket=location.bucket, Key=location.key, **version)
        return await answer["Body"].read()

    async def uploads(self) -> list[str]:
        """Keys of the unfinished multipart uploads to the target."""
        answer = await self.s3.list_multipart_uploads(Bucket=self.target)
        return [upload["Key"] for upload in answer.get("Uploads", [])]

    async def count_versions(self, key: str) -> int:
        answer = await self.s3.list_object_versions(Bucket=self.target, Prefix=key)
        return len(answer.get("Versions", []))

    async def put_in_parts(self, key: str, body: bytes, part: int) -> PhysicalKey:
        """A multipart upload to the source, with a SHA-256 of each part of `part` bytes."""
        to: Any = {"Bucket": self.source, "Key": key}
        begun = await self.s3.create_multipart_upload(**to, ChecksumAlgorithm="SHA256")
        parts: Any = []
        for number, start in enumerate(range(0, len(body), part), 1):
            answer = await self.s3.upload_part(
                **to,
                UploadId=begun["UploadId"],
                PartNumber=number,
                Body=body[start : start + part],
                ChecksumAlgorithm="SHA256",
            )
            parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]})
        done = await self.s3.complete_multipart_upload(
            **to, UploadId=begun["UploadId"], MultipartUpload={"Parts": parts}
        )
        return PhysicalKey(self.source, key, done["VersionId"])
