"""Administration of buckets in Quilt's web catalogs of 2020."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from shared.schemas.bucket import BucketCreate, BucketUpdate


class QuiltBucketUpdate(BucketUpdate, extra="allow"):
    """A field that is left out is reset to its default. Fields that only Quilt's own registry has are ignored."""


class QuiltBucketCreate(BucketCreate, extra="allow"):
    """A bucket to register. Fields that only Quilt's own registry has are ignored."""


class QuiltBucket(BaseModel):
    name: str = Field(examples=["quilt-example"])
    title: str = Field(examples=["Examples"])
    description: str | None
    icon_url: str | None
    tags: list[str]
    relevance_score: int
    last_indexed: datetime | None
    overview_url: None = None
    schema_org: dict[str, Any] = {}
    file_extensions_to_index: list[str]
    index_content_bytes: int | None
    scanner_parallel_shards_depth: int = 0
    skip_meta_data_indexing: bool = False
    sns_notification_arn: None = None


class QuiltBuckets(BaseModel):
    results: list[QuiltBucket]


class Reindexing(BaseModel):
    repair: bool = Field(default=False, description="Also set up versioning, CORS and notifications again.")
