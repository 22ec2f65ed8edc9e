from fastapi import APIRouter

from registry.routes.deps import BucketTotalsOfViewer
from shared.errors import Forbidden, Unauthenticated
from shared.schemas.bucket import BucketTotalsList
from shared.web.auth import Viewer

router = APIRouter(
    prefix="/api/v1/bucket-totals",
    tags=["buckets"],
    responses={**Unauthenticated.response(), **Forbidden.response()},
)


@router.get("", summary="List how much the packages of each bucket hold, at most a minute ago")
async def list_bucket_totals(viewer: Viewer, totals: BucketTotalsOfViewer) -> BucketTotalsList:
    return await totals.list(viewer)
