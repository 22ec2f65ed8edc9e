"""What can go wrong in the registry."""

from shared.errors import Conflict, NotFound


class BucketNotFound(NotFound):
    """No such bucket is registered, or you may not know about it."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"No bucket {bucket}")


class BucketRegistered(Conflict):
    """The bucket is registered already."""

    slug = "bucket_registered"
