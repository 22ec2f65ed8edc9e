"""The API gateway that Quilt's web catalogs expect besides S3: search for the catalog of 2020, and previews."""

import asyncio
from typing import Annotated, Any

import aiohttp
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from s3proxy.errors import UnregisteredBucket
from s3proxy.resources import S3ProxyResources
from s3proxy.services.callers import caller_of
from s3proxy.services.previews.errors import NoSuchPreview, Unreadable
from s3proxy.services.previews.fetch import Refusal, beginning
from s3proxy.services.previews.locations import PreviewLocation, locate
from s3proxy.services.previews.readers import READERS, entries_only
from s3proxy.services.signatures import BadSignature, signed_request
from shared.errors import Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from shared.permissions import allows
from shared.schemas.principal import Principal

router = APIRouter(prefix="/lambda", tags=["quilt"])

_SERVICE = "execute-api"
_TIMEOUT_SECONDS = 30
_MAX_LINES = 512
_MAX_PREVIEW_BYTES = 1 << 20
_OBJECTS_ONLY = "*,-*_packages"
_SIMPLE = "2"


def resources(request: Request) -> S3ProxyResources:
    held: S3ProxyResources = request.app.state.resources
    return held


Res = Annotated[S3ProxyResources, Depends(resources)]


async def signed(request: Request, res: Res) -> Principal:
    """Whoever signed the request; raises Unauthenticated."""
    scope = request.scope
    try:
        asked = signed_request(
            scope["method"], scope["raw_path"].decode("ascii"), scope["query_string"], scope["headers"]
        )
        return await caller_of(asked, _SERVICE, res.signers)
    except BadSignature as error:
        raise Unauthenticated(str(error)) from error


Caller = Annotated[Principal, Depends(signed)]


@router.get(
    "/search",
    summary="`/api/search` of the registry, for requests that are signed with S3 credentials",
    responses={**Invalid.response(), **Unauthenticated.response(), **Forbidden.response()},
    response_class=JSONResponse,
    openapi_extra={"security": [{"awsSignature": []}]},
)
async def search_signed(
    request: Request,
    caller: Caller,
    res: Res,
    *,
    index: Annotated[str, Query(description="`*`, or buckets with commas.", examples=["*"])] = "",
    retry: Annotated[str | None, Query(description="Left out: the query is taken as words.")] = None,
) -> Response:
    asked = dict(request.query_params)
    if index == "*":
        asked["index"] = _OBJECTS_ONLY
    if retry is None:
        asked["retry"] = _SIMPLE
    return Response(await res.registry.search(caller, asked), media_type="application/json")


@router.get(
    "/preview",
    summary="The beginning of an object, made ready to be shown",
    description="For whom the store lets read the URL. Kinds are txt, bed, csv and vcf.",
    responses={**Invalid.response(), **Unauthenticated.response(), **NotFound.response()},
)
async def preview_object(
    res: Res,
    *,
    url: Annotated[
        str,
        Query(
            description="Of the object, as presigned for AWS.",
            max_length=8192,
            examples=["https://quilt-example.s3.us-east-1.amazonaws.com/amy/wine/data.csv"],
        ),
    ] = "",
    kind: Annotated[str, Query(alias="input", description="What the object is.", examples=["csv"])] = "",
    sep: Annotated[str, Query(description="Between the cells of a table.", examples=[","])] = ",",
    max_bytes: Annotated[str, Query(description="At most 1,048,576.", examples=["10240"])] = str(_MAX_PREVIEW_BYTES),
    line_count: Annotated[str, Query(description="At most 512.", examples=["512"])] = str(_MAX_LINES),
    compression: Annotated[str, Query(description="gz or nothing.", examples=[""])] = "",
) -> Response:
    if kind not in READERS:
        raise NoSuchPreview(f"No previews of {kind[:20]!r} here; there are: {', '.join(READERS)}")
    if compression not in {"", "gz"} or len(sep) != 1:
        raise Invalid("Unexpected compression: gz or nothing. Or sep: one character")
    most_lines, most_bytes = (
        _number("line_count", line_count, _MAX_LINES),
        _number("max_bytes", max_bytes, _MAX_PREVIEW_BYTES),
    )
    location = await _location(res, url)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            read = await beginning(
                *(res.store, res.endpoint, location),
                packed=compression == "gz",
                most_lines=most_lines,
                most_bytes=most_bytes,
            )
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable("The object store does not answer; try again") from error
    if isinstance(read, Refusal):
        return JSONResponse({"error": read.reason, "text": read.text}, read.status)
    lines = entries_only(read.lines) if location.is_manifest else read.lines
    try:
        shown: dict[str, Any] = await asyncio.to_thread(READERS[kind], lines, sep, more=read.more)
    except Unreadable as error:
        raise Unreadable(f"No preview: {error}") from error
    return JSONResponse(shown)


@router.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def refuse_unknown(rest: str) -> Response:
    raise NoSuchPreview(f"No {rest[:50]!r} here; there are search and preview")


async def _location(res: S3ProxyResources, url: str) -> PreviewLocation:
    """Raises Invalid, Unauthenticated, or NotFound for what is not the signer's to read."""
    try:
        location = await res.buckets.resolve(lambda names: locate(url, names))
    except UnregisteredBucket as error:
        raise NotFound(str(error)) from error
    bucket = location.address.bucket
    hidden = bucket == res.service_bucket
    if location.access_key_id and not hidden:
        signer = await res.signers.signer(location.access_key_id)
        hidden = not allows(signer.principal, bucket)
    if hidden:  # what nobody signed the store decides about, and about true and false signatures
        raise NotFound(f"No bucket {bucket} is registered here")
    return location


def _number(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        raise Invalid(f"Unexpected {name}: {text[:20]} is not a number from 1 to {most}")
    return int(text)
