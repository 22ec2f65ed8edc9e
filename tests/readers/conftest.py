from collections.abc import AsyncIterator

import pytest

from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings


@pytest.fixture(scope="session")
async def pool() -> AsyncIterator[SandboxPool]:
    """One worker for each family of readers. Their start takes a second of computing."""
    async with SandboxPool(
        SandboxSettings(
            seconds=60, memory_bytes=512 << 20, workers=1, idle_memory_bytes=2 << 30, idle_seconds=3600, spare_workers=0
        )
    ) as pool:
        yield pool
