from fastapi import APIRouter

from registry.errors import BucketNotFound
from registry.routes.deps import Completenesses, Readable, ViewerVisibility
from shared.errors import AdminOnly, Forbidden, Unauthenticated
from shared.schemas.completeness import Completeness

router = APIRouter(
    prefix="/api/v1/buckets/{bucket}/completeness",
    tags=["buckets"],
    responses={**Unauthenticated.response(), **Forbidden.response(), **BucketNotFound.response()},
)


@router.get("", summary="Compare what the index has of a bucket with what S3 has")
async def get_completeness(
    bucket: Readable, visibility: ViewerVisibility, completenesses: Completenesses
) -> Completeness:
    if not visibility.reads_problems(bucket):
        raise AdminOnly("Counts of packages of Quilt 2 are for administrators whose role names the bucket")
    return await completenesses.find(bucket)
