"""Reasons for which a transfer is refused. S3's own reasons are in `shared.aws.objects` and `shared.aws.transfers`."""

from shared.errors import Conflict, Invalid


class HashMismatch(Conflict):
    title = "The object's content does not have the hash or the size that was given"
    slug = "hash_mismatch"


class HashUnknown(Invalid):
    title = "The type of the hash is not supported"
    slug = "hash_unknown"


class ObjectTooLarge(Invalid):
    title = "The object is larger than S3's limit of 5 TiB"
    slug = "object_too_large"
