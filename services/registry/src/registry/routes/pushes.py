"""Pushes by the registry. Each is a job."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from registry.errors import (
    BucketNotFound,
    KeyReused,
    NotASuccessor,
    PushRefused,
    RevisionStale,
    TooManyJobs,
)
from registry.routes.deps import BucketInPath, PackageName, Pushes, Revisions
from registry.routes.packages import Reference
from registry.services.pushes.jobs.requests import PackagePlace
from shared.errors import Forbidden, TooLarge, Unauthenticated
from shared.schemas.job import Job
from shared.schemas.push import Construction, Patch, Promotion
from shared.web.auth import Viewer
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(
    route_class=CallerFirst,
    prefix="/api/v1/buckets/{bucket}/packages/{author}/{name}",
    tags=["packages"],
    responses={**Unauthenticated.response(), **Forbidden.response(), **BucketNotFound.response()},
)

_ACCEPTED = {
    **PushRefused.response(),
    **RevisionStale.response(),
    **KeyReused.response(),
    **TooLarge.response(),
    **TooManyJobs.response(),
}


async def place(bucket: BucketInPath, name: PackageName) -> PackagePlace:
    return PackagePlace(bucket, name)


PlaceInPath = Annotated[PackagePlace, Depends(place)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A value of your choice. The same request with the same key is the same job.",
        examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"],
    ),
]


def _accepted(job: Job, response: Response) -> Job:
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.post(
    "/revisions",
    status_code=202,
    summary="Push a revision that consists of objects in S3",
    responses=_ACCEPTED,
    dependencies=[Charged],
)
async def construct_revision(
    *,
    place: PlaceInPath,
    construction: Construction,
    viewer: Viewer,
    pushes: Pushes,
    response: Response,
    key: IdempotencyKey = None,
) -> Job:
    return _accepted(await pushes.construct(viewer, place, construction, key), response)


@router.post(
    "/revisions/{revision}/patch",
    status_code=202,
    summary="Push a revision that changes another one",
    responses=_ACCEPTED,
    dependencies=[Charged],
)
async def patch_revision(
    *,
    place: PlaceInPath,
    revision: Reference,
    patch: Patch,
    viewer: Viewer,
    pushes: Pushes,
    response: Response,
    key: IdempotencyKey = None,
) -> Job:
    return _accepted(await pushes.patch(viewer, place, revision, patch, key), response)


@router.post(
    "/revisions/{revision}/promotion",
    status_code=202,
    summary="Push a revision to another bucket, or under another name",
    responses={**_ACCEPTED, **NotASuccessor.response()},
    dependencies=[Charged],
)
async def promote_revision(
    *,
    place: PlaceInPath,
    revision: Reference,
    promotion: Promotion,
    viewer: Viewer,
    pushes: Pushes,
    response: Response,
    key: IdempotencyKey = None,
) -> Job:
    return _accepted(await pushes.promote(viewer, place, revision, promotion, key), response)


@router.delete("", status_code=204, summary="Delete the pointers of a package. Its manifests and objects stay")
async def delete_package(bucket: BucketInPath, name: PackageName, viewer: Viewer, revisions: Revisions) -> None:
    await revisions.delete_package(viewer, bucket, name)


@router.delete(
    "/revisions/{revision}",
    status_code=204,
    summary="Delete the pointers of a revision. Its manifest and objects stay",
)
async def delete_revision(
    bucket: BucketInPath, name: PackageName, revision: Reference, viewer: Viewer, revisions: Revisions
) -> None:
    await revisions.delete(viewer, bucket, name, revision)
