from shared.errors import Conflict, NotFound, Unavailable


class BucketUnknown(NotFound):
    title = "The bucket is not registered"
    slug = "bucket_unknown"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"The bucket {bucket} is not registered")


class KeyNotIndexed(Conflict):
    title = "An object could not be indexed. The problems of its bucket give the reason"
    slug = "key_not_indexed"


class AuthorsUnavailable(Unavailable):
    title = "The service for accounts does not respond. Try again later"
    slug = "authors_unavailable"


class RevisionNotIndexed(NotFound):
    title = "The index does not have the files of the revision"
    slug = "revision_not_indexed"
