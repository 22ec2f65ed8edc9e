"""Previews as Quilt's web catalogs ask for them: by the presigned URL of an object, in the forms of its lambdas."""

import asyncio
import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from s3proxy.resources import S3ProxyResources
from s3proxy.routes.gateway import GatewayRoute
from s3proxy.services.browsers import MEDIA_TYPES
from s3proxy.services.previews import quilt_answers
from s3proxy.services.previews.cache import Answer
from s3proxy.services.previews.errors import NoReader, NoSuchPreview, Unreadable
from s3proxy.services.previews.fetch import read_beginning
from s3proxy.services.previews.presigned import PresignedObject
from shared.errors import Invalid, NotFound, RateExceeded, Unauthenticated, Unavailable
from shared.readers.queries import (
    ARROW_FILE,
    ARROW_FILE_CUT,
    MAX_THUMBNAIL_PIXELS,
    ArrowFileQuery,
    FileArguments,
    PreviewOptions,
    RowsQuery,
    ThumbnailQuery,
)
from shared.readers.row_parameters import MAX_ROWS
from shared.web.rates import charge

router = APIRouter(
    prefix="/lambda",
    tags=["quilt"],
    route_class=GatewayRoute,
    responses={
        **Invalid.response(),
        **Unauthenticated.response(),
        **NotFound.response(),
        **Unreadable.response(),
        **RateExceeded.response(),
    },
)

QUILT_INFO = "X-Quilt-Info"
MAX_NAMES_IN_HEADER = 50
MAX_KEYS_IN_HEADER = 10
"""Names of each part of AnnData."""
MAX_TREE_BYTES = 64 << 10
_TIMEOUT_SECONDS = 30
_MAX_LINES = 512
_MAX_PREVIEW_BYTES = 1 << 20
_TABLES = frozenset({"csv", "excel", "fcs", "parquet"})
_TABULAR = frozenset({"csv", "tsv", "excel", "parquet", "jsonl", "h5ad", "txt"})
_ARROW = {"csv": None, "tsv": None, "h5ad": "var"}
"""Kinds that are answered as Arrow, as Quilt's service does, and the table of each."""
_TABULAR_SIZES = {"small": (1_000, 100_000), "medium": (5_000, 500_000), "large": (20_000, 4 << 20)}
"""Rows, and bytes of CSV or Arrow."""
_THUMBNAIL_SIZES = {
    f"w{width}h{height}": (width, height)
    for width, height in (
        *((32, 32), (64, 64), (128, 128), (256, 256), (480, 320)),
        *((640, 480), (960, 640), (1024, 768), (2048, 1536)),
    )
}
_TRANSCODED = frozenset({"video/mp4", "video/webm", "audio/mpeg", "audio/ogg"})
_COMPRESSIONS = frozenset({"", "gz", "bz2"})


async def presigned(
    request: Request,
    url: Annotated[
        str,
        Query(
            description="URL of the object, as presigned for AWS.",
            max_length=8192,
            examples=["https://quilt-example.s3.us-east-1.amazonaws.com/amy/wine/data.csv"],
        ),
    ] = "",
) -> PresignedObject:
    res: S3ProxyResources = request.app.state.resources
    return await res.presigned.open(url)


Presigned = Annotated[PresignedObject, Depends(presigned)]
Compression = Annotated[str, Query(description="gz, bz2 or empty; the content itself decides.", examples=[""])]


async def answer(
    request: Request, asked: PresignedObject, operation: str, how: FileArguments, *, kind: str = "", sep: str = ","
) -> Answer:
    res: S3ProxyResources = request.app.state.resources
    read_as = quilt_answers.read_as(asked.name.key, kind, sep)
    return await res.previews.answer_presigned(asked, read_as, operation, how, partial(charge, request))


