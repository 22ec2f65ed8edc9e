from typing import Annotated

from fastapi import APIRouter, Query, Response

from registry.errors import BucketNotFound, BucketRegistered
from registry.routes.deps import BucketInPath, Buckets, BucketsInTransaction, BucketWrites
from shared.errors import AdminOnly, Forbidden, Unauthenticated, Unavailable
from shared.schemas.bucket import Bucket, BucketCreate, BucketName, BucketUpdate
from shared.schemas.page import Page
from shared.web.auth import Admin, Viewer
from shared.web.pages import Cursor, Limit
from shared.web.routing import CallerFirst

router = APIRouter(
    prefix="/api/v1/buckets", tags=["buckets"], responses=Unauthenticated.response(), route_class=CallerFirst
)

_ADMIN = {**Forbidden.response(), **Unavailable.response()}


@router.get("", summary="List the buckets that you may read", responses=Forbidden.response())
async def list_buckets(
    viewer: Viewer,
    buckets: Buckets,
    *,
    everything: Annotated[bool, Query(alias="all", description="All registered buckets, for administrators.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Bucket]:
    if everything and not viewer.is_admin:
        raise AdminOnly("Only administrators may list every bucket")
    return await buckets.page(viewer, everything=everything, after=cursor, limit=limit)


@router.post(
    "",
    status_code=201,
    summary="Register a bucket, which is created in S3 if it does not exist",
    responses={**_ADMIN, **BucketRegistered.response()},
)
async def register_bucket(new: BucketCreate, admin: Admin, buckets: BucketWrites) -> Bucket:
    return await buckets.register(admin, new)


@router.get("/{bucket}", summary="Get a bucket", responses=BucketNotFound.response())
async def get_bucket(bucket: BucketInPath, viewer: Viewer, buckets: Buckets) -> Bucket:
    return await buckets.get(viewer, bucket)


@router.put(
    "/{bucket}",
    summary="Register a bucket, or repair the configuration of a registered one",
    description="May be repeated. Sets versioning, CORS and notifications in S3, and requests a check of the index.",
    responses={
        **_ADMIN,
        **BucketRegistered.response(),
        201: {"model": Bucket, "description": "The bucket was registered."},
    },
)
async def set_up_bucket(
    bucket: BucketName, shown: BucketUpdate, admin: Admin, buckets: BucketWrites, response: Response
) -> Bucket:
    registered, new = await buckets.set_up(admin, bucket, shown)
    response.status_code = 201 if new else 200
    return registered


@router.patch(
    "/{bucket}", summary="Change the description of a bucket", responses={**_ADMIN, **BucketNotFound.response()}
)
async def describe_bucket(
    bucket: BucketInPath, shown: BucketUpdate, admin: Admin, buckets: BucketsInTransaction
) -> Bucket:
    return await buckets.describe(admin, bucket, shown)


@router.delete(
    "/{bucket}",
    status_code=204,
    summary="Unregister a bucket. Its data stays",
    responses={**_ADMIN, **BucketNotFound.response()},
)
async def unregister_bucket(bucket: BucketInPath, admin: Admin, buckets: BucketWrites) -> None:
    await buckets.unregister(admin, bucket)
