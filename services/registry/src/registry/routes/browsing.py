"""Browsing sessions, for reports that consist of several files."""

from typing import Annotated

from fastapi import APIRouter, Path

from registry.errors import BrowsingSessionNotFound, BucketNotFound, RevisionUnreadable
from registry.routes.deps import Browsing, BucketInPath, PackageName
from registry.routes.packages import Reference
from shared.errors import RateExceeded, Unauthenticated
from shared.schemas.browsing_session import BrowsingOptions, BrowsingSession
from shared.web.auth import Viewer
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(
    route_class=CallerFirst, prefix="/api/v1", tags=["packages"], responses={**Unauthenticated.response()}
)

BrowsingId = Annotated[str, Path(max_length=100, examples=["Jw9hYtU2m1kq3sVb0n8dXr5fPz7cLa4eGi6oTuQxWyE"])]


@router.post(
    "/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/browsing-sessions",
    status_code=201,
    summary="Begin to browse a revision",
    description="The answer has an address of the S3 proxy, below which the files of this revision are read without a token, so "
    "that a page of HTML finds what it refers to. Pages are sent with a policy that lets them reach these files and nothing else.",
    responses={
        **BucketNotFound.response(),
        **RevisionUnreadable.response(),
        **RateExceeded.response(),
    },
    dependencies=[Charged],
)
async def create_browsing_session(
    *,
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    options: BrowsingOptions,
    viewer: Viewer,
    browsing: Browsing,
) -> BrowsingSession:
    return await browsing.create(viewer, bucket, name, revision, options.seconds)


@router.post(
    "/browsing-sessions/{browsing_id}/refresh",
    summary="Let a browsing session live longer",
    responses={**BrowsingSessionNotFound.response()},
)
async def refresh_browsing_session(
    browsing_id: BrowsingId, options: BrowsingOptions, viewer: Viewer, browsing: Browsing
) -> BrowsingSession:
    return await browsing.refresh(viewer, browsing_id, options.seconds)


@router.delete(
    "/browsing-sessions/{browsing_id}",
    status_code=204,
    summary="End a browsing session",
    description="Its address answers 404 within 10 seconds.",
    responses={**BrowsingSessionNotFound.response()},
)
async def delete_browsing_session(browsing_id: BrowsingId, viewer: Viewer, browsing: Browsing) -> None:
    await browsing.dispose(viewer, browsing_id)
