from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.principal import Level

BucketName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    Field(examples=["quilt-example"], description="3 to 63 lower-case letters, digits, dots and hyphens."),
]
_Title = Annotated[str, Field(min_length=1, max_length=256, examples=["Examples"])]
_Description = Annotated[str, Field(max_length=2048, examples=["Data sets to try Patchwork with"])]
_IconUrl = Annotated[
    str, Field(max_length=2048, pattern=r"^https?://\S+$", examples=["https://example.com/icons/flask.svg"])
]
_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Tags = Annotated[list[_Tag], Field(max_length=32, examples=[["public", "vega"]])]
_Score = Annotated[int, Field(ge=-1_000_000, le=1_000_000, examples=[100])]


class Bucket(BaseModel):
    """A bucket that this registry looks after."""

    name: str = Field(examples=["quilt-example"])
    title: str = Field(examples=["Examples"])
    description: str | None = Field(examples=["Data sets to try Patchwork with"])
    icon_url: str | None = Field(examples=["https://example.com/icons/flask.svg"])
    tags: list[str] = Field(examples=[["public", "vega"]])
    relevance_score: int = Field(description="Higher is shown first; negative is hidden from overviews.")
    level: Level | None = Field(description="What the caller may do with it; null for an administrator without access.")
    created_at: datetime
    created_by: str | None = Field(description="Who registered it.", examples=["amy"])


class BucketUpdate(BaseModel, extra="forbid"):
    """What is shown of a bucket; fields left out stay as they are."""

    title: _Title | None = None
    description: _Description | None = None
    icon_url: _IconUrl | None = None
    tags: _Tags | None = None
    relevance_score: _Score | None = None


class BucketCreate(BucketUpdate):
    """A bucket to create in S3, or to adopt when it exists."""

    name: BucketName


class RegisteredBucket(BaseModel):
    """What the other services need to know of a bucket."""

    name: str
    region: str


class RegisteredBuckets(BaseModel):
    buckets: list[RegisteredBucket]


class CatalogBucket(BaseModel):
    """A bucket, as Quilt's web catalogs of 2020 want it."""

    name: str = Field(examples=["quilt-example"])
    title: str = Field(examples=["Examples"])
    description: str | None
    icon_url: str | None
    tags: list[str]
    relevance_score: int
    overview_url: None = None
    schema_org: None = None


class CatalogBuckets(BaseModel):
    buckets: list[CatalogBucket]
