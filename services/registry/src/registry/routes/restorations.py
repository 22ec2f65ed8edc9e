"""Archived objects, which are restored before they can be read."""

from typing import Annotated

from fastapi import APIRouter, Depends

from registry.errors import BucketNotFound
from registry.routes.deps import BucketInPath, Res
from registry.services.restorations import RestorationService
from shared.aws.archived_objects import ExpeditedUnavailable, NotArchived, RestorationNotOffered, RestorationRunning
from shared.errors import Forbidden, RateExceeded, Unauthenticated
from shared.schemas.problem import Problem
from shared.schemas.restoration import Restoration, RestoreRequest
from shared.web.auth import Viewer
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(route_class=CallerFirst, prefix="/api/v1/buckets/{bucket}", tags=["buckets"])


async def restoration_service(res: Res) -> RestorationService:
    return RestorationService(res.sessions, res.open_caller_s3, res.trail)


@router.post(
    "/restorations",
    status_code=202,
    summary="Have an archived object restored",
    description="For callers who may write to the bucket. S3 bills for it, by the tier and the days.",
    responses={
        **Unauthenticated.response(),
        **Forbidden.response(),
        **BucketNotFound.response(),
        409: {
            "model": Problem,
            "description": " Or: ".join(
                f"{each.title}." for each in (NotArchived, RestorationRunning, RestorationNotOffered)
            ),
        },
        **RateExceeded.response(),
        **ExpeditedUnavailable.response(),
    },
    dependencies=[Charged],
)
async def restore_object(
    *,
    bucket: BucketInPath,
    asked: RestoreRequest,
    viewer: Viewer,
    restorations: Annotated[RestorationService, Depends(restoration_service)],
) -> Restoration:
    return await restorations.restore(viewer, bucket, asked)
