from datetime import datetime

from pydantic import BaseModel, Field


class BucketStatus(BaseModel):
    """How far the index is with a bucket."""

    bucket: str = Field(examples=["quilt-example"])
    scanned_at: datetime | None = Field(description="When it was last compared with S3 to the end.")
    scanning: bool = Field(description="Whether it is being compared just now.")
    objects: int
    packages: int
    manifests: int


class ManifestStatus(BaseModel):
    """What the index knows of a manifest after having looked."""

    bucket: str = Field(examples=["quilt-example"])
    top_hash: str
    state: str | None = Field(description="Null when there is no such manifest.", examples=["ready"])
    problem: str | None


class KeysRequest(BaseModel):
    """Look at these keys in S3 now."""

    bucket: str = Field(min_length=1, max_length=255)
    keys: list[str] = Field(min_length=1, max_length=1000)
