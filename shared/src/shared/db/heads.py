"""The migration at which a schema is, and the newest one in the code.

Services compare the two when they start. Alembic is not imported for it, because its imports take memory and time in each process.
"""

import re
from importlib.resources import files

import structlog
from sqlalchemy import text

from shared.db.engine import AsyncEngine

_REVISION = re.compile(r'^revision = "(\w+)"$', re.MULTILINE)
_REVISION_BEFORE = re.compile(r'^down_revision = "(\w+)"$', re.MULTILINE)

log = structlog.get_logger()


async def require_head(engine: AsyncEngine, service: str, schema: str) -> None:
    """Raise RuntimeError when the schema is behind the code.

    A schema that is ahead is accepted: the previous version runs on it (docs/operations/upgrade.md).
    """
    head = newest_revision(service)
    found = await revision_of(engine, schema)
    if is_ahead(service, found):
        log.warning("schema_ahead", schema=schema, found=found, head=head)
    elif found != head:
        raise RuntimeError(f"The schema {schema} is at {found}, the code is at {head}: run the migrations of {service}")


def newest_revision(service: str) -> str:
    scripts = _scripts(service)
    [head] = {*_found(_REVISION, scripts)} - {*_found(_REVISION_BEFORE, scripts)}
    return head


def is_ahead(service: str, found: str | None) -> bool:
    """True if the schema is at a migration that this code does not have."""
    return found is not None and found not in _found(_REVISION, _scripts(service))


async def revision_of(engine: AsyncEngine, schema: str) -> str | None:
    """The last migration of the schema; None before the first one."""
    there = text("SELECT count(*) FROM pg_tables WHERE schemaname = :schema AND tablename = 'alembic_version'")
    async with engine.connect() as connection:
        if not await connection.scalar(there, {"schema": schema}):
            return None
        revision: str | None = await connection.scalar(text(f'SELECT version_num FROM "{schema}".alembic_version'))  # noqa: S608
        return revision


def _scripts(service: str) -> list[str]:
    versions = files(service) / "migrations" / "versions"
    return [file.read_text(encoding="utf-8") for file in versions.iterdir() if file.name.endswith(".py")]


def _found(pattern: re.Pattern[str], scripts: list[str]) -> list[str]:
    return [name for script in scripts for name in pattern.findall(script)]
