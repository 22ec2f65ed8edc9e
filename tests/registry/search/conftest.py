"""Searches in packages and objects with metadata, answered by the search engine."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from support.worlds.follower_world import FollowerWorld
from support.worlds.registry_world import RegistryWorld
from support.worlds.search_world import BREWERY, CELLAR, VAULT, stock_cellar
from support.worlds.servers import Databases

from registry.follower.directory import IndexDirectory
from registry.follower.entries import EntryChanges
from registry.resources import RegistryResources
from registry.search_engine.schema import FORMAT
from registry.search_engine.searching import SearchIndex
from shared.db.engine import Sessions
from shared.db.statements import open_statements
from shared.schemas.principal import Level
from shared.settings import DatabaseSettings
from shared.testing.auth import FakeAuth


@pytest.fixture(scope="session")
async def followed(
    index_sessions: Sessions, own_database: Databases, auth: FakeAuth, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[FollowerWorld]:
    """A search index of the database, which has all that was pushed to the three buckets."""
    async with httpx.AsyncClient() as nobody:
        await stock_cellar(RegistryWorld(index_sessions, index_sessions, auth, nobody, bucket=CELLAR))
    settings = DatabaseSettings(url=SecretStr(own_database.registry))
    directory = IndexDirectory(tmp_path_factory.mktemp("search"), FORMAT)
    async with (
        open_statements(settings, "tests") as statements,
        open_statements(settings, "tests", read_only=False) as purging,
    ):
        world = FollowerWorld(index_sessions, statements, purging, directory)
        await world.follow(entries=EntryChanges(statements))
        yield world


@pytest.fixture
def resources(resources: RegistryResources, followed: FollowerWorld) -> Iterator[RegistryResources]:
    index = SearchIndex(followed.directory.index)
    search = resources.settings.search.model_copy(update={"directory": followed.directory.root})
    yield replace(resources, search=index, settings=resources.settings.model_copy(update={"search": search}))
    index.close()


@pytest.fixture
async def cellar(given: RegistryWorld) -> RegistryWorld:
    """Three registered buckets, of which the caller reads two."""
    for bucket in (CELLAR, BREWERY, VAULT):
        await given.registered(bucket)
    world = replace(given, bucket=CELLAR, signed_in={})
    world.signed_in["reader"] = given.caller({CELLAR: Level.READ, BREWERY: Level.READ})
    return world
