from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect

from indexer.errors import BucketUnknown
from indexer.routes.deps import ArchiveLayouts, Buckets, KeyIndexerDep, Schedule
from shared.errors import Invalid
from shared.index.trees.handover import HandoverBroken, receive_tree
from shared.schemas.index import BucketStatus, KeysRequest, ManifestStatus
from shared.schemas.package import ManifestRequest
from shared.web.auth import Internal
from shared.web.routing import CallerFirst

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Internal], route_class=CallerFirst)


@router.post(
    "/buckets/{bucket}/scan",
    status_code=202,
    summary="Compare a bucket with its index",
    responses=BucketUnknown.response(),
)
async def scan_bucket(bucket: str, buckets: Buckets, schedule: Schedule) -> None:
    await buckets.sync_registered()
    await buckets.require_registered(bucket)
    schedule.scan(bucket)


@router.get("/buckets/{bucket}", summary="Show the state of a bucket's index", responses=BucketUnknown.response())
async def get_bucket_status(bucket: str, buckets: Buckets) -> BucketStatus:
    return await buckets.status(bucket)


@router.post("/manifests", summary="Index a manifest now", responses=BucketUnknown.response())
async def index_manifest(wanted: ManifestRequest, buckets: Buckets, key_indexer: KeyIndexerDep) -> ManifestStatus:
    await buckets.require_registered(wanted.bucket)
    return await key_indexer.index_manifest(wanted.bucket, wanted.top_hash)


@router.post(
    "/trees", summary="Index a manifest from the tree that its push has built", responses=BucketUnknown.response()
)
async def index_tree(request: Request, buckets: Buckets, key_indexer: KeyIndexerDep) -> ManifestStatus:
    try:
        received = await receive_tree(_body_of(request))
        handover = received.handover
        await buckets.require_registered(handover.bucket)
        status = await key_indexer.index_manifest(handover.bucket, handover.top_hash, received=received)
        await received.drop()
    except HandoverBroken as error:
        raise Invalid(f"The body is not the tree of a manifest: {error}") from error
    return status


async def _body_of(request: Request) -> AsyncIterator[bytes]:
    """Raises HandoverBroken when the caller goes away."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise HandoverBroken("the caller has gone") from error


@router.post(
    "/archive-layouts",
    status_code=204,
    summary="Make the layout of a revision's archives, unless the index has it",
    responses=BucketUnknown.response(),
)
async def make_archive_layout(wanted: ManifestRequest, buckets: Buckets, layouts: ArchiveLayouts) -> None:
    await buckets.require_registered(wanted.bucket)
    await layouts.make(wanted.bucket, wanted.top_hash)


@router.post("/keys", summary="Index keys of a bucket now", responses=BucketUnknown.response())
async def index_keys(wanted: KeysRequest, buckets: Buckets, key_indexer: KeyIndexerDep) -> None:
    await buckets.require_registered(wanted.bucket)
    await key_indexer.require_indexed(wanted.bucket, wanted.keys)


@router.post("/sweep", status_code=202, summary="Remove unreachable nodes")
async def sweep_nodes(schedule: Schedule) -> None:
    schedule.sweep()
