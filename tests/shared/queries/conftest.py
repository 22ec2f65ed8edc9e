"""Statements in real workers, and in this process."""

from collections.abc import AsyncIterator

import pytest
from support.sandbox.query_world import QueryWorld

from shared.queries.runner import QUERY_FAMILIES, QueryRunner
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings

SETTINGS = SandboxSettings(seconds=60, cpu_seconds=3, memory_bytes=384 << 20, max_answer_bytes=8 << 20)


@pytest.fixture(scope="session")
async def world() -> AsyncIterator[QueryWorld]:
    async with SandboxPool(SETTINGS, QUERY_FAMILIES) as pool:
        yield QueryWorld(QueryRunner(pool))
