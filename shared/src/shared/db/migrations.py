"""Alembic, the same for every service: migrations live in the service's package, in `migrations/`."""

import asyncio
from importlib.resources import files
from typing import Any

import structlog
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SCHEMAS = {"auth": "auth", "registry": "registry", "indexer": "index"}
"""Of each service that has one."""

log = structlog.get_logger()


def config(service: str, url: str = "") -> Config:
    """Alembic's configuration for the package `service`, without any file."""
    made = Config()
    made.set_main_option("script_location", str(files(service) / "migrations"))
    made.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    made.attributes["url"] = url
    return made


def upgrade(service: str, url: str) -> None:
    """To the code's head; a schema that is ahead of the code, as after a rollback, is left as it is."""
    schema = SCHEMAS[service]
    if _is_ahead(service, asyncio.run(_revision_at(url, schema))):
        log.warning("schema_ahead", schema=schema)
        return
    command.upgrade(config(service, url), "head")


def check(service: str, url: str) -> None:
    """Raise when the tables in the code and in the database differ."""
    command.check(config(service, url))


def new_revision(service: str, url: str, message: str) -> None:
    command.revision(config(service, url), message, autogenerate=True)


async def require_head(engine: AsyncEngine, service: str, schema: str) -> None:
    """Refuse to start on a schema that is behind the code.

    One that is ahead is fine: migrations only add what the version before them can do without (docs/operations/upgrade.md).
    """
    head = ScriptDirectory.from_config(config(service)).get_current_head()
    found = await _revision(engine, schema)
    if _is_ahead(service, found):
        log.warning("schema_ahead", schema=schema, found=found, head=head)
    elif found != head:
        raise RuntimeError(f"The schema {schema} is at {found}, the code at {head}: run the migrations of {service}")


def _is_ahead(service: str, found: str | None) -> bool:
    """Whether a migration made it that this code has never heard of."""
    known = {script.revision for script in ScriptDirectory.from_config(config(service)).walk_revisions()}
    return found is not None and found not in known


async def _revision(engine: AsyncEngine, schema: str) -> str | None:
    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()

    async with engine.connect() as connection:
        return await connection.run_sync(current)


async def _revision_at(url: str, schema: str) -> str | None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        return await _revision(engine, schema)
    finally:
        await engine.dispose()


def run_env(metadata: MetaData) -> None:
    """The whole body of a service's `migrations/env.py`."""
    url = context.config.attributes["url"]
    schema = metadata.schema

    def mine(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        return kind != "table" or name != "alembic_version"

    def run(connection: Connection) -> None:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=schema,
            include_schemas=True,
            include_name=lambda name, kind, _: kind != "schema" or name == schema,
            include_object=mine,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            context.run_migrations()

    async def connect() -> None:
        # `public` alone in the path from the first moment, or reflection would call our own schema the default one.
        settings = {"server_settings": {"search_path": "public"}}
        engine = create_async_engine(url, poolclass=pool.NullPool, connect_args=settings)
        async with engine.connect() as connection:
            await connection.run_sync(run)
        await engine.dispose()

    asyncio.run(connect())
