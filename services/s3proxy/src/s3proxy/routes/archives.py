"""Packages as archives, and single files of packages, for callers with a token or a ticket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from mimetypes import MimeTypes
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from s3proxy.resources import S3ProxyResources
from s3proxy.routes.deps import Res
from s3proxy.routes.previews import PREFIX, Reader
from s3proxy.routes.streaming import StreamedResponse
from s3proxy.services.archives.addresses import (
    FORMATS,
    MEDIA_TYPES,
    ArchiveAddress,
    disposition,
    parse_shard,
)
from s3proxy.services.archives.errors import (
    FilesArchived,
    FilesNotInStore,
    TicketNamesMoving,
    TooManyArchives,
    UnsafeNames,
)
from s3proxy.services.archives.reading import StoredFile
from s3proxy.services.archives.streams import ContentStream
from s3proxy.services.browsers import MEDIA_TYPES as SHOWN_TYPES
from s3proxy.services.browsers import SANDBOX
from s3proxy.services.previews.errors import FileArchived, FileChanged, StoreDenied
from s3proxy.services.previews.service import PackagedFile
from shared.byte_ranges import PreconditionFailed, RangeNotSatisfiable, Wanted, wanted
from shared.errors import Invalid, NotFound, RateExceeded, Unauthenticated
from shared.quilt.names import is_top_hash
from shared.schemas.problem import ArchivedProblem, Problem
from shared.web.rates import charge

DEFAULT_TYPE = "application/octet-stream"
PDF = "application/pdf"
HEADERS = {"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "cross-origin"}

_TYPES = MimeTypes()
for _end, _type in (
    (".ipynb", "application/x-ipynb+json"),
    (".js", "text/javascript"),
    (".md", "text/markdown"),
    (".mjs", "text/javascript"),
    (".parquet", "application/vnd.apache.parquet"),
    (".yaml", "application/yaml"),
    (".yml", "application/yaml"),
):
    _TYPES.add_type(_type, _end)
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}

router = APIRouter(
    prefix=PREFIX,
    tags=["downloads"],
    responses={
        206: {"description": "The range."},
        304: {"description": "The caller has it already: `If-None-Match`."},
        **Invalid.response(),
        **Unauthenticated.response(),
        **StoreDenied.response(),
        **NotFound.response(),
        **PreconditionFailed.response(),
        **RangeNotSatisfiable.response(),
    },
)

Bucket = Annotated[str, Path(max_length=255, examples=["quilt-example"])]
Author = Annotated[str, Path(max_length=255, pattern=r"^[\w-]+$", examples=["amy"])]
Name = Annotated[str, Path(max_length=255, pattern=r"^[\w-]+$", examples=["wine"])]


def get_and_head_of(own: APIRouter, path: str, **documented: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A route of this router for GET, which answers HEAD as well."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        own.add_api_route(path, function, methods=["GET"], response_class=Response, **documented)
        own.add_api_route(path, function, methods=["HEAD"], include_in_schema=False)
        return function

    return add


def archive_address(
    bucket: Bucket,
    author: Author,
    name: Name,
    file: Annotated[
        str,
        Path(
            max_length=80,
            description="Revision (top hash, eight and more digits of it, the time of a push, or `latest`), and `.tar` or `.zip`.",
            examples=["latest.tar"],
        ),
    ],
    *,
    path: Annotated[
        str | None, Query(min_length=1, max_length=4_096, description="Folder, or one file.", examples=["data"])
    ] = None,
    shard: Annotated[
        str | None,
        Query(
            max_length=20,
            description="Part i of n, counted from 0, as `i/n`. Parts have about the same size; files of one sample stay together.",
            examples=["0/16"],
        ),
    ] = None,
    selection: Annotated[
        str | None, Query(max_length=100, description="Id of a selection, as the registry gave it.")
    ] = None,
) -> ArchiveAddress:
    """Raises Invalid."""
    revision, _, end = file.rpartition(".")
    if end not in FORMATS or not revision:
        raise Invalid("The address of an archive ends with the revision and .tar or .zip")
    if path is not None and selection is not None:
        raise Invalid("Either path or selection may be given")
    return ArchiveAddress(
        bucket=bucket,
        package=f"{author}/{name}",
        revision=revision,
        format=FORMATS[end],
        path=path,
        shard=parse_shard(shard, FORMATS[end]),
        selection=selection,
    )


def packaged_file(
    bucket: Bucket,
    author: Author,
    name: Name,
    revision: Annotated[
        str, Path(max_length=64, description="Top hash, time of a push, or `latest`.", examples=["latest"])
    ],
    path: Annotated[str, Path(max_length=4_096, description="Logical key of the file.", examples=["data/wine.csv"])],
) -> PackagedFile:
    return PackagedFile(bucket, f"{author}/{name}", revision, path)


@get_and_head_of(
    router,
    "/archive/{bucket}/{author}/{name}/{file}",
    summary="Download a revision, or a part of it, as a tar or ZIP archive",
    description="The length is known before, and the bytes are the same each time. A tar is read from any byte on by `Range`, so a "
    "download goes on where it stopped. A revision that moves, such as `latest`, is redirected to its top hash. An archive that cannot "
    "be completed is broken off: it is shorter than its `Content-Length`.",
    responses={
        200: {"content": dict.fromkeys(MEDIA_TYPES.values(), _BINARY), "description": "The archive."},
        302: {"description": "The archive of the revision that is meant now."},
        409: {
            "model": Problem,
            "description": f"{UnsafeNames.title}. Or: {FilesNotInStore.title}. Or: {FileChanged.title}. Or: {FilesArchived.title}",
        },
        429: {"model": Problem, "description": f"{RateExceeded.title}. Or: {TooManyArchives.title}"},
    },
)
async def download_archive(
    request: Request, caller: Reader, res: Res, address: Annotated[ArchiveAddress, Depends(archive_address)]
) -> Response:
    if caller.presented.ticket is not None and not is_top_hash(address.revision):
        raise TicketNamesMoving
    has_begun = res.archives.has_begun(caller, address)
    if not has_begun:
        charge(request)
    plan = await res.archives.plan(caller, address)
    if plan.top_hash != address.revision:
        return redirected(address, plan.top_hash)
    is_tar, etag = address.format == "tar", address.etag(plan.top_hash)
    size = plan.tar_bytes if is_tar else plan.zip_bytes
    is_head = request.method == "HEAD"
    part = wanted(request.headers, etag, size, has_ranges=is_tar and not is_head)
    content = AnswerContent(
        size,
        MEDIA_TYPES[address.format],
        {
            **HEADERS,
            "Content-Security-Policy": SANDBOX.decode(),
            "ETag": etag,
            "Accept-Ranges": "bytes" if is_tar else "none",
            "Content-Disposition": disposition(address.file_name(plan.top_hash)),
        },
    )
    if part.status == Wanted.NOT_MODIFIED or is_head:
        return without_body(part, content)
    if is_tar:
        stream = res.archives.open_tar(caller, address, plan, part.start, part.end)
    else:
        stream = res.archives.open_zip(caller, address, plan)
    response = await streamed(res, stream, part, content)
    if not has_begun:
        res.archives.note_begin(caller, etag)
        record_download(res, f"package:{address.bucket}/{address.package}@{plan.top_hash[:10]}")
    return response


@get_and_head_of(
    router,
    "/file/{bucket}/{author}/{name}/{revision}/{path:path}",
    summary="Read a file of a revision, or a range of it",
    responses={
        200: {"content": {DEFAULT_TYPE: _BINARY}, "description": "The file."},
        409: {"model": ArchivedProblem, "description": f"{FileChanged.title}. Or: {FileArchived.title}"},
    },
)
async def read_file(
    request: Request,
    caller: Reader,
    res: Res,
    asked: Annotated[PackagedFile, Depends(packaged_file)],
    *,
    download: Annotated[
        str | None, Query(max_length=10, description="`1`: browsers save the file instead of showing it.")
    ] = None,
) -> Response:
    found, head = await res.previews.find_object(caller, asked)
    is_head, media_type = request.method == "HEAD", media_type_of(asked.path)
    part = wanted(request.headers, head.etag, head.size, has_ranges=not is_head)
    headers = {
        **HEADERS,
        "ETag": head.etag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(asked.path.rpartition("/")[2], inline=download is None),
    }
    if media_type != PDF:
        headers["Content-Security-Policy"] = SANDBOX.decode()
    content = AnswerContent(head.size, media_type, headers)
    if part.status == Wanted.NOT_MODIFIED or is_head:
        return without_body(part, content)
    file = StoredFile(asked.path, found, head.size, head.etag)
    stream = res.archives.open_file(caller, asked.bucket, file, part.start, part.end)
    return await streamed(res, stream, part, content)


@dataclass(frozen=True, slots=True)
class AnswerContent:
    """Content that is sent whole or in part."""

    size: int
    media_type: str
    headers: Mapping[str, str]


def redirected(address: ArchiveAddress, top_hash: str) -> Response:
    shard = "/".join(map(str, address.shard)) if address.shard else None
    named = {"path": address.path, "shard": shard, "selection": address.selection}
    query = urlencode({name: value for name, value in named.items() if value is not None})
    target = f"{PREFIX}/archive/{quote(address.bucket)}/{address.package}/{top_hash}.{address.format}"
    return RedirectResponse(f"{target}?{query}" if query else target, 302)


def without_body(part: Wanted, content: AnswerContent) -> Response:
    """The answer to HEAD, or that the caller has the content already."""
    if part.status == Wanted.NOT_MODIFIED:
        return Response(status_code=part.status, headers=content.headers)
    known = {"Content-Length": str(content.size), "Content-Type": content.media_type}
    return Response(status_code=200, headers={**content.headers, **known})


async def streamed(res: S3ProxyResources, stream: ContentStream, part: Wanted, content: AnswerContent) -> Response:
    """The answer, once the first bytes are known to come. Raises what is known to fail before."""
    length = {"Content-Length": str(part.end - part.start)}
    if part.status == 206:
        length["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{content.size}"
    await stream.begin()
    return StreamedResponse(
        stream,
        part.status,
        {**content.headers, **length, "Content-Type": content.media_type},
        idle_seconds=res.idle_seconds,
        traffic=res.traffic,
    )


def record_download(res: S3ProxyResources, target: str) -> None:
    if res.trail is not None:
        res.trail.put("Packages.Download", target)


def media_type_of(path: str) -> str:
    """The type that the name says."""
    shown = SHOWN_TYPES.get(path.rpartition(".")[2].lower())
    guessed, encoding = _TYPES.guess_type(path.rpartition("/")[2])
    return shown.decode() if shown else DEFAULT_TYPE if encoding or not guessed else guessed