@router.get(
    "/preview",
    summary="Preview an object as JSON and HTML",
    description="For callers whom the store lets read the URL. Inputs are csv, excel, fcs, ipynb, parquet, vcf, bed and txt.",
)
async def preview_object(
    request: Request,
    asked: Presigned,
    *,
    kind: Annotated[
        str,
        Query(
            alias="input",
            description="Kind of the object: bed, csv, excel, fcs, ipynb, parquet, txt or vcf.",
            examples=["csv"],
        ),
    ] = "",
    sep: Annotated[
        str, Query(description="One character. The content itself decides on the separator.", examples=[","])
    ] = ",",
    max_bytes: Annotated[str, Query(description="At most 1,048,576.", examples=["10240"])] = str(_MAX_PREVIEW_BYTES),
    line_count: Annotated[str, Query(description="At most 512.", examples=["512"])] = str(_MAX_LINES),
    exclude_output: Annotated[
        str, Query(description="`true`: without the outputs of a notebook.", examples=["false"])
    ] = "",
    compression: Compression = "",
) -> Response:
    if compression not in _COMPRESSIONS or len(sep) != 1:
        raise Invalid("compression must be gz, bz2 or empty, and sep must be one character")
    lines, size = _number("line_count", line_count, _MAX_LINES), _number("max_bytes", max_bytes, _MAX_PREVIEW_BYTES)
    if kind in quilt_answers.OF_LINES:
        return await _preview_lines(request, asked, kind=kind, max_lines=lines, max_bytes=size, compression=compression)
    if kind in _TABLES:
        made = await answer(request, asked, "preview", PreviewOptions(max_rows=lines), kind=kind, sep=sep)
        return JSONResponse(await asyncio.to_thread(quilt_answers.table, made.body, kind))
    if kind == "ipynb":
        made = await answer(request, asked, "preview", PreviewOptions())
        shown = partial(quilt_answers.notebook, made.body, with_outputs=exclude_output != "true")
        return JSONResponse(await asyncio.to_thread(shown))
    known = ", ".join(sorted({*quilt_answers.OF_LINES, *_TABLES, "ipynb"}))
    raise NoSuchPreview(f"There are no previews of {kind[:20]!r}, only of: {known}")


async def _preview_lines(
    request: Request, asked: PresignedObject, *, kind: str, max_lines: int, max_bytes: int, compression: str
) -> Response:
    lines = None
    if compression != "bz2":
        lines = await _first_lines(request, asked, max_lines, max_bytes, is_gzip=compression == "gz")
    if lines is None:
        made = await answer(request, asked, "preview", PreviewOptions(max_bytes=max_bytes, as_text=True))
        lines = await asyncio.to_thread(quilt_answers.lines, made.body, max_lines)
    if asked.location.is_manifest:
        lines = quilt_answers.entries_only(lines)
    return JSONResponse(await asyncio.to_thread(quilt_answers.OF_LINES[kind], lines))


async def _first_lines(
    request: Request, asked: PresignedObject, max_lines: int, max_bytes: int, *, is_gzip: bool
) -> list[str] | None:
    """The lines, or None for content that only readers unpack."""
    charge(request)
    res: S3ProxyResources = request.app.state.resources
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            read = await read_beginning(
                res.requests, asked.make, is_gzip=is_gzip, max_lines=max_lines, max_bytes=max_bytes
            )
    except TimeoutError as error:
        raise Unavailable("The object store is not responding. Try again") from error
    return read.lines if read else None


@router.get(
    "/tabular-preview",
    summary="Read the first rows of a table as Arrow or CSV",
    description=f"The header `{QUILT_INFO}` says whether rows are missing.",
    response_class=Response,
    responses={200: {"content": {ARROW_FILE: {}, "text/csv": {}}, "description": "The rows."}},
)
async def preview_table(
    request: Request,
    asked: Presigned,
    *,
    kind: Annotated[
        str, Query(alias="input", description="csv, tsv, excel, parquet, jsonl or h5ad.", examples=["csv"])
    ] = "",
    size: Annotated[str, Query(description="small, medium or large.", examples=["small"])] = "small",
    compression: Compression = "",
) -> Response:
    if kind not in _TABULAR or size not in _TABULAR_SIZES or compression not in _COMPRESSIONS:
        raise Invalid(
            f"input must be one of {', '.join(sorted(_TABULAR))}; size one of {', '.join(_TABULAR_SIZES)}; "
            "compression gz, bz2 or empty"
        )
    max_rows, max_bytes = _TABULAR_SIZES[size]
    if kind in _ARROW:
        query = ArrowFileQuery(max_rows=max_rows, max_bytes=max_bytes, table=_ARROW[kind])
        made = await answer(request, asked, "arrow_file", query, kind=kind)
        shown: dict[str, Any] = {"truncated": made.media_type == ARROW_FILE_CUT}
        if kind == "h5ad":
            about = await answer(request, asked, "preview", PreviewOptions(max_bytes=MAX_TREE_BYTES))
            shown["meta"] = quilt_answers.annotated_data(json.loads(about.body), max_names=MAX_KEYS_IN_HEADER)
        return Response(made.body, media_type=ARROW_FILE, headers={QUILT_INFO: json.dumps(shown)})
    written = quilt_answers.DelimitedText(max_bytes)
    for offset in range(0, max_rows, MAX_ROWS):
        page = await answer(request, asked, "rows", RowsQuery(offset=offset, limit=MAX_ROWS), kind=kind)
        if not await asyncio.to_thread(written.add, page.body):
            break
    info: dict[str, Any] = {"truncated": written.is_cut}
    if kind == "parquet":
        about = await answer(request, asked, "preview", PreviewOptions(max_rows=1))
        info["meta"] = quilt_answers.parquet_details(json.loads(about.body), max_names=MAX_NAMES_IN_HEADER)
    return Response(written.text(), media_type="text/csv", headers={QUILT_INFO: json.dumps(info)})


