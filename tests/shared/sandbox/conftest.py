from collections.abc import AsyncIterator

import pytest
from support.sandbox.pools import open_hostile_pool

from shared.sandbox.pool import SandboxPool


@pytest.fixture(scope="session")
async def pool() -> AsyncIterator[SandboxPool]:
    """A pool for tests that leave its workers whole, or do not mind a new one."""
    async with open_hostile_pool(memory_bytes=160 << 20, seconds=60, cpu_seconds=60, idle_seconds=3600) as pool:
        yield pool
