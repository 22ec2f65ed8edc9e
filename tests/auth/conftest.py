"""An auth service on its own database, which is prepared once; each test is rolled back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from support.worlds.auth_world import Given, MakeDatabase, client_of, resources_for, settings_for
from support.worlds.servers import CopyDatabase, Databases

from auth.main import create_app, furnish, prepare
from auth.resources import AuthResources
from shared.testing.credentials import FakeVendor


@pytest.fixture(scope="session")
def make_database(database: Databases) -> MakeDatabase:
    async def make(name: str) -> str:
        full = f"{database.name}_{name}"
        admin = await asyncpg.connect(database.admin)
        await admin.execute(f'CREATE DATABASE "{full}"')
        await admin.close()
        owner = await asyncpg.connect(database.admin, database=full)
        await owner.execute("CREATE SCHEMA auth AUTHORIZATION patchwork_auth")
        await owner.close()
        return f"{database.auth.rpartition('/')[0]}/{full}"

    return make


@asynccontextmanager
async def prepared(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a migrated database, with keys, roles and the administrator."""
    engine = create_async_engine(url, pool_size=20)
    await prepare(resources_for(settings_for(url), engine))
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
def own_database(copy_database: CopyDatabase) -> Databases:
    return copy_database("_auth")


@pytest.fixture(scope="session")
async def engine(own_database: Databases) -> AsyncIterator[AsyncEngine]:
    """Engine of the database in which tests are rolled back."""
    async with prepared(own_database.auth) as engine:
        yield engine


@pytest.fixture(scope="session")
def committing_database(copy_database: CopyDatabase) -> Databases:
    return copy_database("_commits")


@pytest.fixture(scope="session")
async def committing_engine(committing_database: Databases) -> AsyncIterator[AsyncEngine]:
    async with prepared(committing_database.auth) as engine:
        yield engine


@pytest.fixture
async def resources(engine: AsyncEngine) -> AsyncIterator[AuthResources]:
    """Resources on one connection, which is rolled back after the test."""
    settings = settings_for(engine.url.render_as_string(hide_password=False))
    async with engine.connect() as connection:
        outer = await connection.begin()
        sessions = async_sessionmaker(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        yield replace(resources_for(settings, engine), sessions=sessions)
        await outer.rollback()


@pytest.fixture
def committing(committing_engine: AsyncEngine) -> AuthResources:
    """Resources whose transactions commit: for tests of concurrency, which use unique users."""
    url = committing_engine.url.render_as_string(hide_password=False)
    return resources_for(settings_for(url), committing_engine)


@pytest.fixture(scope="session")
def unfurnished() -> FastAPI:
    """An app without resources, built once because its routes are prepared at first use."""
    return create_app(settings_for("postgresql+asyncpg://unused"))


@pytest.fixture
def app(resources: AuthResources, unfurnished: FastAPI) -> FastAPI:
    furnish(unfurnished, resources)
    return unfurnished


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
def given(resources: AuthResources, client: httpx.AsyncClient) -> Given:
    return Given(resources, client)


@pytest.fixture
def vendor(resources: AuthResources) -> FakeVendor:
    assert isinstance(resources.vendor, FakeVendor)
    return resources.vendor


@pytest.fixture
def unique() -> str:
    """A user name that no other test uses."""
    return f"u{uuid4().hex}"
