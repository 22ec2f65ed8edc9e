from typing import Annotated

from fastapi import APIRouter, Depends

from registry.errors import BucketNotFound, PackagesHaveReaders
from registry.routes.deps import BucketInPath, PackageName, Readable, Res
from registry.services.packages.insights import InsightService
from shared.errors import Unauthenticated
from shared.schemas.insight import BucketInsight, PackageInsight
from shared.web.auth import Viewer

router = APIRouter(
    prefix="/api/v1/buckets/{bucket}",
    tags=["packages"],
    responses={**Unauthenticated.response(), **BucketNotFound.response()},
)


async def insight_service(res: Res) -> InsightService:
    return InsightService(
        res.packages,
        res.caches.growth,
        counting_seconds=res.settings.counting_seconds,
        has_access_logs=bool(res.settings.access_logs.folders),
    )


Insights = Annotated[InsightService, Depends(insight_service)]


@router.get(
    "/insight",
    summary="Get what the packages of a bucket hold, how they grew, who pushed them, and how often they were used",
    responses=PackagesHaveReaders.response(),
)
async def get_bucket_insight(bucket: Readable, viewer: Viewer, insights: Insights) -> BucketInsight:
    return await insights.bucket(viewer, bucket)


@router.get(
    "/packages/{author}/{name}/insight",
    summary="Get what a package holds, how it grew, who pushed it, and how often it was used",
)
async def get_package_insight(
    bucket: BucketInPath, name: PackageName, viewer: Viewer, insights: Insights
) -> PackageInsight:
    return await insights.package(viewer, bucket, name)
