from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from support.worlds.quilt2_world import BUCKET, Quilt2World
from support.worlds.registry_world import settings_for
from support.worlds.servers import Databases
from support.worlds.shared_routes import with_shared_routes

from registry.main import create_app, install_resources
from registry.resources import RegistryResources
from registry.settings import Quilt2Settings, RegistrySettings
from shared.db.engine import Sessions, sessions_of, transaction
from shared.principals import PrincipalCache
from shared.testing.auth import ISSUER, FakeAuth
from shared.testing.objects import FakeObjectStore


@pytest.fixture
def quilt2() -> Quilt2Settings:
    return Quilt2Settings(bucket=BUCKET, anonymous=True)


@pytest.fixture
def settings(own_database: Databases, quilt2: Quilt2Settings) -> RegistrySettings:
    return settings_for(own_database.registry, quilt2=quilt2)


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore(BUCKET)


@pytest.fixture
def registry(client: httpx.AsyncClient, auth: FakeAuth, objects: FakeObjectStore) -> Quilt2World:
    return Quilt2World(client, auth, objects)


@pytest.fixture
async def committed(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    """Transactions that commit, each on a connection of its own. What they leave of Quilt 2 is deleted after the test."""
    made = sessions_of(engine)
    yield made
    async with transaction(made) as session:
        tables = ", ".join(f"registry.quilt2_{each}" for each in ("package", "object", "event", "event_week"))
        await session.execute(text(f"TRUNCATE {tables} CASCADE"))


Replicas = Callable[..., Quilt2World]


@pytest.fixture
async def replica(
    settings: RegistrySettings,
    resources: RegistryResources,
    committed: Sessions,
    auth: FakeAuth,
    objects: FakeObjectStore,
) -> AsyncIterator[Replicas]:
    """Makes a replica of the registry, which shares database and S3 with the others; arguments replace its resources."""
    async with AsyncExitStack() as stack:

        def make(**changes: Any) -> Quilt2World:
            app = with_shared_routes(create_app(settings))
            install_resources(
                app, replace(resources, **{"sessions": committed, **changes}), PrincipalCache(auth, issuer=ISSUER)
            )
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url="http://registry.test")
            stack.push_async_callback(client.aclose)
            return Quilt2World(client, auth, objects)

        yield make
