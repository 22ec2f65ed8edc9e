"""Jobs: long pushes that the registry makes. A job is accepted at once; its state can be requested until it has ended."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.schemas.package import TopHash
from shared.schemas.problem import Problem

JobKind = Literal["construct", "patch", "promote"]


class JobState(StrEnum):
    """State of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class Progress(BaseModel):
    """Progress of a job in its current stage."""

    stage: str = Field(description="hashing, copying, writing, uploading, indexing or publishing", examples=["copying"])
    done: int = Field(examples=[1200])
    total: int | None = Field(description="Null while unknown.", examples=[178000])
    unit: str = Field(examples=["entries"])


class JobResult(BaseModel):
    """The revision that a job has pushed."""

    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(examples=["amy/wine"])
    top_hash: TopHash
    tag: str = Field(description="Tag of its pointer: the Unix time of the push.", examples=["1785312000"])
    is_latest: bool = Field(description="False if another push became the latest revision at the same time.")
    total_entries: int = Field(examples=[178])
    position: int | None = Field(
        None,
        description="Position in the feed of changes. A search with `after=<position>` finds the revision.",
        examples=[1042],
    )


class Job(BaseModel):
    """A push that the registry makes for a user, with the user's rights in S3."""

    id: UUID
    kind: JobKind
    state: JobState
    bucket: Annotated[str, Field(description="Bucket of the new revision.", examples=["quilt-example"])]
    name: Annotated[str, Field(description="Package of the new revision.", examples=["amy/wine"])]
    progress: Progress | None = Field(description="Null until the job starts.")
    result: JobResult | None = Field(description="Null unless the job is done.")
    problem: Problem | None = Field(description="Reason of the failure; null unless the job failed.")
    cancelling: bool = Field(description="The job was cancelled and will stop soon.")
    created_by: str = Field(examples=["amy"])
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
