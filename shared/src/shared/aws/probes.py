"""Tries out whether credentials can read and write in a bucket. It leaves nothing in the bucket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import open_s3
from shared.errors import Unavailable

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

    from shared.aws.clients import Credentials
    from shared.settings import AwsSettings

_KEY = ".patchwork/self-test"
"""Key of an object that does not exist and is not created."""
TIMEOUT_SECONDS = 10.0
_REFUSED = frozenset({"AccessDenied", "403", "Forbidden"})


@dataclass(frozen=True, slots=True)
class ProbeResult:
    can_read: bool
    can_write: bool


class Prober(Protocol):
    async def probe(self, credentials: Credentials, bucket: str) -> ProbeResult:
        """Raises Unavailable when S3 gives no clear answer."""
        ...


class S3Prober:
    def __init__(self, settings: AwsSettings) -> None:
        self._settings = settings

    async def probe(self, credentials: Credentials, bucket: str) -> ProbeResult:
        async def current() -> Credentials:
            return credentials

        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), open_s3(self._settings, attempts=2, current=current) as s3:
                return ProbeResult(can_read=await _can_read(s3, bucket), can_write=await _can_write(s3, bucket))
        except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
            raise Unavailable(f"Cannot find out what is allowed in {bucket}: {error}"[:300]) from error


async def _can_read(s3: S3Client, bucket: str) -> bool:
    """True if keys and contents are readable. S3 answers 404 for a missing object only to callers who may read it."""
    try:
        await s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
        await s3.head_object(Bucket=bucket, Key=_KEY)
    except ClientError as error:
        return not _is_refusal(error)
    return True


async def _can_write(s3: S3Client, bucket: str) -> bool:
    try:
        upload = await s3.create_multipart_upload(Bucket=bucket, Key=_KEY)
    except ClientError as error:
        if _is_refusal(error):
            return False
        raise
    await s3.abort_multipart_upload(Bucket=bucket, Key=_KEY, UploadId=upload["UploadId"])
    return True


def _is_refusal(error: ClientError) -> bool:
    """True for a refusal, False for a missing object; any other error is raised again."""
    code = error.response.get("Error", {}).get("Code", "")
    if code in _REFUSED:
        return True
    if code in {"404", "NoSuchKey", "NotFound"}:
        return False
    raise error
