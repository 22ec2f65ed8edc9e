from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.content_indexing import ContentBytes, FileExtensions
from shared.schemas.package import KindTotals
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
InventoryUrl = Annotated[
    str,
    StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/]+)+/?$", max_length=1100),
    Field(
        examples=["s3://my-reports/inventory/quilt-example/daily"],
        description="Folder in which S3 Inventory puts the reports of the bucket: `s3://BUCKET/PREFIX/SOURCE/CONFIGURATION`. "
        "The index is compared with them. Null: with listings alone.",
    ),
]
_Score = Annotated[int, Field(ge=-1_000_000, le=1_000_000, examples=[100])]


class Bucket(BaseModel):
    """A bucket that is registered here."""

    name: str = Field(examples=["quilt-example"])
    title: str = Field(examples=["Examples"])
    description: str | None = Field(examples=["Data sets to try Patchwork with"])
    icon_url: str | None = Field(examples=["https://example.com/icons/flask.svg"])
    tags: list[str] = Field(examples=[["public", "vega"]])
    relevance_score: int = Field(
        description="Buckets with a higher score are listed first; those with a negative score are not in overviews."
    )
    file_extensions_to_index: list[str] | None = Field(
        examples=[[".csv", ".md", ".txt"]],
        description="Extensions of files whose content can be searched. Null: those of text files, tables and documents.",
    )
    index_content_bytes: int | None = Field(
        examples=[65_536], description="Bytes of content, at its beginning, that can be searched. Null: 65,536."
    )
    inventory_url: str | None = Field(
        examples=["s3://my-reports/inventory/quilt-example/daily"],
        description="Folder with the reports of S3 Inventory. Null: there are none.",
    )
    level: Level | None = Field(
        description="The caller's permission; null for an administrator without access to the objects."
    )
    created_at: datetime
    created_by: str | None = Field(description="Name of the user who registered it.", examples=["amy"])


class BucketTotals(BaseModel):
    """The latest revisions of all packages in a bucket, added up."""

    bucket: str = Field(examples=["quilt-example"])
    packages: int = Field(examples=[12])
    modified: datetime = Field(description="Time of the newest push.")
    total_bytes: int = Field(examples=[61_500_000])
    kinds: KindTotals


class BucketTotalsList(BaseModel):
    """Buckets without packages are left out, and so is the bucket of Quilt 2, whose packages have readers of their own."""

    items: list[BucketTotals]


class BucketUpdate(BaseModel, extra="forbid"):
    """Description of a bucket. Fields that are left out keep their values."""

    title: _Title | None = None
    description: _Description | None = None
    icon_url: _IconUrl | None = None
    tags: _Tags | None = None
    relevance_score: _Score | None = None
    file_extensions_to_index: FileExtensions | None = None
    index_content_bytes: ContentBytes | None = None
    inventory_url: InventoryUrl | None = None


class BucketCreate(BucketUpdate):
    """A bucket to register. It is created in S3 unless it exists."""

    name: BucketName


class RegisteredBucket(BaseModel):
    """The part of a bucket that other services need."""

    name: str
    region: str
    file_extensions_to_index: list[str] | None = None
    index_content_bytes: int | None = None
    inventory_url: str | None = None


class RegisteredBuckets(BaseModel):
    buckets: list[RegisteredBucket]


class CatalogBucket(BaseModel):
    """A bucket in the form of Quilt's web catalogs of 2020."""

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
