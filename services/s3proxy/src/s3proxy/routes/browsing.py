"""Files of a revision below the address of a browsing session, for reports in a sandbox."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from s3proxy.routes.archives import (
    DEFAULT_TYPE,
    HEADERS,
    AnswerContent,
    get_and_head_of,
    media_type_of,
    streamed,
    without_body,
)
from s3proxy.routes.deps import Res
from s3proxy.routes.streaming import StreamedResponse
from s3proxy.services.archives.addresses import disposition
from s3proxy.services.archives.reading import StoredFile
from s3proxy.services.browsing import PERMISSIONS, Browsed, file_path, report_policy
from s3proxy.services.previews.errors import FileArchived, FileChanged, StoreDenied
from s3proxy.services.previews.service import PackagedFile
from s3proxy.services.report_storage import SCRIPT, SCRIPT_KEY, ReportStream
from shared.byte_ranges import PreconditionFailed, RangeNotSatisfiable, Wanted, wanted
from shared.caller import identify
from shared.errors import Invalid, NotFound, Unauthenticated
from shared.schemas.browsing_session import browsing_path
from shared.schemas.problem import ArchivedProblem

QUILT_PREFIX = "/browse"
FRAMES = {"frame", "iframe"}
SCRIPT_TYPE = "text/javascript"
PAGE_TYPE = "text/html"
COOKIE_PATH = f"{QUILT_PREFIX}/set_browse_cookie"
"""Address to which Quilt's catalogs send their token before they show a page. The id of a session is all that is needed here."""

router = APIRouter(
    tags=["downloads"],
    responses={
        206: {"description": "The range."},
        304: {"description": "The caller has it already: `If-None-Match`."},
        409: {"model": ArchivedProblem, "description": f"{FileChanged.title}. Or: {FileArchived.title}"},
        **Invalid.response(),
        **Unauthenticated.response(),
        **StoreDenied.response(),
        **NotFound.response(),
        **PreconditionFailed.response(),
        **RangeNotSatisfiable.response(),
    },
)

BrowsingId = Annotated[str, Path(max_length=100, examples=["Jw9hYtU2m1kq3sVb0n8dXr5fPz7cLa4eGi6oTuQxWyE"])]


async def browsed(browsing_id: BrowsingId, res: Res) -> Browsed:
    """The session of the address. Raises NotFound, Unauthenticated or Unavailable."""
    found = await res.browsing.find(browsing_id)
    identify(found.caller.principal)
    return found


@get_and_head_of(
    router,
    f"{QUILT_PREFIX}/{{browsing_id}}/{{path:path}}",
    name="browse_file_for_quilt",
    include_in_schema=False,
)
@get_and_head_of(
    router,
    "/-/browse/{browsing_id}/{path:path}",
    summary="Read a file of a browsing session, or a range of it",
    description="The answer's policy lets a page reach the files of its revision, and nothing else. A path that ends with `/` leads "
    "to the folder's `index.html`. A page that a frame asks for gets one script more, which gives it storage in memory.",
    responses={
        200: {"content": {DEFAULT_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "The file."}
    },
)
async def browse_file(
    request: Request,
    res: Res,
    session: Annotated[Browsed, Depends(browsed)],
    browsing_id: BrowsingId,
    path: Annotated[
        str, Path(max_length=4_096, description="Logical key of the file.", examples=["report/index.html"])
    ],
) -> Response:
    revision, key = session.revision, file_path(path)
    root = f"{browsing_path(browsing_id)}/"
    if request.scope["path"].startswith(f"{QUILT_PREFIX}/"):
        root = root.removeprefix("/-")
    destination = request.headers.get("sec-fetch-dest")
    policy = report_policy(request.headers.get("host", ""), root, is_framed=destination != "document")
    if key == SCRIPT_KEY:
        return Response(SCRIPT, headers={**HEADERS, "Content-Security-Policy": policy}, media_type=SCRIPT_TYPE)
    asked = PackagedFile(revision.bucket, revision.package, revision.top_hash, key)
    found, head = await res.previews.find_object(session.caller, asked)
    is_head = request.method == "HEAD"
    media_type = media_type_of(key)
    is_page = media_type == PAGE_TYPE and destination in FRAMES and not is_head
    etag = head.etag.removesuffix('"') + '-page"' if is_page else head.etag
    part = wanted(request.headers, etag, head.size, has_ranges=not is_head and not is_page)
    content = AnswerContent(
        head.size,
        media_type,
        {
            **HEADERS,
            "Accept-Ranges": "none" if is_page else "bytes",
            "Cache-Control": "private, no-cache",
            "Content-Disposition": disposition(key.rpartition("/")[2], inline=True),
            "Content-Security-Policy": policy,
            "ETag": etag,
            "Permissions-Policy": PERMISSIONS,
            "Vary": "Sec-Fetch-Dest",
            "X-DNS-Prefetch-Control": "off",
        },
    )
    if part.status == Wanted.NOT_MODIFIED or is_head:
        return without_body(part, content)
    file = StoredFile(key, found, head.size, head.etag)
    stream = res.archives.open_file(session.caller, revision.bucket, file, part.start, part.end)
    if not is_page:
        return await streamed(res, stream, part, content)
    page = ReportStream(stream, root)
    known = {"Content-Length": str(head.size + await page.begin()), "Content-Type": media_type}
    headers = {**content.headers, **known}
    return StreamedResponse(page, 200, headers, idle_seconds=res.idle_seconds, traffic=res.traffic)


def cookie_answer(headers: Headers) -> Response:
    """The answer to Quilt's catalogs at COOKIE_PATH, which ask with credentials. It sets no cookie, and takes none."""
    asked = headers.get("access-control-request-headers", "authorization, content-type")
    return JSONResponse(
        {},
        headers={
            "Access-Control-Allow-Origin": headers.get("origin", "*"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": asked,
            "Access-Control-Max-Age": "3000",
            "Cache-Control": "no-store",
            "Vary": "Origin",
            "X-Content-Type-Options": "nosniff",
        },
    )
