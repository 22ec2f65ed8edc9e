from fastapi import APIRouter

from registry.errors import BucketNotFound, WorkflowsBroken
from registry.routes.deps import BucketInPath, PushChecks, WorkflowTrials
from shared.errors import InvalidCursor, RateExceeded, Unauthenticated
from shared.schemas.workflow import PushToCheck, PushVerdict, Workflows, WorkflowTrial, WorkflowTrialResult
from shared.web.auth import Viewer
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(
    route_class=CallerFirst,
    prefix="/api/v1/buckets/{bucket}/workflows",
    tags=["workflows"],
    responses={**Unauthenticated.response(), **BucketNotFound.response(), **WorkflowsBroken.response()},
)


@router.get("", summary="Get the workflows of a bucket")
async def get_workflows(bucket: BucketInPath, viewer: Viewer, checks: PushChecks) -> Workflows:
    return await checks.workflows(viewer, bucket)


@router.post(
    "/check",
    summary="Check whether a push would be accepted",
    description="Lists all violations, and changes nothing.",
    responses=RateExceeded.response(),
    dependencies=[Charged],
)
async def check_push(bucket: BucketInPath, push: PushToCheck, viewer: Viewer, checks: PushChecks) -> PushVerdict:
    return await checks.check(viewer, bucket, push)


@router.post(
    "/trial",
    summary="Try a configuration of workflows on packages",
    description="Judges the latest revisions of the bucket's packages by a configuration that is not saved, and changes nothing.",
    responses={**RateExceeded.response(), **InvalidCursor.response()},
    dependencies=[Charged],
)
async def try_workflows(
    bucket: BucketInPath, trial: WorkflowTrial, viewer: Viewer, trials: WorkflowTrials
) -> WorkflowTrialResult:
    return await trials.run(viewer, bucket, trial)
