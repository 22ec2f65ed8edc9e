"""What credentials can really do in a bucket: tried, without leaving anything there."""

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

KEY = ".patchwork/self-test"
"""There is no such object, and none is made."""
TIMEOUT_SECONDS = 10.0
_REFUSED = frozenset({"AccessDenied", "403", "Forbidden"})


@dataclass(frozen=True, slots=True)
class ProbeResult:
    can_read: bool
    can_write: bool


class Prober(Protocol):
    async def probe(self, credentials: Credentials, bucket: str) -> ProbeResult:
        """Raises Unavailable when S3 does not say."""
        ...


class S3Prober:
    def __init__(self, settings: AwsSettings) -> None:
        self._settings = settings

    async def probe(self, credentials: Credentials, bucket: str) -> ProbeResult:
        async def current() -> Credentials:
            return credentials

        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), open_s3(self._settings, attempts=2, current=current) as s3:
                return ProbeResult(can_read=await _reads(s3, bucket), can_write=await _writes(s3, bucket))
        except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
            raise Unavailable(f"S3 does not say what may be done in {bucket}: {error}"[:300]) from error


async def _reads(s3: S3Client, bucket: str) -> bool:
    """Both names and contents. A missing object is said to be missing only to who might read it."""
    try:
        await s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
        await s3.head_object(Bucket=bucket, Key=KEY)
    except ClientError as error:
        return not _is_refusal(error)
    return True


async def _writes(s3: S3Client, bucket: str) -> bool:
    try:
        begun = await s3.create_multipart_upload(Bucket=bucket, Key=KEY)
    except ClientError as error:
        if _is_refusal(error):
            return False
        raise
    await s3.abort_multipart_upload(Bucket=bucket, Key=KEY, UploadId=begun["UploadId"])
    return True


def _is_refusal(error: ClientError) -> bool:
    """What is missing is no refusal; anything else that went wrong is raised again."""
    code = error.response.get("Error", {}).get("Code", "")
    if code in _REFUSED:
        return True
    if code in {"404", "NoSuchKey", "NotFound"}:
        return False
    raise error
