from fastapi import APIRouter

from registry.errors import BucketNotFound
from registry.routes.deps import Problems, Readable, ViewerVisibility
from registry.services.packages import presenters
from shared.db.cursors import decode_cursor, encode_cursor
from shared.errors import AdminOnly, Forbidden, InvalidCursor, Unauthenticated
from shared.schemas.package import PackageProblem
from shared.schemas.page import Page
from shared.web.pages import Cursor, Limit

router = APIRouter(
    prefix="/api/v1/buckets/{bucket}/problems",
    tags=["packages"],
    responses={
        **Unauthenticated.response(),
        **Forbidden.response(),
        **BucketNotFound.response(),
        **InvalidCursor.response(),
    },
)


@router.get(
    "",
    summary="List problems of a bucket: missing, corrupt and changed manifests, and objects that could not be indexed",
)
async def list_problems(
    *,
    bucket: Readable,
    visibility: ViewerVisibility,
    problems: Problems,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[PackageProblem]:
    if not visibility.reads_problems(bucket):
        raise AdminOnly("Problems of packages of Quilt 2 are for administrators whose role names the bucket")
    after = decode_cursor(cursor, str)[0] if cursor else ""
    found, more = await problems.page(bucket, after=after, limit=limit)
    return Page(
        items=[presenters.problem(bucket, each) for each in found], next=encode_cursor(found[-1].key) if more else None
    )
