from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from support.worlds.archives_world import FILES, PACKAGE, ArchivesWorld
from support.worlds.previews_world import opened
from support.worlds.servers import Aws

from shared.settings import RateSettings
from shared.testing.auth import FakeAuth
from shared.testing.servers import serve


@asynccontextmanager
async def opened_archives(aws: Aws, **changes: Any) -> AsyncIterator[ArchivesWorld]:
    async with opened(aws, FakeAuth(), **changes) as proxy:
        await proxy.keep_versions(proxy.bucket)
        async with serve(proxy.app) as port:
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                made = ArchivesWorld(proxy, url, client)
                await made.push(PACKAGE, FILES)
                yield made


@pytest.fixture(scope="module")
async def world(aws: Aws) -> AsyncIterator[ArchivesWorld]:
    async with opened_archives(aws) as made:
        yield made


@pytest.fixture(scope="module")
async def impatient(aws: Aws) -> AsyncIterator[ArchivesWorld]:
    """A proxy in front of a store without STS, which waits for nobody."""
    async with opened_archives(aws, sts=False, idle_seconds=0.5) as made:
        yield made


@pytest.fixture
async def strict(aws: Aws) -> AsyncIterator[ArchivesWorld]:
    """A proxy that takes two expensive requests of a user, and no more for long."""
    rates = RateSettings(user_per_second=0.001, user_burst=2)
    async with opened_archives(aws, rates=rates) as made:
        yield made
