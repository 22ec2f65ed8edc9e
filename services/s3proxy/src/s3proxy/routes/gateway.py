"""The API gateway that Quilt's web catalogs expect: search for the catalog of 2020, and previews."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import aiohttp
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from s3proxy.errors import UnregisteredBucket
from s3proxy.resources import S3ProxyResources
from s3proxy.services.callers import caller_of
from s3proxy.services.previews.errors import NoSuchPreview, Unreadable
from s3proxy.services.previews.fetch import Refusal, read_beginning
from s3proxy.services.previews.locations import PreviewLocation, locate
from s3proxy.services.previews.readers import READERS, entries_only
from shared.aws.signatures import BadSignature, signed_request
from shared.errors import Forbidden, Invalid, NotFound, RateExceeded, Unauthenticated, Unavailable
from shared.permissions import allows
from shared.schemas.gateway import SignedCall
from shared.signed_calls import passed_on
from shared.web.rates import charge


class GatewayRoute(APIRoute):
    """The reason of a 404 is in `error` as well, the only member that Quilt's web catalogs look at."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_missing(request: Request) -> Response:
            try:
                return await handle(request)
            except NotFound as error:
                problem = {**error.problem().model_dump(), "error": error.title, "text": str(error)}
                return JSONResponse(problem, error.status, media_type="application/problem+json")

        return handle_missing


router = APIRouter(prefix="/lambda", tags=["quilt"], route_class=GatewayRoute)

_SERVICE = "execute-api"
_PORT = re.compile(rb":[0-9]+$")
_TIMEOUT_SECONDS = 30
_MAX_LINES = 512
_MAX_PREVIEW_BYTES = 1 << 20


def resources(request: Request) -> S3ProxyResources:
    held: S3ProxyResources = request.app.state.resources
    return held


Res = Annotated[S3ProxyResources, Depends(resources)]


async def signer(request: Request, res: Res) -> SignedCall:
    """The request as its caller signed it; raises Unauthenticated.

    The catalog of 2020 signs the host without its port.
    """
    scope = request.scope
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    bare = [(name, _PORT.sub(b"", value) if name == b"host" else value) for name, value in headers]
    failed = BadSignature("The signature does not match the request")
    for signed in (headers, bare) if bare != headers else (headers,):
        try:
            asked = signed_request(scope["method"], scope["raw_path"].decode("ascii"), scope["query_string"], signed)
            await caller_of(asked, _SERVICE, res.signers)
            return passed_on(asked)
        except BadSignature as error:
            failed = error
    raise Unauthenticated(str(failed)) from failed


Signed = Annotated[SignedCall, Depends(signer)]


@router.get(
    "/search",
    summary="Search as `/api/search` of the registry, with a request that is signed with S3 credentials",
    responses={**Invalid.response(), **Unauthenticated.response(), **Forbidden.response(), **RateExceeded.response()},
    response_class=JSONResponse,
    openapi_extra={"security": [{"awsSignature": []}]},
)
async def search_signed(
    request: Request,
    signed: Signed,
    res: Res,
    *,
    index: Annotated[str, Query(description="`*`, or buckets separated by commas.", examples=["*"])] = "",  # noqa: ARG001 – documented; it is signed
    retry: Annotated[  # noqa: ARG001 – documented; it is signed
        str | None, Query(description="When it is left out, the query is taken as plain words.")
    ] = None,
) -> Response:
    charge(request)
    return Response(await res.registry.search(signed), media_type="application/json")


@router.get(
    "/preview",
    summary="Preview the beginning of an object",
    description="For callers whom the store lets read the URL. Kinds are txt, bed, csv and vcf.",
    responses={**Invalid.response(), **Unauthenticated.response(), **NotFound.response(), **RateExceeded.response()},
)
async def preview_object(
    request: Request,
    res: Res,
    *,
    url: Annotated[
        str,
        Query(
            description="URL of the object, as presigned for AWS.",
            max_length=8192,
            examples=["https://quilt-example.s3.us-east-1.amazonaws.com/amy/wine/data.csv"],
        ),
    ] = "",
    kind: Annotated[
        str, Query(alias="input", description="Kind of the object: txt, bed, csv or vcf.", examples=["csv"])
    ] = "",
    sep: Annotated[str, Query(description="Separator of the cells of a table.", examples=[","])] = ",",
    max_bytes: Annotated[str, Query(description="At most 1,048,576.", examples=["10240"])] = str(_MAX_PREVIEW_BYTES),
    line_count: Annotated[str, Query(description="At most 512.", examples=["512"])] = str(_MAX_LINES),
    compression: Annotated[str, Query(description="gz or empty.", examples=[""])] = "",
) -> Response:
    if kind not in READERS:
        raise NoSuchPreview(f"There are no previews of {kind[:20]!r}, only of: {', '.join(READERS)}")
    if compression not in {"", "gz"} or len(sep) != 1:
        raise Invalid("compression must be gz or empty, and sep must be one character")
    wanted_lines, wanted_bytes = (
        _number("line_count", line_count, _MAX_LINES),
        _number("max_bytes", max_bytes, _MAX_PREVIEW_BYTES),
    )
    charge(request)
    location = await _location(res, url)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            read = await read_beginning(
                *(res.store, res.endpoint, location),
                is_gzip=compression == "gz",
                max_lines=wanted_lines,
                max_bytes=wanted_bytes,
            )
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable("The object store is not responding. Try again") from error
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
    raise NoSuchPreview(f"There is no {rest[:50]!r} here, only search and preview")


async def _location(res: S3ProxyResources, url: str) -> PreviewLocation:
    """The object that the URL names; raises Invalid, Unauthenticated, or NotFound when its signer may not read it."""
    try:
        location = await res.buckets.resolve(lambda names: locate(url, names))
    except UnregisteredBucket as error:
        raise NotFound(str(error)) from error
    bucket = location.address.bucket
    hidden = bucket == res.service_bucket
    if location.access_key_id and not hidden:
        owner = await res.signers.signer(location.access_key_id)
        hidden = not allows(owner.principal, bucket)
    if hidden:  # the store checks the signature, and decides on unsigned URLs
        raise NotFound(f"No bucket {bucket} is registered here")
    return location


def _number(name: str, text: str, max_value: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= max_value):
        raise Invalid(f"Unexpected {name}: {text[:20]} is not a number from 1 to {max_value}")
    return int(text)
