import asyncio

from alembic import command
from support.people import MakeDatabase

from shared.db import migrations


async def test_migrations_make_what_the_tables_say_and_can_be_undone(make_database: MakeDatabase) -> None:
    url = await make_database("migrated")

    def there_and_back() -> None:
        migrations.upgrade("auth", url)
        migrations.check("auth", url)
        command.downgrade(migrations.config("auth", url), "base")
        migrations.upgrade("auth", url)

    await asyncio.to_thread(there_and_back)
