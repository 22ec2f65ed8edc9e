from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

MAX_RESTORED_DAYS = 365

RestoreTier = Literal["standard", "bulk", "expedited"]


class RestoreRequest(BaseModel):
    key: str = Field(min_length=1, max_length=1_024, pattern=r"^[^\x00]*$", examples=["amy/wine/data.csv"])
    version_id: str | None = Field(
        None,
        min_length=1,
        max_length=1_024,
        description="Version of the object; the newest if left out.",
        examples=["3HL4kqtJvjVBH40N"],
    )
    days: int = Field(7, ge=1, le=MAX_RESTORED_DAYS, description="Days for which the object can be read.", examples=[7])
    tier: RestoreTier = Field(
        "standard",
        description="How fast: `expedited` takes minutes and costs most, `standard` hours, `bulk` up to two days.",
        examples=["standard"],
    )


class Restoration(BaseModel):
    """An archived object that can be read, or soon will be."""

    bucket: str
    key: str
    version_id: str | None = Field(description="Null in a bucket that does not keep versions.")
    storage_class: str = Field(
        description="Storage class of the object, or the tier of the archive.", examples=["GLACIER"]
    )
    state: Literal["restoring", "restored"]
    expires_at: datetime | None = Field(
        description="End of the time for which it can be read; null while it is restored, and for objects that leave the archive."
    )
