"""The registry's wiring: read it once, then the routes' signatures explain themselves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from registry.db.buckets import BucketStore
from registry.resources import Resources
from registry.services.buckets import BucketService
from shared.db.engine import AsyncSession, transaction


def resources(request: Request) -> Resources:
    held: Resources = request.app.state.resources
    return held


Res = Annotated[Resources, Depends(resources)]


async def session(res: Res) -> AsyncIterator[AsyncSession]:
    async with transaction(res.sessions) as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session, scope="function")]


def bucket_store(session: Session) -> BucketStore:
    return BucketStore(session)


Buckets = Annotated[BucketStore, Depends(bucket_store)]


def bucket_service(res: Res) -> BucketService:
    return BucketService(res.sessions, res.bucket_setup, res.indexer)


BucketWrites = Annotated[BucketService, Depends(bucket_service)]
