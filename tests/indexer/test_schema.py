import asyncio
from pathlib import Path

from alembic import command
from support.worlds.servers import Databases

from localrun.testing import locked
from shared.db import migrations
from shared.db.bootstrap import ensure_database


def test_migrations_create_the_declared_tables_and_can_be_undone(database: Databases, run_directory: Path) -> None:
    name = f"{database.name}_indexer_migrated"
    with locked(run_directory / "roles.lock"):
        asyncio.run(ensure_database(database.admin, {}, name))
    url = f"{database.indexer.rpartition('/')[0]}/{name}"
    migrations.upgrade("indexer", url)
    migrations.check("indexer", url)
    command.downgrade(migrations.config("indexer", url), "base")
    migrations.upgrade("indexer", url)
