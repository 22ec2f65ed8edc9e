from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from support.worlds.index_world import IndexWorld, open_world
from support.worlds.servers import Databases

from indexer.db.search_indexes import create_search_indexes
from shared.db.engine import AsyncEngine, Sessions, open_engine, sessions_of
from shared.settings import DatabaseSettings
from shared.testing.queues import FakeQueue


@pytest.fixture(scope="session")
async def engine(database: Databases) -> AsyncIterator[AsyncEngine]:
    url = DatabaseSettings(url=SecretStr(database.indexer))
    async with open_engine(url, "tests") as opened:
        await create_search_indexes(sessions_of(opened))
        yield opened


@pytest.fixture
async def sessions(engine: AsyncEngine) -> Sessions:
    """An empty index. Transactions are committed, because the indexer uses many."""
    tables = (
        "bucket, object, pointer, manifest, archive_layout, node, package, unindexed_key, change, "
        "slice, unread_object, removed_key, request_budget, content_rules, delete_marker, inventory, unshown_manifest"
    )
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables}"))
    return sessions_of(engine)


@pytest.fixture
def stage(sessions: Sessions, database: Databases) -> IndexWorld:
    return open_world(sessions, database, FakeQueue())
