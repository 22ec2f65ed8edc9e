import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from support.environments import require_made
from support.worlds.system import Client, System, running_system


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all end-to-end tests of this worker. It ends with them: one that nobody asks takes processor time, too."""
    require_made("aws", "client", "catalog")
    with running_system(tmp_path_factory.mktemp("patchwork") / "data") as running:
        asyncio.run(stop_flushing(running.inner.admin_dsn))
        yield running


async def stop_flushing(dsn: str) -> None:
    """Let Postgres leave it to the machine when it writes to the disk. None of these tests takes its power away."""
    connection = await asyncpg.connect(dsn)
    for statement in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
        await connection.execute(statement)
    await connection.close()


NewClient = Callable[[str], Client]


@pytest.fixture(scope="package")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")
