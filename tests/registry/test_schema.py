"""Migrations match the declared tables, and the registry only reads the index."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from support.worlds.servers import Databases

from localrun.testing import locked
from shared.db import migrations
from shared.db.bootstrap import ensure_database
from shared.db.engine import AsyncEngine


def test_migrations_make_the_declared_tables_and_can_be_undone(database: Databases, run_directory: Path) -> None:
    name = f"{database.name}_registry_migrated"
    with locked(run_directory / "roles.lock"):
        asyncio.run(ensure_database(database.admin, {}, name))
    url = f"{database.registry.rpartition('/')[0]}/{name}"
    migrations.upgrade("registry", url)
    migrations.check("registry", url)
    command.downgrade(migrations.config("registry", url), "base")
    migrations.upgrade("registry", url)


@pytest.mark.parametrize("table", ["bucket", "object", "pointer", "manifest", "node", "package"])
async def test_the_registry_may_only_read_the_index(engine: AsyncEngine, table: str) -> None:
    async with engine.connect() as connection:
        await connection.execute(text(f"SELECT * FROM index.{table} LIMIT 1"))  # noqa: S608
        with pytest.raises(ProgrammingError, match="permission denied"):
            await connection.execute(text(f"DELETE FROM index.{table}"))  # noqa: S608
