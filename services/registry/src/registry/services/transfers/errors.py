"""What can go wrong with an object of a push; S3's own reasons are in `shared.aws`.

NotFound     ObjectMissing, BucketMissing
Forbidden    ObjectRefused
Conflict     ObjectChanged, ObjectArchived, HashMismatch
Invalid      NotInS3, HashUnknown, ObjectTooLarge
Unavailable  Throttled – after all the patience there was
"""

from shared.aws.objects import BucketMissing, ObjectMissing, ObjectRefused
from shared.aws.transfers import ObjectArchived, ObjectChanged, Throttled
from shared.errors import Conflict, Invalid

__all__ = [
    "BucketMissing",
    "HashMismatch",
    "HashUnknown",
    "NotInS3",
    "ObjectArchived",
    "ObjectChanged",
    "ObjectMissing",
    "ObjectRefused",
    "ObjectTooLarge",
    "Throttled",
]


class HashMismatch(Conflict):
    title = "The object's content is not what was said"
    slug = "hash_mismatch"


class NotInS3(Invalid):
    title = "The physical key is not an object in this registry's S3"
    slug = "not_in_s3"

    def __init__(self, physical_key: str) -> None:
        super().__init__(
            f"{physical_key} is no object in S3: a physical key is s3://BUCKET/KEY or s3://BUCKET/KEY?versionId=…"
        )


class HashUnknown(Invalid):
    title = "There is no such kind of hash"
    slug = "hash_unknown"


class ObjectTooLarge(Invalid):
    title = "S3 has no objects of this size"
    slug = "object_too_large"
