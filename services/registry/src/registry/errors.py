"""What can go wrong in the registry."""

from shared.errors import Conflict, NotFound


class BucketNotFound(NotFound):
    """No such bucket is registered, or you may not know about it."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"No bucket {bucket}")


class BucketRegistered(Conflict):
    """The bucket is registered already."""

    slug = "bucket_registered"


class PackageNotFound(NotFound):
    """No such package in the bucket."""

    def __init__(self, bucket: str, name: str) -> None:
        super().__init__(f"No package {name} in bucket {bucket}")


class RevisionNotFound(NotFound):
    """The package has no such revision."""

    def __init__(self, name: str, reference: str) -> None:
        super().__init__(
            f"No revision {reference} of {name}. A revision is `latest`, the unix time of a push, a top hash, or at "
            "least the first 6 digits of one."
        )


class RevisionUnreadable(Conflict):
    """The revision exists, but its manifest cannot be used."""

    slug = "revision_unreadable"


class EntryNotFound(NotFound):
    """The revision has nothing at this path."""
