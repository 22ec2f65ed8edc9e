"""The log of imports from other registries: what was imported, and what was left out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from registry.quilt2.db.tables import ImportRow
from registry.quilt2.errors import ImportRunning

DONE, BEGUN, LEFT, NOTE = "done", "begun", "left", "note"

_LOCK = text("SELECT pg_try_advisory_lock(hashtext('quilt2-import'))")
_LOG = text("""
    INSERT INTO registry.quilt2_log (package_id, instance_id, created, author)
    SELECT :package_id, :instance_id, :created, :author WHERE NOT EXISTS (
        SELECT FROM registry.quilt2_log
        WHERE package_id = :package_id AND instance_id = :instance_id AND created = :created)
""")
_COMMENT = text("""
    INSERT INTO registry.quilt2_comment (package_id, author, created, contents)
    SELECT :package_id, CAST(:author AS text), :created, :contents WHERE NOT EXISTS (
        SELECT FROM registry.quilt2_comment
        WHERE package_id = :package_id AND author = CAST(:author AS text) AND created = :created)
""")
_INVITATION = text("""
    INSERT INTO registry.quilt2_invitation (package_id, email, invited_at)
    SELECT :package_id, CAST(:email AS text), :invited_at WHERE NOT EXISTS (
        SELECT FROM registry.quilt2_invitation WHERE package_id = :package_id AND email = CAST(:email AS text))
""")
_RECORD = text("""
    INSERT INTO registry.quilt2_import (source, kind, key, state, reason, position)
    SELECT CAST(:source AS text), given.* FROM unnest(
        CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
        CAST(:positions AS bigint[])
    ) AS given
    ON CONFLICT (source, kind, key) DO UPDATE
        SET state = excluded.state, reason = excluded.reason, position = excluded.position
""")
_DELETE_RECORDS = text("DELETE FROM registry.quilt2_import WHERE source = :source AND starts_with(key, :beginning)")


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """The result for one user, package, instance or other item."""

    kind: str
    key: str
    state: str
    reason: str = ""
    position: int = 0


class ImportStore:
    """The import log of one source, and rows that only imports add."""

    def __init__(self, session: AsyncSession, source: str) -> None:
        self._session = session
        self._source = source

    async def record(self, items: Sequence[ImportedItem]) -> None:
        last = {(each.kind, each.key): each for each in items}.values()
        values = {
            "source": self._source,
            "kinds": [each.kind for each in last],
            "keys": [each.key for each in last],
            "states": [each.state for each in last],
            "reasons": [each.reason for each in last],
            "positions": [each.position for each in last],
        }
        if items:
            await self._session.execute(_RECORD, values)

    async def delete_records(self, beginning: str) -> None:
        """Delete the records whose key begins so, before these items are looked at again."""
        await self._session.execute(_DELETE_RECORDS, {"source": self._source, "beginning": beginning})

    async def find(self, kind: str, key: str) -> ImportedItem | None:
        found = await self._all(ImportRow.kind == kind, ImportRow.key == key)
        return found[0] if found else None

    async def keys(self, kind: str, state: str) -> set[str]:
        query = select(ImportRow.key).where(
            ImportRow.source == self._source, ImportRow.kind == kind, ImportRow.state == state
        )
        return set(await self._session.scalars(query))

    async def all(self) -> list[ImportedItem]:
        return await self._all()

    async def add_log(self, package_id: int, instance_id: int, created: datetime, author: str) -> None:
        """Does nothing if there is such an entry, like the other `add_` methods."""
        values = {"package_id": package_id, "instance_id": instance_id, "created": created, "author": author}
        await self._session.execute(_LOG, values)

    async def add_comment(self, package_id: int, author: str, created: datetime, contents: str) -> None:
        values = {"package_id": package_id, "author": author, "created": created, "contents": contents}
        await self._session.execute(_COMMENT, values)

    async def add_invitation(self, package_id: int, email: str, invited_at: datetime) -> None:
        values = {"package_id": package_id, "email": email, "invited_at": invited_at}
        await self._session.execute(_INVITATION, values)

    async def _all(self, *which: object) -> list[ImportedItem]:
        query = select(ImportRow).where(ImportRow.source == self._source, *which)  # type: ignore[arg-type]
        rows = await self._session.scalars(query.order_by(ImportRow.kind, ImportRow.key))
        return [ImportedItem(row.kind, row.key, row.state, row.reason, row.position) for row in rows]


@asynccontextmanager
async def only_import(engine: AsyncEngine) -> AsyncIterator[None]:
    """Keep other imports from running. Raises ImportRunning while there is one."""
    async with engine.connect() as connection:
        if not await connection.scalar(_LOCK):
            raise ImportRunning("Another import is running")
        yield
