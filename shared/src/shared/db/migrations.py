"""Runs Alembic for all services. The migrations of a service are in its package, in `migrations/`."""

import asyncio
from importlib.resources import files
from typing import Any

import structlog
from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db.heads import is_ahead, revision_of

SCHEMAS = {"auth": "auth", "registry": "registry", "indexer": "index"}
"""The schema of each service that has one."""

log = structlog.get_logger()


def config(service: str, url: str = "") -> Config:
    """Configuration of Alembic for the package `service`; there is no configuration file."""
    made = Config()
    made.set_main_option("script_location", str(files(service) / "migrations"))
    made.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    made.attributes["url"] = url
    return made


def upgrade(service: str, url: str) -> None:
    """Migrate to the head of the code. A schema that is ahead of the code, as after a rollback, stays as it is."""
    schema = SCHEMAS[service]
    if is_ahead(service, asyncio.run(_revision_at(url, schema))):
        log.warning("schema_ahead", schema=schema)
        return
    command.upgrade(config(service, url), "head")


def check(service: str, url: str) -> None:
    """Raise an error when the tables in the code and in the database differ."""
    command.check(config(service, url))


def new_revision(service: str, url: str, message: str) -> None:
    command.revision(config(service, url), message, autogenerate=True)


async def _revision_at(url: str, schema: str) -> str | None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    try:
        return await revision_of(engine, schema)
    finally:
        await engine.dispose()


def run_env(metadata: MetaData) -> None:
    """The body of `migrations/env.py` of each service."""
    url = context.config.attributes["url"]
    schema = metadata.schema

    def is_ours(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        return kind != "table" or name != "alembic_version"

    def run(connection: Connection) -> None:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=schema,
            include_schemas=True,
            include_name=lambda name, kind, _: kind != "schema" or name == schema,
            include_object=is_ours,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            context.run_migrations()

    async def connect() -> None:
        # With our schema in the search path, reflection would take it for the default schema and leave out its name.
        settings = {"server_settings": {"search_path": "public"}}
        engine = create_async_engine(url, poolclass=pool.NullPool, connect_args=settings)
        async with engine.connect() as connection:
            await connection.run_sync(run)
        await engine.dispose()

    asyncio.run(connect())
