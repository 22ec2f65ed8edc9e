"""The database of a Quilt 2 registry that is imported: read only."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from registry.quilt2.errors import SourceDatabaseUnreadable
from shared.errors import Unavailable

_REQUIRED = ("package", "instance", "s3_blob", "log", "version", "tag", "access")
_OPTIONAL = ("invitation", "comment", "event", "user")
"""Tables that early releases do not have."""
_TABLES = text("""
    SELECT name FROM unnest(CAST(:names AS text[])) AS given (name) WHERE to_regclass(quote_ident(name)) IS NOT NULL
""")
_TAGS = """
    SELECT tag.tag, instance.hash FROM tag JOIN instance ON instance.id = tag.instance_id
    WHERE tag.package_id = :id ORDER BY tag.tag
"""
_VERSIONS = """
    SELECT version.user_version, instance.hash FROM version JOIN instance ON instance.id = version.instance_id
    WHERE version.package_id = :id ORDER BY version.version
"""
_LOGS = """
    SELECT instance.hash, log.created, log.author FROM log JOIN instance ON instance.id = log.instance_id
    WHERE log.package_id = :id ORDER BY log.id
"""
_UNAVAILABLE = ("08", "53", "57P")
"""Classes of SQLSTATE: no connection, no resources, shut down."""
_DRIVERS = {"postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"}


@dataclass(frozen=True, slots=True)
class SourcePackage:
    id: int
    owner: str
    name: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class SourceInstance:
    id: int
    hash: str
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class SourceBlob:
    size: int | None
    preview: str | None


@dataclass(frozen=True, slots=True)
class SourceDetails:
    """The rows of a package beside its instances, which are named by their hashes."""

    users: Sequence[str]
    tags: Sequence[tuple[str, str]]
    versions: Sequence[tuple[str, str]]
    """Versions as they were typed, and hashes."""
    logs: Sequence[tuple[str, datetime, str]]
    invitations: Sequence[tuple[str, datetime]]
    comments: Sequence[tuple[str, datetime, str]]
    """Author, moment, contents."""


@dataclass(frozen=True, slots=True)
class SourceEvent:
    id: int
    created: datetime
    user: str | None
    type: int
    owner: str | None
    name: str | None
    hash: str | None
    extra: str | None
    """JSON."""


class SourceDatabase:
    """All queries raise Unavailable while the database does not respond. The next query connects again."""

    def __init__(self, engine: AsyncEngine, tables: Collection[str]) -> None:
        self._engine = engine
        self._tables = tables
        self._lock = asyncio.Lock()

    @property
    def has_users(self) -> bool:
        """Early releases kept people in another service."""
        return "user" in self._tables

    async def count(self, table: str) -> int:
        if table not in self._tables:
            return 0
        return int((await self._rows(f'SELECT count(*) FROM "{table}"'))[0][0])  # noqa: S608 – one of ours

    async def users(self, after: str, limit: int) -> list[dict[str, Any]]:
        """Rows by name."""
        if not self.has_users:
            return []
        rows = await self._rows(
            'SELECT name, email, password, is_admin, is_active, date_joined, last_login FROM "user" '
            'WHERE name COLLATE "C" > :after ORDER BY name COLLATE "C" LIMIT :limit',
            after=after,
            limit=limit,
        )
        return [dict(row._mapping) for row in rows]  # noqa: SLF001 – SQLAlchemy's name for it

    async def packages(self, after: tuple[str, int], limit: int) -> list[SourcePackage]:
        """Packages by owner, then by id."""
        rows = await self._rows(
            'SELECT id, owner, name FROM package WHERE (owner COLLATE "C", id) > (:owner, :id) '
            'ORDER BY owner COLLATE "C", id LIMIT :limit',
            owner=after[0],
            id=after[1],
            limit=limit,
        )
        return [SourcePackage(*row) for row in rows]

    async def instances(self, package: SourcePackage) -> list[SourceInstance]:
        rows = await self._rows(
            "SELECT id, hash, created_at, created_by, updated_at, updated_by FROM instance "
            "WHERE package_id = :id ORDER BY id",
            id=package.id,
        )
        return [SourceInstance(*row) for row in rows]

    async def contents(self, instance: SourceInstance) -> str:
        """JSON."""
        rows = await self._rows("SELECT CAST(contents AS text) FROM instance WHERE id = :id", id=instance.id)
        return str(rows[0][0])

    async def blobs(self, owner: str, hashes: Sequence[str]) -> dict[str, SourceBlob]:
        rows = await self._rows(
            "SELECT hash, size, preview FROM s3_blob WHERE owner = :owner AND hash = ANY(CAST(:hashes AS text[]))",
            owner=owner,
            hashes=list(hashes),
        )
        return {row[0]: SourceBlob(row[1], row[2]) for row in rows}

    async def details(self, package: SourcePackage) -> SourceDetails:
        async def read(query: str, table: str = "package") -> list[Any]:
            if table not in self._tables:
                return []
            return [tuple(row) for row in await self._rows(query, id=package.id)]

        return SourceDetails(
            users=[row[0] for row in await read('SELECT "user" FROM access WHERE package_id = :id ORDER BY 1')],
            tags=await read(_TAGS),
            versions=await read(_VERSIONS),
            logs=await read(_LOGS),
            invitations=await read(
                "SELECT email, invited_at FROM invitation WHERE package_id = :id ORDER BY id", "invitation"
            ),
            comments=await read(
                "SELECT author, created, contents FROM comment WHERE package_id = :id ORDER BY created, id", "comment"
            ),
        )

    async def events(self, after: int, limit: int) -> list[SourceEvent]:
        if "event" not in self._tables:
            return []
        rows = await self._rows(
            'SELECT id, created, "user", type, package_owner, package_name, package_hash, CAST(extra AS text) FROM event '
            "WHERE id > :after ORDER BY id LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [SourceEvent(*row) for row in rows]

    async def _rows(self, query: str, **values: Any) -> Sequence[Any]:
        async with self._lock:
            try:
                async with self._engine.connect() as connection:
                    return (await connection.execute(text(query), values)).all()
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
                raise Unavailable("The database of the other registry does not respond") from error
            except DBAPIError as error:
                sqlstate = getattr(error.orig, "sqlstate", None) or ""
                if error.connection_invalidated or sqlstate.startswith(_UNAVAILABLE):
                    raise Unavailable("The connection to the database of the other registry was lost") from error
                raise


@asynccontextmanager
async def open_source_database(url: str) -> AsyncIterator[SourceDatabase]:
    """Reads committed rows only. Raises SourceDatabaseUnreadable."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SourceDatabaseUnreadable(
            "The address is not of the form postgresql://user:password@host:port/database"
        ) from error
    if parsed.drivername not in _DRIVERS:
        raise SourceDatabaseUnreadable(f"{parsed.drivername} is no Postgres database")
    settings = {"application_name": "patchwork-import", "default_transaction_read_only": "on"}
    engine = create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": 10, "server_settings": settings},
    )
    try:
        async with engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT name FROM unnest(CAST(:names AS text[])) AS given (name) WHERE to_regclass(quote_ident(name)) IS NOT NULL"
                ),
                {"names": [*_REQUIRED, *_OPTIONAL]},
            )
            tables = {row[0] for row in rows}
            if missing := [each for each in _REQUIRED if each not in tables]:
                raise SourceDatabaseUnreadable(
                    f"This is no database of a Quilt 2 registry: it has no table {missing[0]}"
                )
        yield SourceDatabase(engine, tables)
    except (OSError, SQLAlchemyError) as error:
        raise SourceDatabaseUnreadable(f"The database cannot be read: {error}") from error
    finally:
        await engine.dispose()


def name_of_database(url: str) -> str:
    """Host, port and database, without user and password."""
    parsed = make_url(url)
    return f"{parsed.host or 'localhost'}:{parsed.port or 5432}/{parsed.database or ''}"
