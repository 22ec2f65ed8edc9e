"""Runs of the canary: what clients do, done every hour against the public addresses."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from shared.schemas.page import Page, UtcTime

CANARY_ROLE = "Canary"
"""Name of the role whose accounts may record runs."""
MAX_CANARY_STEPS = 20
MAX_VERSIONS = 20

CanaryStepName = Literal["sign-in", "push", "list", "search", "install", "refusal", "clean-up"]
_Reason = Annotated[str, StringConstraints(max_length=500)]
_Seconds = Annotated[float, Field(ge=0, le=86_400, examples=[1.25])]
_Version = Annotated[str, StringConstraints(max_length=100)]


class CanaryStep(BaseModel, extra="forbid"):
    name: CanaryStepName
    outcome: Literal["passed", "failed", "skipped"] = Field(
        description="`skipped`: a step before, which it needs, has failed."
    )
    seconds: _Seconds
    reason: _Reason = Field("", description="Why it has failed; empty otherwise.")


class CanaryRunCreate(BaseModel, extra="forbid"):
    started_at: UtcTime = Field(examples=["2026-11-30T09:00:00Z"])
    seconds: _Seconds
    steps: list[CanaryStep] = Field(
        min_length=1,
        max_length=MAX_CANARY_STEPS,
        examples=[[{"name": "sign-in", "outcome": "passed", "seconds": 0.31}]],
    )
    versions: dict[_Version, _Version] = Field(
        max_length=MAX_VERSIONS,
        description="Versions of the installation and of what the canary runs with.",
        examples=[{"installation": "0.1.0", "python": "3.11.9"}],
    )


class CanaryRun(CanaryRunCreate):
    """A run that was recorded. Times are those of the canary's machine, `recorded_at` is the registry's."""

    id: UUID
    passed: bool = Field(description="No step has failed.")
    recorded_at: datetime


class CanaryRuns(Page[CanaryRun]):
    """A page of runs, newest first."""


class ReportDigest(BaseModel, extra="forbid"):
    """The digest of a report, which `auth` signs."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class ReportSignature(BaseModel):
    signature: str
    """A JWT."""
