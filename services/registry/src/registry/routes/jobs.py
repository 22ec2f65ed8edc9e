from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from registry.errors import JobFinished, JobNotFound, JobUnfinished
from registry.routes.deps import Jobs, JobWrites
from shared.errors import AdminOnly, Forbidden, InvalidCursor, RateExceeded, Unauthenticated
from shared.schemas.job import Job, JobState
from shared.schemas.page import Page
from shared.web.auth import Viewer
from shared.web.pages import Cursor, Limit
from shared.web.rates import Charged

JobId = Annotated[UUID, Path(examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"])]

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=Unauthenticated.response())


@router.get("", summary="List your jobs, newest first", responses={**InvalidCursor.response(), **Forbidden.response()})
async def list_jobs(
    viewer: Viewer,
    jobs: Jobs,
    *,
    everybodys: Annotated[bool, Query(alias="all", description="Jobs of all users, for administrators.")] = False,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Job]:
    if everybodys and not viewer.is_admin:
        raise AdminOnly("Only administrators may list the jobs of all users")
    return await jobs.page(viewer, everybodys=everybodys, state=state, after=cursor, limit=limit)


@router.get("/{job_id}", summary="Get a job", responses=JobNotFound.response())
async def get_job(job_id: JobId, viewer: Viewer, jobs: Jobs) -> Job:
    return await jobs.get(viewer, job_id)


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    responses={**JobNotFound.response(), **JobFinished.response()},
)
async def cancel_job(job_id: JobId, viewer: Viewer, jobs: Jobs) -> Job:
    return await jobs.cancel(viewer, job_id)


@router.post(
    "/{job_id}/resume",
    summary="Resume a failed or cancelled job",
    responses={**JobNotFound.response(), **JobUnfinished.response(), **RateExceeded.response()},
    dependencies=[Charged],
)
async def resume_job(job_id: JobId, viewer: Viewer, jobs: JobWrites) -> Job:
    return await jobs.resume(viewer, job_id)
