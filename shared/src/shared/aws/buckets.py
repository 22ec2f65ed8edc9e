"""Sets up a bucket for the registry: creates it if needed, turns on versioning, adds a CORS rule and a notification, and has its
objects logged.

The configuration of others stays: our CORS rule and our notification have an Id by which they are found and replaced.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.trails import CloudTrail
from shared.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_aiobotocore_s3 import S3Client

PATCHWORK_ID = "patchwork"
"""Id of our CORS rule and of our notification."""

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
EXPOSED_HEADERS = [
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
    title = "S3 refused the set-up of the bucket"
    slug = "bucket_refused"


class BucketSetup(Protocol):
    """Both calls may be repeated. They raise BucketRefused, TrailRefused or Unavailable."""

    async def ensure(self, bucket: str) -> None:
        """Create the bucket, or adopt an existing one, and set it up."""

    async def forget(self, bucket: str) -> None:
        """Remove our notification and the bucket's place in the trail; the rest stays."""


class S3BucketSetup:
    """Without the ARN of a queue, notifications are not set up or removed; without a trail, objects are not logged."""

    def __init__(
        self, s3: S3Client, *, region: str, queue_arn: str, origin: str, trail: CloudTrail | None = None
    ) -> None:
        self._s3 = s3
        self._region = region
        self._queue_arn = queue_arn
        self._origin = origin
        self._trail = trail

    async def ensure(self, bucket: str) -> None:
        with _explained(bucket, "inspect or create it"):
            await self._create_if_missing(bucket)
        with _explained(bucket, "turn versioning on"):
            await self._turn_on_versioning(bucket)
        with _explained(bucket, "set its CORS rules"):
            await self._put_cors_rule(bucket)
        if self._queue_arn:
            with _explained(bucket, f"send its events to {self._queue_arn}"):
                await self._put_notification(bucket)
        if self._trail:
            await self._trail.add(bucket)

    async def forget(self, bucket: str) -> None:
        if self._queue_arn:
            await self._remove_notification(bucket)
        if self._trail:
            await self._trail.remove(bucket)

    async def problem(self, bucket: str) -> str | None:
        """A difference from what `ensure` leaves that matters to packages; None if there is none."""
        try:
            versioning = await self._s3.get_bucket_versioning(Bucket=bucket)
            if versioning.get("Status") != "Enabled":
                return "It keeps no versions"
            if not self._queue_arn:
                return None
            found: Any = await self._s3.get_bucket_notification_configuration(Bucket=bucket)
        except (ClientError, BotoCoreError) as error:
            return str(error)
        if not any(self._is_ours(queue) for queue in found.get("QueueConfigurations", [])):
            return "It does not send its events: changes are found only when the bucket is compared with the index"
        return None

    async def _remove_notification(self, bucket: str) -> None:
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

    async def _create_if_missing(self, bucket: str) -> None:
        # HEAD comes first: in us-east-1, creating a bucket that we own succeeds, and resets its ACL.
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

    async def _turn_on_versioning(self, bucket: str) -> None:
        found = await self._s3.get_bucket_versioning(Bucket=bucket)
        if found.get("Status") != "Enabled":
            await self._s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    async def _put_cors_rule(self, bucket: str) -> None:
        rules: list[Any]
        try:
            rules = list((await self._s3.get_bucket_cors(Bucket=bucket))["CORSRules"])
        except ClientError as error:
            if _code(error) != "NoSuchCORSConfiguration":
                raise
            rules = []
        ours: Any = {
            "ID": PATCHWORK_ID,
            "AllowedOrigins": [self._origin],
            "AllowedMethods": ["GET", "HEAD", "PUT", "POST", "DELETE"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": EXPOSED_HEADERS,
            "MaxAgeSeconds": 3000,
        }
        if ours not in rules:
            merged = [rule for rule in rules if rule.get("ID") != PATCHWORK_ID]
            await self._s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [*merged, ours]})

    async def _put_notification(self, bucket: str) -> None:
        found: Any = await self._s3.get_bucket_notification_configuration(Bucket=bucket)
        wanted = self._without_ours(found)
        ours = {"Id": PATCHWORK_ID, "QueueArn": self._queue_arn, "Events": EVENTS}
        wanted["QueueConfigurations"] = [*wanted.get("QueueConfigurations", []), ours]
        present = [
            {**queue, "Events": sorted(queue["Events"])}
            for queue in found.get("QueueConfigurations", [])
            if self._is_ours(queue)
        ]
        if present == [ours]:
            return
        try:
            await self._s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=wanted)
        except ClientError as error:
            if not _is_overlap(error):
                raise
            raise BucketRefused(
                f"Cannot send the events of bucket {bucket} to {self._queue_arn}: S3 sends an event to one place, and these "
                f"notifications already receive some: {_described(self._without_ours(found))}. Remove them, or let them send "
                "to a topic to which their receivers and our queue subscribe."
            ) from error

    def _is_ours(self, queue: dict[str, Any]) -> bool:
        return bool(queue.get("Id") == PATCHWORK_ID or queue.get("QueueArn") == self._queue_arn)

    def _without_ours(self, found: dict[str, Any]) -> Any:
        """The configuration without our notification, and without others to our queue."""
        kept = _configurations(found)
        queues = [queue for queue in kept.pop("QueueConfigurations", []) if not self._is_ours(queue)]
        return {**kept, "QueueConfigurations": queues} if queues else kept


