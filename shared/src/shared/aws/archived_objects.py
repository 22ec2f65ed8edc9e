"""Archived objects of S3: in the storage classes GLACIER and DEEP_ARCHIVE, or in an archive of INTELLIGENT_TIERING."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from shared.aws.objects import ObjectRefused, translated
from shared.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from types_aiobotocore_s3 import S3Client

    from shared.schemas.restoration import RestoreTier

ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects cannot be read before they are restored."""


class NotArchived(Conflict):
    title = "The object is not archived: it can be read"
    slug = "not_archived"


class RestorationRunning(Conflict):
    title = "The object is being restored. It can be read when that has ended"
    slug = "restore_in_progress"


class RestorationNotOffered(Conflict):
    title = "The object store does not restore archived objects in this way"
    slug = "restore_not_offered"


class ExpeditedUnavailable(Unavailable):
    title = "S3 has no capacity to restore objects within minutes now. Choose another tier, or try again later"
    slug = "expedited_unavailable"


@dataclass(frozen=True, slots=True)
class RestoredObject:
    version_id: str | None
    storage_class: str
    """Storage class, or tier of the archive."""
    is_readable: bool
    """It was restored before, and stays readable for longer."""
    expires_at: datetime | None = None


class ArchivedObjects(Protocol):
    async def restore(
        self, bucket: str, key: str, version_id: str | None, *, days: int, tier: RestoreTier
    ) -> RestoredObject:
        """Have an archived object restored.

        Raises ObjectMissing, BucketMissing, NotArchived, RestorationRunning, RestorationNotOffered, ExpeditedUnavailable,
        ObjectRefused, Throttled or Unavailable.
        """


class S3ArchivedObjects:
    def __init__(self, s3: S3Client) -> None:
        self._s3 = s3

    async def restore(
        self, bucket: str, key: str, version_id: str | None, *, days: int, tier: RestoreTier
    ) -> RestoredObject:
        head = await self._head(bucket, key, version_id)
        archive = archive_of(head)
        if archive is None:
            raise NotArchived(f"s3://{bucket}/{key} is not archived: it can be read")
        if tier == "expedited" and archive.startswith("DEEP_ARCHIVE"):
            raise RestorationNotOffered(f"S3 restores nothing from {archive} within minutes. Choose another tier")
        found = head.get("VersionId")
        version = None if found in {None, "", "null"} else str(found)
        if not await self._request(bucket, key, version, _request(head, days, tier)):
            return RestoredObject(version, archive, is_readable=False)
        return RestoredObject(
            version, archive, is_readable=True, expires_at=_expiry(await self._head(bucket, key, version))
        )

    async def _head(self, bucket: str, key: str, version_id: str | None) -> Any:
        with translated(bucket, key):
            return await self._s3.head_object(Bucket=bucket, Key=key, **_version(version_id))

    async def _request(self, bucket: str, key: str, version_id: str | None, request: Any) -> bool:
        """True if the object is restored already."""
        with translated(bucket, key):
            try:
                answer = await self._s3.restore_object(
                    Bucket=bucket, Key=key, RestoreRequest=request, **_version(version_id)
                )
            except ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                refusal = _REFUSALS.get(code) or _REFUSALS.get(str(status))
                if refusal is None:
                    raise
                raise refusal(f"S3 answers {code or status} for s3://{bucket}/{key}") from error
        return bool(answer["ResponseMetadata"]["HTTPStatusCode"] == 200)


_REFUSALS = {
    "RestoreAlreadyInProgress": RestorationRunning,
    "ObjectAlreadyInActiveTierError": NotArchived,
    "InvalidObjectState": NotArchived,
    "GlacierExpeditedRetrievalNotAvailable": ExpeditedUnavailable,
    "NotImplemented": RestorationNotOffered,
    "MethodNotAllowed": RestorationNotOffered,
    "501": RestorationNotOffered,
    "405": RestorationNotOffered,
    "InvalidArgument": RestorationNotOffered,
    "AccessDenied": ObjectRefused,
}
"""By the code of S3's answer, or its status."""


def archive_of(head: Any) -> str | None:
    """The archive that the object is in, from S3's answer to HEAD."""
    if head.get("ArchiveStatus"):
        return str(head["ArchiveStatus"])
    return str(head["StorageClass"]) if head.get("StorageClass") in ARCHIVES else None


def _request(head: Any, days: int, tier: RestoreTier) -> dict[str, Any]:
    parameters = {"GlacierJobParameters": {"Tier": tier.capitalize()}}
    # What INTELLIGENT_TIERING restores leaves its archive.
    return parameters if head.get("ArchiveStatus") else {"Days": days, **parameters}


def _expiry(head: Any) -> datetime | None:
    _, found, rest = str(head.get("Restore", "")).partition('expiry-date="')
    return parsedate_to_datetime(rest.partition('"')[0]) if found else None


def _version(version_id: str | None) -> Any:
    return {"VersionId": version_id} if version_id else {}
