from datetime import datetime

from pydantic import BaseModel, Field


class CountAndDigest(BaseModel):
    """A set of objects: how many there are, and a digest that only the same set has."""

    count: int = Field(examples=[120_000])
    digest: str = Field(examples=["4f9c1e0a6b2d8375"], description="16 hexadecimal digits.")


class ComparedSets(BaseModel):
    """The same set as the last comparison found it on both sides."""

    in_s3: CountAndDigest
    in_index: CountAndDigest


class InventoryState(BaseModel):
    """The reports of S3 Inventory with which the index is compared."""

    url: str = Field(examples=["s3://my-reports/inventory/quilt-example/daily"])
    reported_at: datetime | None = Field(
        description="Time at which S3 began to make the last report that was read; null before the first one."
    )
    problem: str | None = Field(
        description="Why the newest report could not be read. Comparisons then go on by listings alone."
    )


class Completeness(BaseModel):
    """The extent to which the index has what S3 has of a bucket, as far as that was compared."""

    bucket: str = Field(examples=["quilt-example"])
    compared_up_to: datetime | None = Field(
        description="Every change of the bucket until then is in the index, but for what differs. Null until all of the bucket "
        "has been compared."
    )
    compared_at: datetime | None = Field(description="The newest comparison of a part of the bucket.")
    parts: int = Field(description="Ranges of keys that are compared at once.", examples=[12])
    parts_not_compared: int = Field(description="Parts that were never compared.", examples=[0])
    parts_suspected: int = Field(
        description="Parts whose events may have been lost since they were compared, and which are compared next.",
        examples=[0],
    )
    objects: ComparedSets
    pointers: ComparedSets = Field(description="Of packages, in both layouts. In the second, a push is its manifest.")
    manifests: ComparedSets = Field(description="Of the first layout.")
    differing: int = Field(
        description="Keys that the last comparisons found to differ, and that could not be indexed.", examples=[0]
    )
    unread_objects: int = Field(
        description="Objects that are found by their keys, but whose metadata or text remains to be read; at most 100,000 are counted.",
        examples=[0],
    )
    inventory: InventoryState | None = Field(
        description="Reports of S3 Inventory; null for a bucket that is compared with listings alone."
    )
    problems: int = Field(description="Number of the bucket's problems; at most 1,000 are counted.", examples=[0])