def _configurations(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "ResponseMetadata"}


def _described(configuration: dict[str, Any]) -> str:
    """The notifications with their receivers, for people."""
    receivers = {"QueueArn", "TopicArn", "LambdaFunctionArn"}
    named = [
        f"{each.get('Id', 'one without an id')} to {each[receiver]}"
        for kind in configuration.values()
        if isinstance(kind, list)
        for each in kind
        for receiver in receivers & each.keys()
    ]
    return ", ".join(named) or "one that S3 does not show"


def _is_overlap(error: ClientError) -> bool:
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    return "overlap" in message or "ambiguously" in message


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


_ACCESS_DENIED = (
    "S3 denied access. If somebody else owns the bucket, choose another name. If the registry's role lacks the permission, "
    "grant it and try again."
)

_INVALID_NAME = "S3 does not accept this name. Use 3 to 63 lower-case letters, digits and hyphens."

_ADVICE = {
    "BucketAlreadyExists": "somebody else has a bucket of this name; names are unique in all of S3. Choose another name.",
    "403": _ACCESS_DENIED,
    "AccessDenied": _ACCESS_DENIED,
    "Forbidden": _ACCESS_DENIED,
    "400": _INVALID_NAME,
    "InvalidBucketName": _INVALID_NAME,
    "TooManyBuckets": "the account has reached its limit of buckets. Remove one, or ask AWS for a higher limit.",
    "NoSuchBucket": "the bucket was deleted in the meantime. Try again.",
    "OperationAborted": "another change of the bucket is in progress. Try again in a minute.",
    "301": "the bucket is in another region than this registry.",
    "PermanentRedirect": "the bucket is in another region than this registry.",
    "IllegalLocationConstraintException": "the store is in another region than the setting REGISTRY_AWS__REGION.",
}


@contextmanager
def _explained(bucket: str, action: str) -> Iterator[None]:
    """Translate errors of S3 into errors that say what to do."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        message = str(error.response.get("Error", {}).get("Message", "")) or code
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise Unavailable(f"Cannot {action} for bucket {bucket}: S3 answered {message}. Try again.") from error
        advice = _ADVICE.get(code)
        if "destination" in message.lower():
            advice = f"S3 may not send to the queue. Allow s3.amazonaws.com to send in the queue's policy. ({message})"
        raise BucketRefused(f"Cannot {action} for bucket {bucket}: {advice or message}") from error
    except BotoCoreError as error:
        raise Unavailable(
            f"Cannot {action} for bucket {bucket}: S3 does not answer ({type(error).__name__})"
        ) from error
