from datetime import datetime

from pydantic import BaseModel, Field


class BucketStatus(BaseModel):
    """State of the index of a bucket."""

    bucket: str = Field(examples=["quilt-example"])
    scanned_at: datetime | None = Field(
        description="Every change of the bucket until then is in the index. Null until all of the bucket has been compared."
    )
    scanning: bool = Field(description="A comparison that was asked for, or the first one, is running.")
    objects: int
    unread_objects: int = Field(description="Objects whose metadata or text remains to be read.")
    packages: int
    manifests: int


class ManifestStatus(BaseModel):
    """State of a manifest in the index, after it was read."""

    bucket: str = Field(examples=["quilt-example"])
    top_hash: str
    state: str | None = Field(description="Null when the manifest does not exist.", examples=["ready"])
    problem: str | None


class KeysRequest(BaseModel):
    """Keys to be indexed now."""

    bucket: str = Field(min_length=1, max_length=255)
    keys: list[str] = Field(min_length=1, max_length=1000)
