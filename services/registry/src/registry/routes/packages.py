from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from registry.errors import BucketNotFound, EntryNotFound, FileElsewhere, RevisionUnreadable
from registry.routes.deps import (
    Activities,
    BucketInPath,
    Files,
    Histories,
    PackageInPath,
    PackageName,
    Packages,
    Readable,
    Reader,
)
from shared.errors import InvalidCursor, Unauthenticated
from shared.schemas.activity import PackageActivity
from shared.schemas.package import Entry, EntryPage, FileAddress, Package, PackageSummary, Push, Revision
from shared.schemas.page import Page
from shared.web.auth import Viewer
from shared.web.pages import MAX_LISTING, Cursor, Limit, ListingLimit

router = APIRouter(
    prefix="/api/v1/buckets/{bucket}/packages",
    tags=["packages"],
    responses={**Unauthenticated.response(), **BucketNotFound.response()},
)

Reference = Annotated[
    str,
    Path(
        description="`latest`; the unix time of a push; a top hash, or at least its first 6 digits; or a day or time in "
        "ISO 8601 (UTC by default), for the newest push up to that time.",
        examples=["latest"],
    ),
]
_PAGE_ERRORS = InvalidCursor.response()
_ENTRY_ERRORS = {**RevisionUnreadable.response(), **EntryNotFound.response()}


@router.get("", summary="List a bucket's packages by name", responses=_PAGE_ERRORS)
async def list_packages(
    bucket: Readable,
    packages: Packages,
    *,
    prefix: Annotated[str, Query(description="Only names with this start.", examples=["amy/"])] = "",
    contains: Annotated[str, Query(description="Only names that contain this, in any case.")] = "",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[PackageSummary]:
    return await packages.page(bucket, prefix=prefix, containing=contains, after=cursor, limit=limit)


@router.get("/{author}/{name}", summary="Get a package and its latest revision")
async def get_package(package: PackageInPath) -> Package:
    return await package.describe()


@router.get(
    "/{author}/{name}/revisions",
    summary="List the pushes of a package with the number of their changes, newest first",
    responses=_PAGE_ERRORS,
)
async def list_revisions(
    bucket: BucketInPath,
    name: PackageName,
    viewer: Viewer,
    histories: Histories,
    *,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Push]:
    return await histories.page(viewer, bucket, name, after=cursor, limit=limit)


@router.get(
    "/{author}/{name}/activity",
    summary="List pushes, promotions and deletions of a package, newest first",
    responses=_PAGE_ERRORS,
)
async def list_activity(
    bucket: BucketInPath,
    name: PackageName,
    viewer: Viewer,
    activities: Activities,
    *,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PackageActivity]:
    return await activities.page(viewer, bucket, name, after=cursor, limit=limit)


@router.get("/{author}/{name}/revisions/{revision}", summary="Get a revision", responses=RevisionUnreadable.response())
async def get_revision(package: PackageInPath, revision: Reference) -> Revision:
    return await package.revision(revision)


@router.get(
    "/{author}/{name}/revisions/{revision}/entries",
    summary="List a directory of a revision. Sub-directories have totals",
    response_model=EntryPage,
    responses={**_PAGE_ERRORS, **_ENTRY_ERRORS},
)
async def list_entries(
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    viewer: Viewer,
    reader: Reader,
    *,
    path: Annotated[str, Query(description="The directory; empty for the root.", examples=["data/2026"])] = "",
    cursor: Cursor = None,
    limit: ListingLimit = MAX_LISTING,
) -> Response:
    found = await reader.entries(viewer, bucket, name, revision, path, after=cursor, limit=limit)
    return Response(found, media_type="application/json")


@router.get(
    "/{author}/{name}/revisions/{revision}/entry",
    summary="Get a file of a revision, or the totals of a directory",
    response_model=Entry,
    responses=_ENTRY_ERRORS,
)
async def get_entry(
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    viewer: Viewer,
    reader: Reader,
    *,
    path: Annotated[str, Query(description="Path of the file or directory.", examples=["data/2026/wine.csv"])] = "",
) -> Response:
    found = await reader.entry(viewer, bucket, name, revision, path)
    return Response(found, media_type="application/json")


@router.get(
    "/{author}/{name}/revisions/{revision}/file",
    summary="Get signed addresses of a file of a package of Quilt 2",
    responses={**_ENTRY_ERRORS, **FileElsewhere.response()},
)
async def get_file_address(
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    files: Files,
    *,
    path: Annotated[str, Query(description="Path of the file.", examples=["data/2026/wine.csv"])],
) -> FileAddress:
    return await files.address(bucket, name, revision, path)
