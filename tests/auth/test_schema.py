import asyncio

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from support.worlds.auth_world import MakeDatabase

from shared.db import migrations
from shared.db.heads import newest_revision, require_head


async def test_migrations_match_the_tables_and_can_be_undone(make_database: MakeDatabase) -> None:
    url = await make_database("migrated")

    def there_and_back() -> None:
        migrations.upgrade("auth", url)
        migrations.check("auth", url)
        command.downgrade(migrations.config("auth", url), "base")
        migrations.upgrade("auth", url)

    await asyncio.to_thread(there_and_back)


async def test_auth_runs_on_a_newer_schema_but_not_on_an_older_one(make_database: MakeDatabase) -> None:
    """A replica of the previous version may restart during an upgrade, or after a rollback."""
    url = await make_database("ahead")
    await asyncio.to_thread(migrations.upgrade, "auth", url)
    engine = create_async_engine(url)
    at = text("UPDATE auth.alembic_version SET version_num = :revision")
    first = list(ScriptDirectory.from_config(migrations.config("auth")).walk_revisions())[-1].revision
    async with engine.begin() as connection:
        await connection.execute(at, {"revision": "unheard-of"})
    await require_head(engine, "auth", "auth")
    await asyncio.to_thread(migrations.upgrade, "auth", url)
    async with engine.begin() as connection:
        assert await connection.scalar(text("SELECT version_num FROM auth.alembic_version")) == "unheard-of"
        await connection.execute(at, {"revision": first})
    with pytest.raises(RuntimeError, match="run the migrations of auth"):
        await require_head(engine, "auth", "auth")
    await engine.dispose()


@pytest.mark.parametrize("service", migrations.SCHEMAS)
def test_the_newest_revision_is_the_head_of_alembic(service: str) -> None:
    assert newest_revision(service) == ScriptDirectory.from_config(migrations.config(service)).get_current_head()
