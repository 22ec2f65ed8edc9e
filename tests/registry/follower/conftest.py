import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.follower_world import FollowerWorld
from support.worlds.servers import Databases

from localrun.testing import locked
from registry.follower.directory import IndexDirectory
from registry.search_engine.schema import FORMAT
from shared.db import migrations
from shared.db.bootstrap import ensure_database
from shared.db.engine import open_engine, sessions_of
from shared.db.statements import open_statements
from shared.settings import DatabaseSettings


@pytest.fixture(scope="session")
def followed_database(database: Databases, run_directory: Path) -> Databases:
    name = f"{database.name}_followed"
    with locked(run_directory / "roles.lock"):
        asyncio.run(ensure_database(database.admin, {}, name))

    def own(url: str) -> str:
        return f"{url.rpartition('/')[0]}/{name}"

    made = Databases(name, own(database.auth), own(database.registry), own(database.indexer), own(database.admin))
    migrations.upgrade("indexer", made.indexer)
    return made


@pytest.fixture(scope="session")
async def shared_world(followed_database: Databases) -> AsyncIterator[FollowerWorld]:
    indexer, registry = (
        DatabaseSettings(url=SecretStr(url)) for url in (followed_database.indexer, followed_database.registry)
    )
    async with (
        open_engine(indexer, "tests") as engine,
        open_engine(registry, "tests") as registry_engine,
        open_statements(registry, "tests") as statements,
    ):
        nowhere = IndexDirectory(Path("/nonexistent"), FORMAT)
        yield FollowerWorld(sessions_of(engine), sessions_of(registry_engine), statements, nowhere)


@pytest.fixture
async def world(shared_world: FollowerWorld, tmp_path: Path) -> FollowerWorld:
    """An empty index with a feed of its own."""
    async with shared_world.sessions() as session:
        await session.execute(text("TRUNCATE index.bucket, index.object, index.pointer, index.manifest, index.package"))
        await session.execute(text("TRUNCATE index.change"))
        await session.execute(text("UPDATE index.feed SET id = gen_random_uuid(), purged_to = 0"))
        await session.commit()
    return FollowerWorld(
        shared_world.sessions,
        shared_world.registry_sessions,
        shared_world.statements,
        IndexDirectory(tmp_path / "search", FORMAT),
    )
