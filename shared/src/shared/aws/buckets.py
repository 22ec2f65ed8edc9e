"""Making a bucket ours to serve: it exists, keeps versions, answers browsers and tells us of its changes.

What others configured on it stays: our CORS rule and our notification are known by their Id and merged in.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_aiobotocore_s3 import S3Client

OURS = "patchwork"
"""Id of our CORS rule and of our notification."""

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
EXPOSED = [
    "Accept-Ranges",
    "Content-Length",
    "Content-Range",
    "ETag",
    "x-amz-bucket-region",
    "x-amz-checksum-sha256",
    "x-amz-delete-marker",
    "x-amz-request-id",
    "x-amz-version-id",
]


class BucketRefused(Conflict):
    title = "S3 does not let us have this bucket"
    slug = "bucket_refused"


class BucketSetup(Protocol):
    """Raises BucketRefused or Unavailable; both calls may be repeated."""

    async def ensure(self, bucket: str) -> None:
        """Create the bucket, or adopt it as it is, and set up what we need on it."""

    async def forget(self, bucket: str) -> None:
        """Stop being told of its changes; nothing else is touched."""


class S3BucketSetup:
    """Without a queue's ARN the store's notifications are left alone."""

    def __init__(self, s3: S3Client, *, region: str, queue_arn: str, origin: str) -> None:
        self._s3 = s3
        self._region = region
        self._queue_arn = queue_arn
        self._origin = origin

    async def ensure(self, bucket: str) -> None:
        with _explained(bucket, "look at it or create it"):
            await self._exist(bucket)
        with _explained(bucket, "turn versioning on"):
            await self._keep_versions(bucket)
        with _explained(bucket, "set its CORS rules"):
            await self._answer_browsers(bucket)
        if self._queue_arn:
            with _explained(bucket, f"send its events to {self._queue_arn}"):
                await self._notify(bucket)

    async def forget(self, bucket: str) -> None:
        if not self._queue_arn:
            return
        with _explained(bucket, "remove our event notification"):
            try:
                found: Any = await self._s3.get_bucket_notification_configuration(Bucket=bucket)
            except ClientError as error:
                if _code(error) in {"NoSuchBucket", "404"}:
                    return
                raise
            kept = self._without_ours(found)
            if kept != _configurations(found):
                await self._s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=kept)

    async def _exist(self, bucket: str) -> None:
        # Looking comes first: in us-east-1 creating one's own bucket again succeeds, and resets its ACL.
        try:
            head = await self._s3.head_bucket(Bucket=bucket)
        except ClientError as error:
            if _code(error) not in {"404", "NoSuchBucket", "NotFound"}:
                raise
            await self._create(bucket)
            return
        region = head.get("BucketRegion") or self._region
        if region != self._region:
            raise BucketRefused(
                f"Bucket {bucket} is in {region}; this registry serves {self._region}. "
                f"Use a registry in {region}, or copy the data to a bucket in {self._region}."
            )

    async def _create(self, bucket: str) -> None:
        where: Any = {}
        if self._region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            await self._s3.create_bucket(Bucket=bucket, **where)
        except ClientError as error:
            if _code(error) != "BucketAlreadyOwnedByYou":
                raise

    async def _keep_versions(self, bucket: str) -> None:
        found = await self._s3.get_bucket_versioning(Bucket=bucket)
        if found.get("Status") != "Enabled":
            await self._s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    async def _answer_browsers(self, bucket: str) -> None:
        rules: list[Any]
        try:
            rules = list((await self._s3.get_bucket_cors(Bucket=bucket))["CORSRules"])
        except ClientError as error:
            if _code(error) != "NoSuchCORSConfiguration":
                raise
            rules = []
        ours: Any = {
            "ID": OURS,
            "AllowedOrigins": [self._origin],
            "AllowedMethods": ["GET", "HEAD", "PUT", "POST", "DELETE"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": EXPOSED,
            "MaxAgeSeconds": 3000,
        }
        if ours not in rules:
            merged = [rule for rule in rules if rule.get("ID") != OURS]
            await self._s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [*merged, ours]})

    async def _notify(self, bucket: str) -> None:
        found: Any = await self._s3.get_bucket_notification_configuration(Bucket=bucket)
        wanted = self._without_ours(found)
        ours = {"Id": OURS, "QueueArn": self._queue_arn, "Events": EVENTS}
        wanted["QueueConfigurations"] = [*wanted.get("QueueConfigurations", []), ours]
        present = [
            {**queue, "Events": sorted(queue["Events"])}
            for queue in found.get("QueueConfigurations", [])
            if self._is_ours(queue)
        ]
        if present != [ours]:
            await self._s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)

    def _is_ours(self, queue: dict[str, Any]) -> bool:
        return bool(queue.get("Id") == OURS or queue.get("QueueArn") == self._queue_arn)

    def _without_ours(self, found: dict[str, Any]) -> Any:
        """All that is configured, except what goes to our queue or once did."""
        kept = _configurations(found)
        queues = [queue for queue in kept.pop("QueueConfigurations", []) if not self._is_ours(queue)]
        return {**kept, "QueueConfigurations": queues} if queues else kept


def _configurations(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


_FORBIDDEN = "S3 refuses (access denied). Either somebody else owns it: choose another name; or the registry's role lacks the permission: grant it and try again."

_NAME = "S3 does not take this name. Use 3 to 63 lower-case letters, digits and hyphens."

_ADVICE = {
    "BucketAlreadyExists": "the name is taken by somebody else, in all of S3. Choose another name.",
    "403": _FORBIDDEN,
    "AccessDenied": _FORBIDDEN,
    "Forbidden": _FORBIDDEN,
    "400": _NAME,
    "InvalidBucketName": _NAME,
    "TooManyBuckets": "the account has as many buckets as it may. Remove one, or ask for a higher limit.",
    "NoSuchBucket": "it was deleted meanwhile. Try again.",
    "OperationAborted": "another change of it is under way. Try again in a minute.",
    "301": "it is in another region than this registry.",
    "PermanentRedirect": "it is in another region than this registry.",
    "IllegalLocationConstraintException": "the store is in another region than REGISTRY_AWS__REGION says.",
}


@contextmanager
def _explained(bucket: str, doing: str) -> Iterator[None]:
    """What S3 answered, as a problem that says what to do."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        said = str(error.response.get("Error", {}).get("Message", "")) or code
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise Unavailable(f"Cannot {doing} for bucket {bucket}: S3 answered {said}. Try again.") from error
        advice = _ADVICE.get(code)
        if "overlap" in said.lower() or "ambiguously" in said.lower():
            advice = (
                "another notification of the bucket already takes these events. Remove it, or let it go to a topic "
                "that feeds both its receiver and our queue."
            )
        elif "destination" in said.lower():
            advice = f"S3 may not send to the queue. Let s3.amazonaws.com send in the queue's policy. ({said})"
        raise BucketRefused(f"Cannot {doing} for bucket {bucket}: {advice or said}") from error
    except BotoCoreError as error:
        raise Unavailable(f"Cannot {doing} for bucket {bucket}: S3 does not answer ({type(error).__name__})") from error
