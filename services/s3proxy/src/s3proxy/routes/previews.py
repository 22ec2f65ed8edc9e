"""Contents of files: previews, rows, statistics and thumbnails, for callers with a token or a ticket."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from s3proxy.routes.deps import Res, resources
from s3proxy.services.bearers import Bearer
from s3proxy.services.browsers import SANDBOX
from s3proxy.services.previews import arguments
from s3proxy.services.previews.errors import (
    FileArchived,
    FileChanged,
    NoReader,
    StoreDenied,
    Unreadable,
)
from s3proxy.services.previews.objects import ObjectName
from s3proxy.services.previews.service import PackagedFile
from shared import tickets
from shared.caller import identify
from shared.errors import Invalid, NotFound, RateExceeded, Unauthenticated
from shared.readers import row_parameters
from shared.readers.queries import FileArguments, PreviewOptions, ThumbnailQuery
from shared.schemas.previews import Preview, RowsPage, TableStatistics
from shared.schemas.problem import ArchivedProblem, Problem
from shared.web.auth import Documented
from shared.web.auth import bearer as bearer_token
from shared.web.rates import charge

PREFIX = "/-"
ARROW = "application/vnd.apache.arrow.stream"
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": SANDBOX.decode(),
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept",
}

router = APIRouter(
    prefix=PREFIX,
    tags=["previews"],
    responses={
        **Invalid.response(),
        **Unauthenticated.response(),
        **StoreDenied.response(),
        **NotFound.response(),
        409: {"model": ArchivedProblem, "description": f"{FileChanged.title}. Or: {FileArchived.title}"},
        422: {"model": Problem, "description": f"{Unreadable.title}. Or: {NoReader.title}"},
        **RateExceeded.response(),
    },
)


async def reader(request: Request, res: Res, _: Documented = None) -> Bearer:
    """The caller, by a ticket or else by a token. Raises Unauthenticated or Unavailable."""
    named = request.query_params.multi_items()
    shown = [value for name, value in named if name == tickets.PARAMETER]
    if len(shown) > 1:
        raise Unauthenticated("The address has more than one ticket")
    if shown:
        path = request.scope["raw_path"].decode("latin-1")
        bound = [each for each in named if each[0] != tickets.PARAMETER]
        found = await res.bearers.find_by_ticket(shown[0], path, bound)
    else:
        found = await res.bearers.find_by_token(bearer_token(request))
    identify(found.principal)
    return found


Reader = Annotated[Bearer, Depends(reader)]
Text = Annotated[str | None, Query(max_length=1_024, pattern=r"^[^\x00]*$")]


async def target(
    *,
    bucket: Annotated[str, Query(max_length=255, examples=["quilt-example"])],
    key: Annotated[
        str | None,
        Query(min_length=1, max_length=1_024, description="Key of an object.", examples=["amy/wine/data.csv"]),
    ] = None,
    version_id: Annotated[
        str | None, Query(min_length=1, max_length=1_024, description="Version of the object; the newest if left out.")
    ] = None,
    package: Annotated[
        str | None,
        Query(
            max_length=255,
            pattern=r"^[\w-]+/[\w-]+$",
            description="A package, instead of `key`.",
            examples=["amy/wine"],
        ),
    ] = None,
    revision: Annotated[
        str, Query(max_length=64, description="Revision of the package: a top hash, a time of a push, or `latest`.")
    ] = "latest",
    path: Annotated[
        str | None, Query(min_length=1, max_length=1_024, description="File in the package.", examples=["data.csv"])
    ] = None,
) -> ObjectName | PackagedFile:
    """The file that the parameters name. Raises Invalid."""
    if package is not None and path is not None and key is None and version_id is None:
        return PackagedFile(bucket, package, revision, path)
    if key is not None and package is None and path is None:
        return ObjectName(bucket, key, version_id)
    raise Invalid("A file is named either by key, perhaps with version_id, or by package, revision and path")


Target = Annotated[ObjectName | PackagedFile, Depends(target)]
Table = Annotated[Text, Query(description="Table or sheet; the first if left out.")]
Member = Annotated[Text, Query(description="Path within an archive.", examples=["data/2026.csv"])]
Where = Annotated[
    str | None,
    Query(
        max_length=16_384,
        description="Conditions, of which all must hold: a JSON list of `[column, operator, value]`. Operators are "
        "`= != < <= > >= in contains null`.",
        examples=['[["variety", "=", "riesling"]]'],
    ),
]
Columns = Annotated[
    str | None,
    Query(
        max_length=65_536, description="Names separated by commas, or a JSON list of names.", examples=["variety,price"]
    ),
]


async def answered(
    request: Request, caller: Bearer, asked: ObjectName | PackagedFile, operation: str, how: FileArguments
) -> Response:
    previews = resources(request).previews
    made = await previews.answer(caller, asked, operation, how, partial(charge, request))
    return Response(made.body, media_type=made.media_type, headers=HEADERS)


def get_and_head(path: str, **documented: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A route for GET, which answers HEAD as well."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        router.add_api_route(path, function, methods=["GET"], **documented)
        router.add_api_route(path, function, methods=["HEAD"], include_in_schema=False)
        return function

    return add


@get_and_head("/preview", summary="Show what a file holds", response_model=Preview)
async def preview_file(
    request: Request,
    caller: Reader,
    asked: Target,
    *,
    table: Table = None,
    page: Annotated[int | None, Query(ge=1, le=1_000_000, description="Page of a document, from 1.")] = None,
    member: Member = None,
    shown_as: Annotated[
        Literal["text"] | None,
        Query(alias="as", description="`text`: the text of a file that is something else, too, such as a table."),
    ] = None,
) -> Response:
    options = PreviewOptions(table=table, page=page, member=member, as_text=shown_as == "text")
    return await answered(request, caller, asked, "preview", options)


@get_and_head(
    "/rows",
    summary="Read rows of a table",
    description=f"As JSON, or as an Arrow IPC stream with `Accept: {ARROW}`.",
    response_model=RowsPage,
)
async def read_rows(
    request: Request,
    caller: Reader,
    asked: Target,
    *,
    offset: Annotated[int, Query(ge=0, le=row_parameters.MAX_OFFSET)] = 0,
    limit: Annotated[int, Query(ge=1, le=row_parameters.MAX_ROWS)] = 100,
    columns: Columns = None,
    sort: Annotated[
        Columns, Query(description="Names of columns as in `columns`; `-` before a name means descending.")
    ] = None,
    where: Where = None,
    table: Table = None,
    member: Member = None,
) -> Response:
    query = row_parameters.rows_query(
        offset=offset,
        limit=limit,
        columns=columns,
        sort=sort,
        where=where,
        table=table,
        member=member,
        arrow=ARROW in request.headers.get("accept", ""),
    )
    return await answered(request, caller, asked, "rows", query)


@get_and_head("/stats", summary="Describe the columns of a table, of all rows", response_model=TableStatistics)
async def describe_columns(
    request: Request,
    caller: Reader,
    asked: Target,
    *,
    columns: Columns = None,
    where: Where = None,
    table: Table = None,
    member: Member = None,
) -> Response:
    query = row_parameters.rows_query(
        offset=0, limit=1, columns=columns, sort=None, where=where, table=table, member=member, arrow=False
    )
    return await answered(request, caller, asked, "statistics", query)


@get_and_head(
    "/thumbnail",
    summary="Show a picture, or a page of a document, in a small size",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}, "image/png": {}, "image/jpeg": {}}, "description": "The picture."}},
)
async def draw_thumbnail(
    request: Request,
    caller: Reader,
    asked: Target,
    *,
    size: Annotated[
        str, Query(max_length=20, description="Longest side in pixels, or `w…h…`. At most 2,048.", examples=["256"])
    ] = "256",
    page: Annotated[int | None, Query(ge=1, le=1_000_000, description="Page, from 1.")] = None,
    channels: Annotated[
        str | None, Query(max_length=100, description="Numbers of channels, from 0.", examples=["0,2"])
    ] = None,
    region: Annotated[
        str | None,
        Query(
            max_length=40,
            description="A part of the picture: `left,top,width,height` in pixels of the whole, where the preview has `has_regions`.",
            examples=["4096,2048,1024,1024"],
        ),
    ] = None,
    member: Member = None,
) -> Response:
    width, height = arguments.parse_size(size)
    query = ThumbnailQuery(
        width=width,
        height=height,
        page=page,
        channels=None if channels is None else arguments.parse_channels(channels),
        region=None if region is None else arguments.parse_region(region),
        member=member,
    )
    return await answered(request, caller, asked, "thumbnail", query)
