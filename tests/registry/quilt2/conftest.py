import httpx
import pytest
from support.worlds.quilt2_world import BUCKET, Registry
from support.worlds.registry_world import settings_for
from support.worlds.servers import Databases

from registry.settings import Quilt2Settings, RegistrySettings
from shared.testing.auth import FakeAuth
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
def registry(client: httpx.AsyncClient, auth: FakeAuth, objects: FakeObjectStore) -> Registry:
    return Registry(client, auth, objects)
