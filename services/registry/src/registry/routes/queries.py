"""Queries in SQL over the files of packages, their results, and statements that people keep."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from registry.errors import (
    BucketNotFound,
    QueriesNotSetUp,
    QueryFinished,
    QueryNotFound,
    QueryUnfinished,
    ResultGone,
    RevisionUnreadable,
    RowsRefused,
    SavedQueryNotFound,
    SqlRefused,
    TooManyQueries,
    TooManySavedQueries,
)
from registry.routes.deps import BucketInPath, PackageName, Queries, Res, Results
from registry.services.queries.service import TICKET_PARAMETERS
from shared import tickets
from shared.byte_ranges import PreconditionFailed, RangeNotSatisfiable, Wanted
from shared.byte_ranges import wanted as wanted_bytes
from shared.caller import identify
from shared.errors import AdminOnly, Forbidden, InvalidCursor, RateExceeded, Unauthenticated
from shared.principals import TicketSource
from shared.readers.row_parameters import MAX_OFFSET, MAX_ROWS, rows_query
from shared.schemas.page import Page
from shared.schemas.principal import Principal
from shared.schemas.queries import (
    QueryRows,
    ResultFormat,
    RowDifferenceCreate,
    SavedQuery,
    SavedQueryChange,
    SavedQueryRun,
    SqlQuery,
    SqlQueryCreate,
    SqlQueryRun,
)
from shared.web.auth import Documented, Viewer, bearer
from shared.web.pages import Cursor, Limit
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

MEDIA_TYPES: dict[ResultFormat, str] = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson",
    "arrow": "application/vnd.apache.arrow.stream",
}

router = APIRouter(prefix="/api/v1", tags=["queries"], responses=Unauthenticated.response(), route_class=CallerFirst)

QueryId = Annotated[UUID, Path(examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"])]
SavedQueryId = Annotated[UUID, Path(examples=["0c8f2a44-3a8e-4f0e-8d8c-2a51d6f1c9b7"])]
Columns = Annotated[
    str | None,
    Query(max_length=100_000, pattern=r"^[^\x00]*$", description="Names separated by commas, or a JSON list of names."),
]
_SUBMITTING: dict[int | str, dict[str, Any]] = {
    **QueriesNotSetUp.response(),
    **TooManyQueries.response(),
    **RateExceeded.response(),
}


async def result_reader(request: Request, res: Res, _: Documented = None) -> Principal:
    """The caller, by a ticket for the result or else by a token. Raises Unauthenticated or Unavailable."""
    named = request.query_params.multi_items()
    shown = [value for name, value in named if name == tickets.PARAMETER]
    source: TicketSource = request.app.state.principals
    if not shown:
        found = await source.principal(bearer(request))
    else:
        claims = await source.ticket_claims(shown[0])
        bound = [each for each in named if each[0] not in TICKET_PARAMETERS]
        if len(shown) > 1 or not claims.permits(shown[0], request.scope["raw_path"].decode("latin-1"), bound):
            raise Unauthenticated("The ticket is for another address")
        found = (await res.directory.resolve_ticket(shown[0])).principal
    identify(found)
    return found


ResultViewer = Annotated[Principal, Depends(result_reader)]


def _accepted(response: Response, query: SqlQuery) -> SqlQuery:
    response.headers["Location"] = f"/api/v1/queries/{query.id}"
    return query


@router.post(
    "/queries",
    status_code=202,
    summary="Run a query",
    description="It is accepted at once and runs as a job. Read `Location` until `state` is `done`, `failed` or `cancelled`. What is wrong "
    "with the statement is in `problem`.",
    responses=_SUBMITTING,
    dependencies=[Charged],
)
async def create_query(wanted: SqlQueryCreate, viewer: Viewer, queries: Queries, response: Response) -> SqlQuery:
    return _accepted(response, await queries.submit(viewer, wanted))


@router.get(
    "/queries",
    summary="List your queries, newest first",
    responses={**InvalidCursor.response(), **Forbidden.response()},
)
async def list_queries(
    viewer: Viewer,
    queries: Queries,
    *,
    everyone: Annotated[bool, Query(description="Queries of all users, for administrators.")] = False,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[SqlQuery]:
    if everyone and not viewer.is_admin:
        raise AdminOnly("Only administrators may list the queries of all users")
    return await queries.page(viewer, everyones=everyone, after=cursor, limit=limit)


@router.get("/queries/{query_id}", summary="Get a query", responses=QueryNotFound.response())
async def get_query(query_id: QueryId, viewer: Viewer, queries: Queries) -> SqlQuery:
    return await queries.get(viewer, query_id)


@router.post(
    "/queries/{query_id}/cancel",
    summary="Cancel a query",
    responses={**QueryNotFound.response(), **QueryFinished.response()},
)
async def cancel_query(query_id: QueryId, viewer: Viewer, queries: Queries) -> SqlQuery:
    return await queries.cancel(viewer, query_id)


@router.post(
    "/queries/{query_id}/run",
    status_code=202,
    summary="Run a query again, over the same revisions",
    responses={**QueryNotFound.response(), **_SUBMITTING},
    dependencies=[Charged],
)
async def run_query_again(
    query_id: QueryId, viewer: Viewer, queries: Queries, response: Response, wanted: SqlQueryRun | None = None
) -> SqlQuery:
    return _accepted(response, await queries.run_again(viewer, query_id, wanted or SqlQueryRun()))


@router.delete(
    "/queries/{query_id}",
    status_code=204,
    summary="Remove a query and its result",
    responses={**QueryNotFound.response(), **QueryUnfinished.response()},
)
async def delete_query(query_id: QueryId, viewer: Viewer, queries: Queries) -> None:
    await queries.remove(viewer, query_id)


@router.get(
    "/queries/{query_id}/result",
    summary="Download a result",
    description="With a token, or at the address in `result.url`, whose ticket holds for every format. Answers `HEAD`, ranges and "
    "conditions, too.",
    response_class=StreamingResponse,
    responses={
        200: {"content": {media_type.partition(";")[0]: {} for media_type in MEDIA_TYPES.values()}},
        206: {"description": "The range."},
        304: {"description": "The ETag is the one in `If-None-Match`."},
        **QueryNotFound.response(),
        **ResultGone.response(),
        **PreconditionFailed.response(),
        **RangeNotSatisfiable.response(),
    },
)
@router.head("/queries/{query_id}/result", include_in_schema=False)
async def download_result(
    query_id: QueryId,
    request: Request,
    viewer: ResultViewer,
    results: Results,
    *,
    wanted: Annotated[ResultFormat, Query(alias="format")] = "parquet",
    ticket: Annotated[str | None, Query(description="In place of a token.")] = None,
) -> Response:
    del ticket
    file = await results.file(viewer, query_id, wanted)
    etag = f'"{file.etag}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{query_id}.{wanted}"',
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    found = wanted_bytes(request.headers, etag, file.size)
    if found.status == Wanted.NOT_MODIFIED:
        return Response(status_code=found.status, headers=headers)
    headers["Content-Length"] = str(found.end - found.start)
    if found.status == HTTPStatus.PARTIAL_CONTENT:
        headers["Content-Range"] = f"bytes {found.start}-{found.end - 1}/{file.size}"
    if request.method == "HEAD":
        return Response(status_code=found.status, media_type=MEDIA_TYPES[wanted], headers=headers)
    chunks = file.chunks(found.start, found.end)
    return StreamingResponse(chunks, found.status, media_type=MEDIA_TYPES[wanted], headers=headers)


@router.get(
    "/queries/{query_id}/rows",
    summary="Read rows of a result",
    responses={**QueryNotFound.response(), **ResultGone.response(), **RowsRefused.response()},
)
async def read_result_rows(
    query_id: QueryId,
    viewer: Viewer,
    results: Results,
    *,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 100,
    columns: Columns = None,
    sort: Annotated[
        Columns, Query(description="Names of columns as in `columns`; `-` before a name means descending.")
    ] = None,
    where: Annotated[
        str | None,
        Query(
            max_length=16_384,
            description="Conditions, of which all must hold: a JSON list of `[column, operator, value]`. Operators are "
            "`= != < <= > >= in contains null`.",
            examples=['[["$change", "=", "added"]]'],
        ),
    ] = None,
) -> QueryRows:
    query = rows_query(offset=offset, limit=limit, columns=columns, sort=sort, where=where)
    return await results.rows(viewer, query_id, query)


@router.get(
    "/saved-queries",
    summary="List saved queries: yours, and those that others share",
    responses=InvalidCursor.response(),
)
async def list_saved_queries(
    viewer: Viewer, queries: Queries, *, cursor: Cursor = None, limit: Limit = 20
) -> Page[SavedQuery]:
    return await queries.saved_page(viewer, after=cursor, limit=limit)


@router.post("/saved-queries", status_code=201, summary="Save a query", responses=TooManySavedQueries.response())
async def create_saved_query(wanted: SavedQueryChange, viewer: Viewer, queries: Queries) -> SavedQuery:
    return await queries.save(viewer, wanted)


@router.get("/saved-queries/{saved_query_id}", summary="Get a saved query", responses=SavedQueryNotFound.response())
async def get_saved_query(saved_query_id: SavedQueryId, viewer: Viewer, queries: Queries) -> SavedQuery:
    return await queries.find_saved(viewer, saved_query_id)


@router.put("/saved-queries/{saved_query_id}", summary="Replace a saved query", responses=SavedQueryNotFound.response())
async def replace_saved_query(
    saved_query_id: SavedQueryId, wanted: SavedQueryChange, viewer: Viewer, queries: Queries
) -> SavedQuery:
    return await queries.replace_saved(viewer, saved_query_id, wanted)


@router.delete(
    "/saved-queries/{saved_query_id}",
    status_code=204,
    summary="Remove a saved query",
    responses=SavedQueryNotFound.response(),
)
async def delete_saved_query(saved_query_id: SavedQueryId, viewer: Viewer, queries: Queries) -> None:
    await queries.remove_saved(viewer, saved_query_id)


@router.post(
    "/saved-queries/{saved_query_id}/run",
    status_code=202,
    summary="Run a saved query, with your rights",
    responses={**SavedQueryNotFound.response(), **SqlRefused.response(), **_SUBMITTING},
    dependencies=[Charged],
)
async def run_saved_query(
    saved_query_id: SavedQueryId,
    viewer: Viewer,
    queries: Queries,
    response: Response,
    wanted: SavedQueryRun | None = None,
) -> SqlQuery:
    return _accepted(response, await queries.run_saved(viewer, saved_query_id, wanted or SavedQueryRun()))


@router.post(
    "/buckets/{bucket}/packages/{author}/{name}/row-differences",
    status_code=202,
    summary="Compare the rows of a table in two revisions",
    description="Runs as a query of the kind `row_difference`, whose result has the rows that differ.",
    responses={**BucketNotFound.response(), **RevisionUnreadable.response(), **_SUBMITTING},
    dependencies=[Charged],
)
async def create_row_difference(
    *,
    bucket: BucketInPath,
    name: PackageName,
    wanted: RowDifferenceCreate,
    viewer: Viewer,
    queries: Queries,
    response: Response,
) -> SqlQuery:
    return _accepted(response, await queries.submit_difference(viewer, bucket, name, wanted))
