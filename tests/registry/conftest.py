"""A registry with its own database. Transactions of the registry are rolled back; those of the index commit."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.worlds.registry_world import LIBRARY, RegistryWorld, settings_for, stock
from support.worlds.servers import CopyDatabase, Databases

from indexer.db.search_indexes import create_search_indexes
from registry.main import create_app, install_resources
from registry.resources import Caches, RegistryResources
from registry.settings import RegistrySettings
from shared.clients.administration import Administration
from shared.db.engine import Sessions, open_engine, ping, sessions_of
from shared.errors import NotFound
from shared.index.diff.cache import ComparisonCache
from shared.principals import PrincipalCache
from shared.settings import DatabaseSettings
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.buckets import FakeBucketSetup
from shared.testing.indexer import FakeIndexer
from shared.testing.objects import FakeObjectStore
from shared.web.health import Check


@pytest.fixture(scope="session")
def own_database(copy_database: CopyDatabase) -> Databases:
    return copy_database("_registry")


@pytest.fixture(scope="session")
async def engine(own_database: Databases) -> AsyncIterator[AsyncEngine]:
    async with open_engine(DatabaseSettings(url=SecretStr(own_database.registry)), "tests") as opened:
        yield opened


@pytest.fixture(scope="session")
async def index_sessions(own_database: Databases) -> AsyncIterator[Sessions]:
    url = DatabaseSettings(url=SecretStr(own_database.indexer))
    async with open_engine(url, "tests") as opened:
        await create_search_indexes(sessions_of(opened))
        yield sessions_of(opened)


@pytest.fixture
async def sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield async_sessionmaker(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        await outer.rollback()


@pytest.fixture(scope="session")
def auth() -> FakeAuth:
    return FakeAuth()


@pytest.fixture
def auth_up(auth: FakeAuth) -> Iterator[FakeAuth]:
    """A fake whose state a test may change: it is restored after the test."""
    options = auth.options
    yield auth
    auth.down, auth.options = False, options


@pytest.fixture
def administration() -> Administration:
    """Administration without users, roles and policies. test_graphql_admin.py has the real one."""

    def nothing(request: httpx.Request) -> httpx.Response:
        match request.url.path.rpartition("/")[2]:
            case "default-role":
                return httpx.Response(200, json={"role": None})
            case "sso-config":
                return httpx.Response(404, json=NotFound("None").problem().model_dump())
            case _:
                return httpx.Response(200, json={"items": [], "next": None})

    return Administration(httpx.AsyncClient(transport=httpx.MockTransport(nothing), base_url="http://auth.test"))


@pytest.fixture
def bucket_setup() -> FakeBucketSetup:
    return FakeBucketSetup()


@pytest.fixture
def indexer() -> FakeIndexer:
    return FakeIndexer()


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore()


@pytest.fixture
def settings(own_database: Databases) -> RegistrySettings:
    return settings_for(own_database.registry)


@pytest.fixture
def resources(
    *,
    settings: RegistrySettings,
    sessions: Sessions,
    engine: AsyncEngine,
    bucket_setup: FakeBucketSetup,
    indexer: FakeIndexer,
    auth: FakeAuth,
    objects: FakeObjectStore,
    administration: Administration,
) -> RegistryResources:
    async def database() -> None:
        await ping(engine)

    checks: dict[str, Check] = {"database": database}
    return RegistryResources(
        settings,
        sessions,
        bucket_setup,
        indexer,
        auth,
        objects,
        administration=administration,
        open_caller_s3=FakeCallerS3Opener(objects),
        caches=Caches(comparisons=ComparisonCache(find_seconds=60)),
        own_checks=checks,
    )


@pytest.fixture(scope="session")
def bare_app(own_database: Databases) -> FastAPI:
    return create_app(settings_for(own_database.registry))


@pytest.fixture
def app(bare_app: FastAPI, resources: RegistryResources, auth: FakeAuth) -> FastAPI:
    install_resources(bare_app, resources, PrincipalCache(auth, issuer=ISSUER))
    return bare_app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as opened:
        yield opened


@pytest.fixture
def given(
    sessions: Sessions, index_sessions: Sessions, auth: FakeAuth, client: httpx.AsyncClient, objects: FakeObjectStore
) -> RegistryWorld:
    return RegistryWorld(sessions, index_sessions, auth, client, objects)


@pytest.fixture
async def world(given: RegistryWorld) -> RegistryWorld:
    """With the test's bucket registered."""
    await given.registered(title="Wines")
    return given


@pytest.fixture(scope="session")
async def stocked(index_sessions: Sessions, auth: FakeAuth) -> str:
    """The bucket of `library`, indexed once."""
    async with httpx.AsyncClient() as nobody:
        await stock(RegistryWorld(index_sessions, index_sessions, auth, nobody, bucket=LIBRARY))
    return LIBRARY


@pytest.fixture
async def library(stocked: str, given: RegistryWorld) -> RegistryWorld:
    """With a registered bucket of three packages and four objects to search."""
    library = replace(given, bucket=stocked, signed_in={})
    await library.registered()
    return library
