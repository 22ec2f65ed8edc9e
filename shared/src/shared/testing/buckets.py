"""A fake of the set-up of buckets."""

from shared.aws.buckets import BucketRefused
from shared.errors import AppError


class FakeBucketSetup:
    """Implements `shared.aws.buckets.BucketSetup`. It records the buckets, and refuses those in `refused`."""

    def __init__(self) -> None:
        self.set_up: list[str] = []
        self.refused: dict[str, AppError] = {}

    def refuse(self, bucket: str, reason: str = "the name is taken by somebody else") -> None:
        self.refused[bucket] = BucketRefused(f"Bucket {bucket}: {reason}")

    async def ensure(self, bucket: str) -> None:
        if bucket in self.refused:
            raise self.refused[bucket]
        if bucket not in self.set_up:
            self.set_up.append(bucket)

    async def forget(self, bucket: str) -> None:
        if bucket in self.refused:
            raise self.refused[bucket]
        if bucket in self.set_up:
            self.set_up.remove(bucket)
