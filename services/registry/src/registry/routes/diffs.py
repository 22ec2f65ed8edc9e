from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from registry.errors import BucketNotFound, RevisionUnreadable
from registry.routes.deps import BucketInPath, Diffs, PackageName
from registry.routes.packages import Reference
from registry.services.packages.diffs import DiffRequest
from shared.errors import InvalidCursor, RateExceeded, Unauthenticated
from shared.index.diff.cache import TooManyComparisons
from shared.index.diff.types import Kind
from shared.schemas.diff import Diff
from shared.web import ndjson
from shared.web.auth import Viewer
from shared.web.pages import Cursor, ListingLimit
from shared.web.rates import Charged

router = APIRouter(
    prefix="/api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}",
    tags=["packages"],
    responses={
        **Unauthenticated.response(),
        **BucketNotFound.response(),
        **RevisionUnreadable.response(),
        **TooManyComparisons.response(),
    },
)


async def question(
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    *,
    base: Annotated[
        str | None,
        Query(description="Revision to compare with, as for `revision`. Default: the previous push."),
    ] = None,
    base_bucket: Annotated[
        str | None, Query(description="Default: the same bucket.", examples=["quilt-example"])
    ] = None,
    base_package: Annotated[
        str | None,
        Query(
            description="AUTHOR/NAME. Default: the same package. With another bucket or package, `base` is `latest` by default."
        ),
    ] = None,
) -> DiffRequest:
    return DiffRequest(bucket, name, revision, base, base_bucket, base_package)


Asked = Annotated[DiffRequest, Depends(question)]


@router.get(
    "/diff",
    summary="List the differences of a revision from the previous push or another revision",
    response_model=Diff,
    responses=InvalidCursor.response(),
)
async def get_diff(
    asked: Asked,
    viewer: Viewer,
    diffs: Diffs,
    *,
    kind: Annotated[list[Kind] | None, Query(description="Only changes of this kind. May be repeated.")] = None,
    cursor: Cursor = None,
    limit: ListingLimit = 100,
) -> Response:
    found = await diffs.page(viewer, asked, kinds=kind or (), cursor=cursor, limit=limit)
    return Response(found, media_type="application/json")


@router.get(
    "/diff.jsonl",
    summary="Export all differences of two revisions as JSON lines",
    description="The first line is a page of `/diff` without `items` and `next`. Each other line is an item.",
    response_class=StreamingResponse,
    responses={**ndjson.RESPONSE, **RateExceeded.response()},
    dependencies=[Charged],
)
async def export_diff(asked: Asked, viewer: Viewer, diffs: Diffs) -> StreamingResponse:
    return ndjson.ndjson_response(await diffs.export(viewer, asked))
