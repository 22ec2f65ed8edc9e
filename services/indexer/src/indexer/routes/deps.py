"""The indexer's wiring: what its lifespan made."""

from typing import Annotated

from fastapi import Depends, Request

from indexer.services.buckets import BucketService
from indexer.services.key_indexer import Looks
from indexer.services.scan_schedule import Agenda
from shared.aws.queues import Queue


async def bucket_service(request: Request) -> BucketService:
    held: BucketService = request.app.state.buckets
    return held


async def looks(request: Request) -> Looks:
    held: Looks = request.app.state.looks
    return held


async def agenda(request: Request) -> Agenda:
    held: Agenda = request.app.state.agenda
    return held


async def events(request: Request) -> Queue:
    held: Queue = request.app.state.events
    return held


Buckets = Annotated[BucketService, Depends(bucket_service)]
Looking = Annotated[Looks, Depends(looks)]
Chores = Annotated[Agenda, Depends(agenda)]
Events = Annotated[Queue, Depends(events)]
