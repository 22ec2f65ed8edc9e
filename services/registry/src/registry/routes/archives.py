"""Archives of revisions and selections: their sizes and addresses."""

from fastapi import APIRouter

from registry.errors import (
    BucketNotFound,
    EntryNotFound,
    FilesNotArchivable,
    RevisionUnreadable,
    SelectionTooLarge,
)
from registry.routes.deps import Archives, BucketInPath, PackageName, Res
from registry.routes.packages import Reference
from registry.services.archives.addresses import ArchiveAddresses
from shared.errors import RateExceeded, Unauthenticated
from shared.schemas.archive import Archive, ArchiveRequest
from shared.web.auth import Viewer
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(
    route_class=CallerFirst,
    prefix="/api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/archives",
    tags=["packages"],
    responses={**Unauthenticated.response(), **BucketNotFound.response()},
)


@router.post(
    "",
    status_code=201,
    summary="Get the size and the address of an archive",
    description="Of a whole revision, or of files and folders of it. Nothing is packed: the archive is sent when its address is read. "
    "A selection is kept for a day.",
    responses={
        **EntryNotFound.response(),
        **FilesNotArchivable.response(),
        **RevisionUnreadable.response(),
        **SelectionTooLarge.response(),
        **RateExceeded.response(),
    },
    dependencies=[Charged],
)
async def create_archive(
    *,
    bucket: BucketInPath,
    name: PackageName,
    revision: Reference,
    wanted: ArchiveRequest,
    viewer: Viewer,
    archives: Archives,
    res: Res,
) -> Archive:
    found = await archives.find_revision(viewer, bucket, name, revision)
    choice, plan = await archives.plan_choice(found, wanted.paths)
    addresses = ArchiveAddresses(res.directory, res.settings.public.s3proxy_url, res.trail)
    return await addresses.describe(viewer, found, wanted, plan, choice)
