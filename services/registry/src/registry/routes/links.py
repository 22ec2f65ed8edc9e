"""Links to the files of a revision."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from registry.errors import BucketNotFound, EntryNotFound, FilesElsewhere, TooManyLinks
from registry.routes.deps import BucketInPath, Links, PackageName
from registry.routes.packages import Reference
from registry.services.packages.links.formats import RENDERINGS
from registry.services.packages.links.service import RevisionPlace
from shared.errors import RateExceeded, Unauthenticated
from shared.schemas.link import LinksCreate, PackageLinks
from shared.web.auth import Viewer
from shared.web.rates import Charged, charge
from shared.web.routing import CallerFirst

router = APIRouter(
    route_class=CallerFirst,
    prefix="/api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/links",
    tags=["packages"],
    responses={**Unauthenticated.response(), **BucketNotFound.response()},
)

_LINKS_PER_CHARGE = 200
_BATCH_LINES = 200

_OTHERS = {rendering.media_type.partition(";")[0]: {"schema": {"type": "string"}} for rendering in RENDERINGS.values()}
_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {"model": PackageLinks, "content": {**_OTHERS, "application/json": {}}}
}


@router.post(
    "",
    summary="Make links to files of a revision",
    description="Up to 10,000 links that need no header, for programs and people. Everything that can be refused is refused before the "
    "first line.",
    response_class=StreamingResponse,
    responses={
        **_FORMATS,
        **EntryNotFound.response(),
        **FilesElsewhere.response(),
        **TooManyLinks.response(),
        **RateExceeded.response(),
    },
    dependencies=[Charged],
)
async def create_links(
    *,
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    wanted: LinksCreate,
    viewer: Viewer,
    links: Links,
    request: Request,
) -> StreamingResponse:
    def charge_files(count: int) -> None:
        charge(request, count / _LINKS_PER_CHARGE)

    made = await links.create(viewer, RevisionPlace(bucket, name, revision), wanted, charge_files)
    rendering = RENDERINGS[wanted.format]
    file_name = f"{name.rpartition('/')[2]}-{made.top_hash[:8]}.{rendering.ending}"
    return StreamingResponse(
        _batches(rendering.render(made)),
        media_type=rendering.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Referrer-Policy": "no-referrer",
        },
    )


def _batches(lines: Iterator[str]) -> Iterator[bytes]:
    """Starlette runs the iterator in a thread, one step for each batch."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) == _BATCH_LINES:
            yield "".join(held).encode()
            held.clear()
    if held:
        yield "".join(held).encode()
