"""Queries through the front door, in the real sandbox. Workers and requests run concurrently, so these tests commit, and clean up."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine
from support.sandbox.pools import REQUIRED
from support.worlds.queries_world import QueriesWorld, Trail, queries_world_of
from support.worlds.registry_world import RegistryWorld

from registry.db.tables import BucketRow, QueryRow, Quilt2PackageRow, SavedQueryRow, SwitchRow
from registry.resources import RegistryResources
from registry.services.queries.attempt import QueryWorker
from registry.services.queries.downloads import ResultSandbox, open_result_sandbox
from registry.services.queries.running import QueryTools
from registry.services.queries.table_documents import OpenTables
from registry.settings import QuerySettings
from shared.db.engine import Sessions, sessions_of, transaction
from shared.queries.runner import QUERY_FAMILIES, QueryRunner
from shared.sandbox.pool import SandboxPool
from shared.settings import SandboxSettings
from shared.testing.objects import FakeObjectStore

SETTINGS = QuerySettings(sandbox_required=REQUIRED, max_rows=1_000, memory_bytes=400 << 20, seconds=60)


@pytest.fixture
async def sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    made = sessions_of(engine)
    yield made
    async with transaction(made) as session:
        for table in (QueryRow, SavedQueryRow, SwitchRow, Quilt2PackageRow, BucketRow):
            await session.execute(delete(table))


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore("patchwork-service")


@pytest.fixture(scope="session")
async def runner() -> AsyncIterator[QueryRunner]:
    settings = SandboxSettings(
        required=REQUIRED, workers=2, memory_bytes=SETTINGS.memory_bytes, seconds=60, cpu_seconds=20
    )
    async with SandboxPool(settings, QUERY_FAMILIES) as pool:
        yield QueryRunner(pool)


@pytest.fixture(scope="session")
async def result_sandbox() -> AsyncIterator[ResultSandbox]:
    async with open_result_sandbox(SETTINGS) as opened:
        yield opened


@pytest.fixture
def resources(resources: RegistryResources, result_sandbox: ResultSandbox) -> RegistryResources:
    return replace(resources, shared_result_sandbox=result_sandbox)


@pytest.fixture
def tools(resources: RegistryResources, runner: QueryRunner) -> QueryTools:
    reader = resources.packages
    return QueryTools(
        SETTINGS,
        resources.sessions,
        reader,
        OpenTables(resources.sessions, reader.rules, resources.objects),
        resources.results,
        runner,
    )


@pytest.fixture
def queries(world: RegistryWorld, resources: RegistryResources, tools: QueryTools) -> QueriesWorld:
    worker = QueryWorker("test", resources.sessions, tools, resources.open_caller_s3)
    return queries_world_of(world, worker)


@pytest.fixture
def trail(queries: QueriesWorld) -> Trail:
    return Trail(queries.worker)
