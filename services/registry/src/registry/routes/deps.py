"""The registry's wiring: read it once, then the routes' signatures explain themselves."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Path, Request

from registry.db.buckets import BucketStore
from registry.resources import Resources
from registry.services.buckets import BucketService
from registry.services.packages import PackageService
from shared.db.engine import AsyncSession, transaction
from shared.index.store import IndexStore
from shared.web.auth import Viewer


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


async def readable(bucket: str, viewer: Viewer, buckets: Buckets) -> str:
    """The bucket in the address; raises BucketNotFound unless the viewer may read it."""
    return (await buckets.get(viewer, bucket)).name


Readable = Annotated[str, Depends(readable)]


def package_name(author: Annotated[str, Path(examples=["amy"])], name: Annotated[str, Path(examples=["wine"])]) -> str:
    return f"{author}/{name}"


PackageName = Annotated[str, Depends(package_name)]


def package_service(session: Session, res: Res) -> PackageService:
    return PackageService(IndexStore(session), res.indexer)


Packages = Annotated[PackageService, Depends(package_service)]
