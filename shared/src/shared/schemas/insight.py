"""Contents and growth of packages, who pushed them, and how often they were used."""

from datetime import date, datetime
from typing import Literal, get_args

from pydantic import BaseModel, Field

from shared.schemas.package import KindTotals

MAX_INSIGHT_PUSHES = 10_000
"""Pushes of one package that are added up; older ones are left out."""
MAX_PUSHERS = 10
MAX_LARGEST = 10

Period = Literal["day", "week", "month"]
UseKind = Literal["install", "preview", "archive", "gateway_read", "s3_read"]
USE_KINDS: tuple[UseKind, ...] = get_args(UseKind)
_NOT_COUNTED = (
    "What is not in the list is not: `quilt3` reads packages straight from S3, where only logs tell of its installs."
)
_READS_COUNTED_SINCE = "First day, in UTC, with a read of the bucket in logs of S3; null where nobody counts them."


class GrowthPoint(BaseModel):
    """A day, a week from its Monday, or a month."""

    start: date = Field(description="First day, in UTC.")
    pushes: int = Field(description="Pushes in this time.")
    total_bytes: int = Field(description="Size at the end of this time: that of the revision that was the newest.")
    total_entries: int = Field(description="Files at the end of this time.")


class BucketGrowthPoint(GrowthPoint):
    """The packages of a bucket together."""

    packages: int = Field(description="Packages at the end of this time.")


class PusherTotals(BaseModel):
    """Somebody's pushes."""

    user: str | None = Field(description="Name of the user; null if unknown.", examples=["amy"])
    pushes: int
    last_pushed_at: datetime


class PackageSize(BaseModel):
    """The size of a package's latest revision."""

    name: str = Field(examples=["amy/wine"])
    total_bytes: int
    pushes: int


class UseCounts(BaseModel):
    """How often something was done with a package, or with those of a bucket."""

    kind: UseKind = Field(
        description="`install`: by clients of Quilt 2, and reads of its manifests in S3, as `quilt3` installs it. "
        "`preview`: of its files. `archive`: requests for its files as one. "
        "`gateway_read`: requests of S3 clients through the package gateway; one may stand for several files of a folder. "
        "`s3_read`: of a bucket only, requests for its objects that were sent straight to S3."
    )
    total: int = Field(description="Of the past three years, and of Quilt 2 since it has been counted.")
    weeks: list[int] = Field(
        description="By week, the oldest first; the last one is the present week, from Monday in UTC."
    )


class BucketGrowth(BaseModel):
    """How the packages grew that the bucket has now. Those that were deleted are not in it."""

    as_of: datetime = Field(description="Time at which it was added up.")
    period: Period
    points: list[BucketGrowthPoint] = Field(description="Oldest first, without gaps.")
    pushes: int = Field(description="All pushes of these packages.")
    pushers: list[PusherTotals] = Field(description="The most frequent ones first.")
    largest: list[PackageSize] = Field(description="The largest packages.")
    packages: int
    total_bytes: int
    total_entries: int
    kinds: KindTotals


class BucketInsight(BaseModel):
    """Contents and growth of the packages of a bucket, and how often they were used."""

    bucket: str = Field(examples=["quilt-example"])
    growth: BucketGrowth | None = Field(description="Null while it is being added up for the first time. Ask again.")
    uses: list[UseCounts] = Field(description=f"What is counted, of deleted packages too. {_NOT_COUNTED}")
    reads_counted_since: date | None = Field(description=_READS_COUNTED_SINCE)


class PackageInsight(BaseModel):
    """Contents and growth of a package, who pushed it, and how often it was used."""

    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(examples=["start/wine"])
    total_bytes: int = Field(description="Of the latest revision, as the next two.")
    total_entries: int
    kinds: KindTotals | None = Field(description="Null if they have not been added up yet.")
    pushes: int
    is_cut: bool = Field(
        description=f"The package has more than {MAX_INSIGHT_PUSHES:,} pushes; the older ones are not in what follows."
    )
    period: Period
    points: list[GrowthPoint] = Field(description="Oldest first, without gaps.")
    pushers: list[PusherTotals] = Field(description="The most frequent ones first.")
    uses: list[UseCounts] = Field(description=f"What is counted. {_NOT_COUNTED}")
    reads_counted_since: date | None = Field(description=_READS_COUNTED_SINCE)
