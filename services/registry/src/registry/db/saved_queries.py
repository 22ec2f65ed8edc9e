"""Statements that people keep, and perhaps share."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import delete, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import SavedQueryRow
from registry.errors import SavedQueryNotFound, TooManySavedQueries
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.errors import InvalidCursor
from shared.schemas.page import Page
from shared.schemas.principal import Principal
from shared.schemas.queries import SavedParameter, SavedQuery, SavedQueryChange

MAX_SAVED_QUERIES = 1_000
"""Limit for each owner."""

_PARAMETERS: TypeAdapter[list[SavedParameter]] = TypeAdapter(list[SavedParameter])


class SavedQueryStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, viewer: Principal, *, after: str | None, limit: int) -> Page[SavedQuery]:
        """Saved queries of the viewer, and shared ones of others; newest first."""
        query = (
            select(SavedQueryRow)
            .where(or_(SavedQueryRow.owner_id == viewer.user_id, SavedQueryRow.shared))
            .order_by(SavedQueryRow.created_at.desc(), SavedQueryRow.id.desc())
            .limit(limit + 1)
        )
        if after:
            query = query.where(tuple_(SavedQueryRow.created_at, SavedQueryRow.id) < tuple_(*_position_of(after)))
        rows = list(await self._session.scalars(query))
        shown = rows[:limit]
        return Page(
            items=[_saved_of(row, viewer) for row in shown],
            next=encode_cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(rows) > limit else None,
        )

    async def get(self, viewer: Principal, saved_id: UUID) -> SavedQuery:
        """Raises SavedQueryNotFound unless it is the viewer's, or shared."""
        query = select(SavedQueryRow).where(
            SavedQueryRow.id == saved_id, or_(SavedQueryRow.owner_id == viewer.user_id, SavedQueryRow.shared)
        )
        row = await self._session.scalar(query)
        if row is None:
            raise SavedQueryNotFound(f"No saved query {saved_id}")
        return _saved_of(row, viewer)

    async def add(self, viewer: Principal, wanted: SavedQueryChange) -> SavedQuery:
        """Raises TooManySavedQueries."""
        own = select(func.count()).where(SavedQueryRow.owner_id == viewer.user_id)
        if (await self._session.scalar(own) or 0) >= MAX_SAVED_QUERIES:
            raise TooManySavedQueries(f"You have {MAX_SAVED_QUERIES:,} saved queries. Remove some")
        now = datetime.now(UTC)
        row = SavedQueryRow(id=uuid4(), owner_id=viewer.user_id, owner=viewer.name, created_at=now, updated_at=now)
        _change(row, wanted)
        self._session.add(row)
        await self._session.flush()
        return _saved_of(row, viewer)

    async def replace(self, viewer: Principal, saved_id: UUID, wanted: SavedQueryChange) -> SavedQuery:
        """Raises SavedQueryNotFound unless it is the viewer's."""
        row = await self._own(viewer, saved_id)
        _change(row, wanted)
        row.updated_at = datetime.now(UTC)
        await self._session.flush()
        return _saved_of(row, viewer)

    async def remove(self, viewer: Principal, saved_id: UUID) -> None:
        """Raises SavedQueryNotFound unless it is the viewer's, or the viewer is an administrator and it is shared."""
        removing = delete(SavedQueryRow).where(SavedQueryRow.id == saved_id).returning(SavedQueryRow.id)
        allowed = SavedQueryRow.owner_id == viewer.user_id
        if viewer.is_admin:
            allowed = or_(allowed, SavedQueryRow.shared)
        if await self._session.scalar(removing.where(allowed)) is None:
            raise SavedQueryNotFound(f"No saved query {saved_id}")

    async def _own(self, viewer: Principal, saved_id: UUID) -> SavedQueryRow:
        query = select(SavedQueryRow).where(SavedQueryRow.id == saved_id, SavedQueryRow.owner_id == viewer.user_id)
        row = await self._session.scalar(query.with_for_update())
        if row is None:
            raise SavedQueryNotFound(f"No saved query {saved_id}")
        return row


def _change(row: SavedQueryRow, wanted: SavedQueryChange) -> None:
    row.name, row.description, row.sql, row.shared = wanted.name, wanted.description, wanted.sql, wanted.shared
    row.parameters = _PARAMETERS.dump_json(wanted.parameters)
    row.chart = json.dumps(wanted.chart).encode() if wanted.chart is not None else None


def _position_of(cursor: str) -> tuple[datetime, UUID]:
    created_at, saved_id = decode_cursor(cursor, str, str)
    try:
        return cursor_time(created_at), UUID(saved_id)
    except ValueError as error:
        raise InvalidCursor("Malformed cursor") from error


def _saved_of(row: SavedQueryRow, viewer: Principal) -> SavedQuery:
    return SavedQuery(
        id=row.id,
        name=row.name,
        description=row.description,
        sql=row.sql,
        parameters=_PARAMETERS.validate_json(row.parameters),
        chart=json.loads(row.chart) if row.chart is not None else None,
        shared=row.shared,
        owner=row.owner,
        is_own=row.owner_id == viewer.user_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
