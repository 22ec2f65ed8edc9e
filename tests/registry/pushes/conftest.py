"""Pushes through the front door. Workers and requests run concurrently, so these tests commit, and clean up."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.worlds.push_world import PushWorld, push_world_of
from support.worlds.registry_world import RegistryWorld

from registry.db.tables import BucketRow, JobRow
from registry.resources import RegistryResources
from shared.db.engine import Sessions, sessions_of, transaction
from shared.testing.indexer import FakeIndexer


@pytest.fixture
async def sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    made = sessions_of(engine)
    yield made
    async with transaction(made) as session:
        await session.execute(delete(JobRow))
        await session.execute(delete(BucketRow))


@pytest.fixture
def pushes(world: RegistryWorld, indexer: FakeIndexer, resources: RegistryResources) -> PushWorld:
    opener = resources.open_caller_s3
    assert isinstance(opener, FakeCallerS3Opener)
    return push_world_of(world, indexer, opener)
