"""Long work that the registry does by itself: a job is accepted at once, and asked about until it is finished."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from shared.schemas.package import TopHash
from shared.schemas.problem import Problem

JobKind = Literal["construct", "patch", "promote"]


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class Progress(BaseModel):
    """What a job is doing."""

    stage: str = Field(description="hashing, copying, writing, uploading, indexing or publishing", examples=["copying"])
    done: int = Field(examples=[1200])
    total: int | None = Field(description="Null while nobody knows.", examples=[178000])
    unit: str = Field(examples=["entries"])


class JobResult(BaseModel):
    """The revision that a job made."""

    bucket: str = Field(examples=["quilt-example"])
    name: str = Field(examples=["amy/wine"])
    top_hash: TopHash
    tag: str = Field(description="Name of its pointer: the unix time of the push.", examples=["1785312000"])
    is_latest: bool = Field(description="False when another push became the latest revision at the same moment.")
    total_entries: int = Field(examples=[178])


class Job(BaseModel):
    """A push that this registry does for its caller, with the caller's own rights in S3."""

    id: UUID
    kind: JobKind
    state: JobState
    bucket: Annotated[str, Field(description="Where it writes.", examples=["quilt-example"])]
    name: Annotated[str, Field(description="The package that it writes.", examples=["amy/wine"])]
    progress: Progress | None = Field(description="Null until it has begun.")
    result: JobResult | None = Field(description="Once it is done.")
    problem: Problem | None = Field(description="Why it failed.")
    cancelling: bool = Field(description="Whether it will stop as soon as it can.")
    created_by: str = Field(examples=["amy"])
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
