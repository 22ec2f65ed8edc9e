"""Delete markers: the newest versions of objects that were deleted, in buckets with versions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from shared.aws.objects import ObjectRefused, translated
from shared.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from types_aiobotocore_s3 import S3Client

VERSIONING_SECONDS = 300.0
"""Time for which it is remembered whether a bucket keeps versions."""


@dataclass(frozen=True, slots=True)
class DeleteMarker:
    key: str
    version_id: str
    modified: datetime
    """Time of the deletion."""


@dataclass(frozen=True, slots=True)
class DeleteMarkerPage:
    markers: list[DeleteMarker]
    upper: str
    """The last key that the page has something of."""


class DeleteMarkers(Protocol):
    """All calls raise Unavailable when the store does not answer, and Throttled when there are too many requests."""

    async def keeps_versions(self, bucket: str) -> bool:
        """The bucket keeps or kept versions. False as well where the store does not say."""

    async def find_delete_marker(self, bucket: str, key: str) -> DeleteMarker | None:
        """The marker that is the newest version of the object; None without one."""

    def list_delete_markers(self, bucket: str, *, after: str = "") -> AsyncIterator[DeleteMarkerPage]:
        """Markers that are the newest versions of objects, in order of key, after the key `after`. Raises BucketMissing."""


class S3DeleteMarkers:
    def __init__(self, s3: S3Client) -> None:
        self._s3 = s3
        self._versioned: dict[str, tuple[float, bool]] = {}

    async def keeps_versions(self, bucket: str) -> bool:
        asked_at, found = self._versioned.get(bucket, (float("-inf"), False))
        if time.monotonic() - asked_at > VERSIONING_SECONDS:
            found = await self._ask_for_versioning(bucket)
            self._versioned[bucket] = time.monotonic(), found
        return found

    async def _ask_for_versioning(self, bucket: str) -> bool:
        try:
            with translated(bucket, ""):
                try:
                    answer = await self._s3.get_bucket_versioning(Bucket=bucket)
                except ClientError as error:
                    if error.response.get("Error", {}).get("Code") == "NotImplemented":
                        return False
                    raise
        except (ObjectRefused, NotFound):
            return False
        return answer.get("Status") in {"Enabled", "Suspended"}

    async def find_delete_marker(self, bucket: str, key: str) -> DeleteMarker | None:
        # Keys that begin with this one come after it, and the newest version of a key comes first.
        with translated(bucket, key):
            answer = await self._s3.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=1)
        return next((each for each in _markers(answer) if each.key == key), None)

    async def list_delete_markers(self, bucket: str, *, after: str = "") -> AsyncIterator[DeleteMarkerPage]:
        start: Any = {"KeyMarker": after}  # the types know it as a parameter of single requests only
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **start)
        with translated(bucket, after):
            async for page in pages:
                keys = [found["Key"] for found in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]
                if keys:
                    yield DeleteMarkerPage(_markers(page), max(keys))


def _markers(answer: object) -> list[DeleteMarker]:
    found = answer.get("DeleteMarkers", []) if isinstance(answer, dict) else []
    return [
        DeleteMarker(each["Key"], each["VersionId"], each["LastModified"]) for each in found if each.get("IsLatest")
    ]
