"""Dependencies of the routes, which the lifespan of the app made."""

from typing import Annotated

from fastapi import Depends, Request

from indexer.services.archive_layouts import ArchiveLayoutService
from indexer.services.buckets import IndexedBucketService
from indexer.services.key_indexer import KeyIndexer
from indexer.services.scan_schedule import ScanSchedule
from shared.aws.queues import Queue


async def bucket_service(request: Request) -> IndexedBucketService:
    held: IndexedBucketService = request.app.state.buckets
    return held


async def archive_layouts(request: Request) -> ArchiveLayoutService:
    held: ArchiveLayoutService = request.app.state.archive_layouts
    return held


async def key_indexer(request: Request) -> KeyIndexer:
    held: KeyIndexer = request.app.state.key_indexer
    return held


async def schedule(request: Request) -> ScanSchedule:
    held: ScanSchedule = request.app.state.schedule
    return held


async def events(request: Request) -> Queue:
    held: Queue = request.app.state.events
    return held


ArchiveLayouts = Annotated[ArchiveLayoutService, Depends(archive_layouts)]
Buckets = Annotated[IndexedBucketService, Depends(bucket_service)]
KeyIndexerDep = Annotated[KeyIndexer, Depends(key_indexer)]
Schedule = Annotated[ScanSchedule, Depends(schedule)]
Events = Annotated[Queue, Depends(events)]