@router.get(
    "/thumbnail",
    summary="Show a picture, or a page of a document, in a small size",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}, "application/json": {}}, "description": "The picture."}},
)
async def draw_quilt_thumbnail(
    request: Request,
    asked: Presigned,
    *,
    size: Annotated[str, Query(description="Such as w256h256.", examples=["w256h256"])] = "",
    kind: Annotated[str, Query(alias="input", description="pdf, pptx or empty.", examples=["pdf"])] = "",
    page: Annotated[str, Query(description="Page of a document, from 1.", examples=["1"])] = "1",
    count_pages: Annotated[
        str, Query(alias="countPages", description="`true`: count the pages.", examples=["true"])
    ] = "",
    output: Annotated[
        str, Query(description="`json`: the picture in base64, with its size.", examples=["raw"])
    ] = "raw",
) -> Response:
    if size not in _THUMBNAIL_SIZES:
        raise Invalid(f"Unexpected size: it must be one of {', '.join(_THUMBNAIL_SIZES)}")
    width, height = _THUMBNAIL_SIZES[size]
    is_document = kind in {"pdf", "pptx"}
    number = _number("page", page, 1_000_000) if is_document else None
    if is_document:  # a page is as wide as was asked for
        height = MAX_THUMBNAIL_PIXELS
    made = await answer(request, asked, "thumbnail", ThumbnailQuery(width=width, height=height, page=number))
    about = None
    if count_pages == "true" or output == "json":
        about = (await answer(request, asked, "preview", PreviewOptions())).body
    info = quilt_answers.thumbnail_info(made.media_type, made.body, about)
    if output == "json":
        return JSONResponse(quilt_answers.thumbnail_document(info, made.body))
    return Response(made.body, media_type=made.media_type, headers={QUILT_INFO: json.dumps(info)})


@router.get(
    "/transcode",
    summary="Play audio or video in a browser",
    description="Media that browsers play are redirected to; others are refused, since nothing is transcoded here.",
    status_code=302,
    response_class=RedirectResponse,
)
async def play_media(
    asked: Presigned,
    wanted: Annotated[
        str,
        Query(alias="format", description="video/mp4, video/webm, audio/mpeg or audio/ogg.", examples=["video/mp4"]),
    ] = "",
) -> Response:
    if wanted not in _TRANSCODED:
        raise Invalid(f"Unexpected format: it must be one of {', '.join(sorted(_TRANSCODED))}")
    stored = MEDIA_TYPES.get(asked.name.key.rpartition(".")[2].lower(), b"").decode()
    if stored.partition("/")[0] != wanted.partition("/")[0]:
        raise NoReader("Browsers do not play this file, and this installation does not transcode")
    location = asked.location
    query = f"?{location.query}" if location.query else ""
    return RedirectResponse(f"/{location.address.host}{location.address.path}{query}", 302)


def _number(name: str, text: str, max_value: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= max_value):
        raise Invalid(f"Unexpected {name}: {text[:20]} is not a number from 1 to {max_value}")
    return int(text)
