"""Searches in packages and objects with metadata, answered by the search engine."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import BREWERY, CELLAR, VAULT, FollowedIndex, stock_cellar
from support.worlds.servers import Databases

from registry.resources import RegistryResources
from registry.search_engine.searching import SearchIndex
from shared.db.engine import Sessions
from shared.db.statements import open_statements
from shared.schemas.principal import Level
from shared.settings import DatabaseSettings
from shared.testing.auth import FakeAuth


@pytest.fixture(scope="session")
async def followed(
    index_sessions: Sessions, own_database: Databases, auth: FakeAuth, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[FollowedIndex]:
    async with httpx.AsyncClient() as nobody:
        await stock_cellar(RegistryWorld(index_sessions, index_sessions, auth, nobody, bucket=CELLAR))
    settings = DatabaseSettings(url=SecretStr(own_database.registry))
    async with open_statements(settings, "tests") as statements:
        yield FollowedIndex(statements, tmp_path_factory.mktemp("search") / "index")


@pytest.fixture
async def resources(resources: RegistryResources, followed: FollowedIndex) -> AsyncIterator[RegistryResources]:
    await followed.follow()
    index = SearchIndex(followed.directory)
    yield replace(resources, search=index)
    index.close()


@pytest.fixture
async def cellar(given: RegistryWorld) -> RegistryWorld:
    """Three registered buckets, of which the caller reads two."""
    for bucket in (CELLAR, BREWERY, VAULT):
        await given.registered(bucket)
    world = replace(given, bucket=CELLAR, signed_in={})
    world.signed_in["reader"] = given.caller({CELLAR: Level.READ, BREWERY: Level.READ})
    return world
