"""ZIP archives that Quilt's web catalogs ask for by forms. A browser shows the answer, so errors are pages."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from html import escape
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from typing_extensions import override

from s3proxy.resources import S3ProxyResources
from s3proxy.routes.archives import AnswerContent, Author, Bucket, Name, record_download, streamed
from s3proxy.routes.deps import resources
from s3proxy.services.archives.addresses import MEDIA_TYPES, ArchiveAddress, disposition
from s3proxy.services.archives.streams import ContentStream
from s3proxy.services.bearers import Bearer
from s3proxy.services.browsers import SANDBOX
from shared.byte_ranges import Wanted
from shared.caller import identify
from shared.errors import AppError, Invalid, NotFound, RateExceeded, Unauthenticated
from shared.schemas.archive import MAX_SELECTED_PATHS, ArchiveRequest
from shared.web.rates import charge

MAX_FORM_FIELDS = MAX_SELECTED_PATHS + 10
_PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }}</style>
<h1>The download did not start</h1><p>{title}</p><p>{detail}</p><p>Go back to the catalog, and try again.</p></html>"""


class FormRoute(APIRoute):
    """Answers errors with a page."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_failures(request: Request) -> Response:
            try:
                return await handle(request)
            except AppError as error:
                shown = str(error) if str(error) != error.title else ""
                page = _PAGE.format(title=escape(error.title), detail=escape(shown))
                headers = {**error.answer_headers(), "Content-Security-Policy": SANDBOX.decode()}
                return HTMLResponse(page, error.status, headers)

        return handle_failures


router = APIRouter(
    prefix="/zip",
    tags=["quilt"],
    route_class=FormRoute,
    responses={**Unauthenticated.response(), **NotFound.response(), **RateExceeded.response()},
)

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["token"],
                    "properties": {
                        "token": {
                            "type": "string",
                            "description": "An access token.",
                            "examples": ["eyJhbGciOiJSUzI1NiIs…"],
                        },
                        "file": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Files, or folders with a slash at the end; all if left out.",
                            "examples": [["README.md", "data/"]],
                        },
                    },
                }
            }
        },
    }
}
_DESCRIPTION = "For a browser, which saves the archive or shows the error: errors are pages in HTML."
_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {MEDIA_TYPES["zip"]: {"schema": {"type": "string", "format": "binary"}}},
        "description": "The archive.",
    }
}


@dataclass(frozen=True, slots=True)
class ArchiveForm:
    caller: Bearer
    token: str
    files: list[str]


async def form(request: Request) -> ArchiveForm:
    """Raises Unauthenticated or Invalid."""
    try:
        fields = parse_qs((await request.body()).decode(), max_num_fields=MAX_FORM_FIELDS)
    except ValueError as error:
        raise Invalid(f"The form cannot be read, or has more than {MAX_FORM_FIELDS:,} fields") from error
    token = fields.get("token", [""])[0]
    if not token:
        raise Unauthenticated("Sign in to the catalog to download")
    caller = await resources(request).bearers.find_by_token(token)
    identify(caller.principal)
    return ArchiveForm(caller, token, fields.get("file", []))


Form = Annotated[ArchiveForm, Depends(form)]


Revision = Annotated[str, Path(max_length=64, description="Top hash.", examples=["1f3c0a2b" * 8])]


async def package_address(bucket: Bucket, author: Author, name: Name, revision: Revision) -> ArchiveAddress:
    return ArchiveAddress(bucket, f"{author}/{name}", revision, "zip")


Folder = Annotated[str, Path(max_length=4_096, examples=["data/"])]
AskedPackage = Annotated[ArchiveAddress, Depends(package_address)]


@router.post(
    "/package/{bucket}/{author}/{name}/{revision}",
    summary="Download a package as a ZIP archive, by a form",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_ARCHIVE,
    openapi_extra=_FORM,
)
async def download_package(request: Request, asked: AskedPackage, given: Form) -> Response:
    return await _package(request, asked, given)


@router.post(
    "/package/{bucket}/{author}/{name}/{revision}/{path:path}",
    summary="Download a folder of a package as a ZIP archive, by a form",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_ARCHIVE,
    openapi_extra=_FORM,
)
async def download_package_folder(request: Request, asked: AskedPackage, path: Folder, given: Form) -> Response:
    return await _package(request, replace(asked, path=path.strip("/") or None), given)


async def _package(request: Request, address: ArchiveAddress, given: ArchiveForm) -> Response:
    charge(request)
    res = resources(request)
    if given.files:
        folder = f"{address.path}/" if address.path else ""
        paths = [name if name.startswith(folder) else folder + name for name in given.files]
        wanted = ArchiveRequest(paths=[path.strip("/") for path in paths], format="zip")
        made = await res.registry.create_archive(given.token, address.bucket, address.package, address.revision, wanted)
        address = replace(address, revision=made.top_hash, path=made.path, selection=made.selection)
    plan = await res.archives.plan(given.caller, address)
    stream = res.archives.open_zip(given.caller, address, plan)
    target = f"package:{address.bucket}/{address.package}@{plan.top_hash[:10]}"
    return await _sent(res, stream, plan.zip_bytes, address.file_name(plan.top_hash), target)


@router.post(
    "/dir/{bucket}/{prefix:path}",
    summary="Download a folder of a bucket as a ZIP archive, by a form",
    description=_DESCRIPTION,
    response_class=Response,
    responses=_ARCHIVE,
    openapi_extra=_FORM,
)
async def download_bucket_folder(request: Request, bucket: Bucket, prefix: Folder, given: Form) -> Response:
    charge(request)
    res, folder = resources(request), prefix and prefix.rstrip("/") + "/"
    keys = await res.rights.find_keys(given.caller, bucket)
    listed = await res.listings.list_files(keys, bucket, folder, given.files)
    stream = res.archives.open_listed_zip(given.caller, bucket, listed)
    name = folder.rstrip("/").rpartition("/")[2] or bucket
    return await _sent(res, stream, listed.zip_bytes, f"{name}.zip", f"bucket:{bucket}/{folder}")


async def _sent(res: S3ProxyResources, stream: ContentStream, size: int, name: str, target: str) -> Response:
    headers = {
        "Content-Disposition": disposition(name),
        "Content-Security-Policy": SANDBOX.decode(),
        "Accept-Ranges": "none",
    }
    answer = await streamed(res, stream, Wanted(200, 0, size), AnswerContent(size, MEDIA_TYPES["zip"], headers))
    record_download(res, target)
    return answer
