from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.worlds.follower_world import SERVICE_BUCKET, FollowerWorld, open_follower_world
from support.worlds.servers import CopyDatabase, Databases

from registry.follower.directory import IndexDirectory
from shared.testing.objects import FakeObjectStore


@pytest.fixture(scope="session")
def followed_database(copy_database: CopyDatabase) -> Databases:
    return copy_database("_followed")


@pytest.fixture(scope="session")
async def shared_world(followed_database: Databases) -> AsyncIterator[FollowerWorld]:
    async with open_follower_world(followed_database, Path("/nonexistent")) as opened:
        yield opened


@pytest.fixture
async def world(shared_world: FollowerWorld, tmp_path: Path) -> FollowerWorld:
    """An empty index with a feed of its own."""
    await shared_world.empty()
    directory = IndexDirectory(tmp_path / "search", shared_world.directory.format)
    return replace(shared_world, directory=directory, objects=FakeObjectStore(SERVICE_BUCKET))
