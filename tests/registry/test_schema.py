"""Migrations match the declared tables, and the registry only reads the index."""

import asyncio
import runpy
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from support.worlds.servers import Databases

import registry
from localrun.testing import locked
from shared.db import migrations
from shared.db.bootstrap import ensure_database
from shared.db.engine import AsyncEngine, Sessions, transaction


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


async def test_sums_of_uses_and_events_begin_with_those_that_were_counted_before(sessions: Sessions) -> None:
    migration = Path(registry.__file__).with_name("migrations") / "versions" / "20261130_1716_counts_of_reads.py"
    steps = runpy.run_path(str(migration))
    sums = (
        "SELECT owner, name, kind, week::text, count, latest::text FROM registry.quilt2_event_week ORDER BY 1, 2, 3, 4",
        "SELECT bucket, kind, week::text, count FROM registry.bucket_use WHERE bucket = 'before' ORDER BY 1, 2, 3",
    )
    async with transaction(sessions) as session:
        await session.execute(
            text(
                "INSERT INTO registry.quilt2_event (kind, owner, name, created) SELECT 'INSTALL', 'amy', 'wine', at "
                "FROM unnest('{2026-11-29T23:59:59Z,2026-11-30T00:00:00Z,2026-11-30T12:00:00+02}'::timestamptz[]) AS at"
            )
        )
        await session.execute(
            text(
                "INSERT INTO registry.package_use (bucket, package, kind, week, count) "
                "VALUES ('before', 'amy/a', 'preview', '2026-11-30', 2), ('before', 'amy/b', 'preview', '2026-11-30', 3)"
            )
        )
        by_trigger = (await session.execute(text(sums[0]))).all()
        for statement in ("DELETE FROM registry.quilt2_event_week", steps["EARLIER_EVENTS"], steps["EARLIER_USES"]):
            await session.execute(text(statement))
        found = [(await session.execute(text(query))).all() for query in sums]
    assert by_trigger == found[0]
    assert [(each[3], each[4]) for each in found[0]] == [("2026-11-23", 1), ("2026-11-30", 2)]
    assert found[1] == [("before", "preview", "2026-11-30", 5)]
