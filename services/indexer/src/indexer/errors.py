from shared.errors import NotFound


class BucketUnknown(NotFound):
    title = "The bucket is not registered"
    slug = "bucket_unknown"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"The bucket {bucket} is not registered")
