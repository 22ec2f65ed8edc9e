"""The API gateway that Quilt's web catalogs expect: search for the catalog of 2020, and an answer to every other path."""

import re
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from s3proxy.routes.deps import Res
from s3proxy.services.callers import caller_of
from s3proxy.services.previews.errors import NoReader, NoSuchPreview, Unreadable
from s3proxy.services.previews.objects import StoreRefusal
from shared.aws.signatures import BadSignature, signed_request
from shared.errors import Conflict, Forbidden, Invalid, NotFound, RateExceeded, Unauthenticated
from shared.schemas.gateway import SignedCall
from shared.signed_calls import passed_on
from shared.web.rates import charge


class GatewayRoute(APIRoute):
    """The reason of a failure is in `error` as well, and the store's own answer in `text`: Quilt's web catalogs look at these two."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_failures(request: Request) -> Response:
            try:
                return await handle(request)
            except StoreRefusal as refusal:
                return JSONResponse({"error": refusal.reason, "text": refusal.text}, refusal.status)
            except (NotFound, Conflict, Unreadable, NoReader) as error:
                problem = {**error.problem().model_dump(), "error": error.title, "text": str(error)}
                return JSONResponse(problem, error.status, media_type="application/problem+json")

        return handle_failures


router = APIRouter(prefix="/lambda", tags=["quilt"], route_class=GatewayRoute)

_SERVICE = "execute-api"
_PORT = re.compile(rb":[0-9]+$")


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


@router.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def refuse_unknown(rest: str) -> Response:
    raise NoSuchPreview(
        f"There is no {rest[:50]!r} here, only search, preview, tabular-preview, thumbnail and transcode"
    )
