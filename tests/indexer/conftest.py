from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.index_world import BUCKET, Stage, settings_for
from support.worlds.servers import Databases

from indexer.main import make_worker
from indexer.resources import IndexerResources
from shared.db.engine import AsyncEngine, Sessions, open_engine, sessions_of
from shared.settings import DatabaseSettings
from shared.testing.objects import FakeObjectStore
from shared.testing.queues import FakeQueue
from shared.testing.registry import FakeRegistry


@pytest.fixture(scope="session")
async def engine(database: Databases) -> AsyncIterator[AsyncEngine]:
    async with open_engine(DatabaseSettings(url=SecretStr(database.indexer)), "tests") as opened:
        yield opened


@pytest.fixture
async def sessions(engine: AsyncEngine) -> Sessions:
    """An empty index. Its transactions are real: the indexer has many."""
    tables = "bucket, object, pointer, manifest, node, package"
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables}"))
    return sessions_of(engine)


@pytest.fixture
def stage(sessions: Sessions, database: Databases) -> Stage:
    s3, queue, registry = FakeObjectStore(BUCKET), FakeQueue(), FakeRegistry([BUCKET])
    resources = IndexerResources(settings_for(database), sessions, s3, queue, registry, {})
    return Stage(sessions, s3, queue, registry, make_worker(resources))
