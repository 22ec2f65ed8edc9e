"""Administration of buckets for the web catalogs of 2020, which recognise some messages."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from registry.errors import BucketNotFound, BucketRegistered
from registry.routes.deps import BucketInPath, Buckets, BucketsInTransaction, BucketWrites, Listings, Res
from registry.services.diagnostics import diagnostics
from shared.aws.buckets import BucketRefused
from shared.errors import Forbidden, NotFound, Unauthenticated
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate
from shared.schemas.quilt_bucket import QuiltBucket, QuiltBucketCreate, QuiltBuckets, QuiltBucketUpdate, Reindexing
from shared.web.auth import Admin
from shared.web.health import run_checks
from shared.web.routing import CallerFirst

router = APIRouter(
    route_class=CallerFirst,
    prefix="/api/admin",
    tags=["quilt"],
    responses={**Unauthenticated.response(), **Forbidden.response()},
)

_MAX_BUCKETS = 10_000
_NOT_FOUND = "Bucket not found"  # recognised
_ALREADY_ADDED = "Bucket already added"  # recognised
_UPDATE_FIELDS = tuple(name for name in BucketUpdate.model_fields if name in QuiltBucket.model_fields)
"""Fields of the form of Quilt's catalogs, which know some of our settings."""


@router.get("/buckets", summary="List all registered buckets")
async def list_quilt_buckets(admin: Admin, buckets: Buckets, listings: Listings) -> QuiltBuckets:
    page = await buckets.page(admin, everything=True, after=None, limit=_MAX_BUCKETS)
    return QuiltBuckets(results=await _quilt_buckets(page.items, listings))


@router.post(
    "/buckets", summary="Register a bucket", responses={**BucketRegistered.response(), **BucketRefused.response()}
)
async def add_quilt_bucket(
    new: QuiltBucketCreate, admin: Admin, buckets: BucketWrites, listings: Listings
) -> QuiltBucket:
    try:
        added = await buckets.register(admin, BucketCreate(name=new.name, **_all_fields(new)))
    except BucketRegistered as error:
        raise BucketRegistered(_ALREADY_ADDED) from error
    return (await _quilt_buckets([added], listings))[0]


@router.put("/buckets/{bucket}", summary="Change the description of a bucket", responses=BucketNotFound.response())
async def update_quilt_bucket(
    bucket: BucketInPath, form: QuiltBucketUpdate, admin: Admin, buckets: BucketsInTransaction, listings: Listings
) -> QuiltBucket:
    changed = await buckets.describe(admin, bucket, BucketUpdate(**_all_fields(form)))
    return (await _quilt_buckets([changed], listings))[0]


@router.delete("/buckets/{bucket}", summary="Unregister a bucket. Its data stays", responses=BucketNotFound.response())
async def remove_quilt_bucket(bucket: BucketInPath, admin: Admin, buckets: BucketWrites) -> dict[str, str]:
    await buckets.unregister(admin, bucket)
    return {}


@router.post(
    "/reindex/{bucket}",
    summary="Check the index of a bucket against S3",
    responses={**BucketNotFound.response(), **BucketRefused.response()},
)
async def reindex_bucket(
    bucket: BucketInPath, admin: Admin, buckets: BucketWrites, how: Annotated[Reindexing | None, Body()] = None
) -> dict[str, str]:
    try:
        await buckets.check(admin, bucket, repair=bool(how and how.repair))
    except BucketNotFound as error:
        raise NotFound(_NOT_FOUND) from error
    return {}


@router.post(
    "/support-diagnostics",
    summary="Download versions, states and counts of this installation, as a ZIP",
    response_class=Response,
    responses={200: {"description": "A ZIP archive.", "content": {"application/octet-stream": {}}}},
)
async def download_diagnostics(_: Admin, res: Res) -> Response:
    health = await run_checks({**res.own_checks, **res.peer_checks})
    named = {"Content-Disposition": 'attachment; filename="patchwork-diagnostics.zip"', "Cache-Control": "no-store"}
    archive = await diagnostics(res.sessions, res.settings, health.checks)
    return Response(archive, media_type="application/zip", headers=named)


def _all_fields(form: BucketUpdate) -> dict[str, object]:
    """All fields of the form, including those that it leaves out. These catalogs send an empty list for the default."""
    fields = {name: getattr(form, name) for name in _UPDATE_FIELDS}
    return {**fields, "file_extensions_to_index": form.file_extensions_to_index or None}


async def _quilt_buckets(found: list[Bucket], listings: Listings) -> list[QuiltBucket]:
    scanned = await listings.scanned_at([each.name for each in found])
    own = set(QuiltBucket.model_fields) & set(Bucket.model_fields) - {"file_extensions_to_index"}
    return [
        QuiltBucket(
            **each.model_dump(include=own),
            file_extensions_to_index=each.file_extensions_to_index or [],
            last_indexed=scanned.get(each.name),
        )
        for each in found
    ]
