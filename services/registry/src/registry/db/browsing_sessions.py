"""Browsing sessions by the digest of their id, which is a secret."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from registry.db.tables import BrowsingSessionRow
from shared.db.engine import AsyncSession
from shared.schemas.browsing_session import BrowsedRevision

MAX_BROWSING_SESSIONS_OF_USER = 200
"""Further ones end the oldest."""


@dataclass(frozen=True, slots=True)
class BrowsingOwner:
    """A session by its id, if this user made it."""

    session_id: str
    owner_id: UUID


class BrowsingSessionStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, made: BrowsingOwner, revision: BrowsedRevision) -> None:
        row = BrowsingSessionRow
        await self._session.execute(
            insert(row).values(id=_digest(made.session_id), owner_id=made.owner_id, **revision.model_dump())
        )
        newest = (
            select(row.id)
            .where(row.owner_id == made.owner_id)
            .order_by(row.expires_at.desc())
            .limit(MAX_BROWSING_SESSIONS_OF_USER)
        )
        await self._session.execute(delete(row).where(row.owner_id == made.owner_id, row.id.not_in(newest)))

    async def find(self, session_id: str) -> BrowsedRevision | None:
        """The revision, unless the session has expired."""
        query = select(BrowsingSessionRow).where(
            BrowsingSessionRow.id == _digest(session_id), BrowsingSessionRow.expires_at > func.now()
        )
        return _revision(await self._session.scalar(query))

    async def renew(self, made: BrowsingOwner, ticket: str, expires_at: datetime) -> BrowsedRevision | None:
        """The revision; None for a session that has expired, or of somebody else."""
        row = BrowsingSessionRow
        query = (
            update(row)
            .where(row.id == _digest(made.session_id), row.owner_id == made.owner_id, row.expires_at > func.now())
            .values(ticket=ticket, expires_at=expires_at)
            .returning(row)
        )
        return _revision(await self._session.scalar(query))

    async def remove(self, made: BrowsingOwner) -> bool:
        """True if there was such a session."""
        row = BrowsingSessionRow
        query = delete(row).where(row.id == _digest(made.session_id), row.owner_id == made.owner_id).returning(row.id)
        return await self._session.scalar(query) is not None

    async def remove_expired(self) -> None:
        await self._session.execute(delete(BrowsingSessionRow).where(BrowsingSessionRow.expires_at <= func.now()))


def _revision(row: BrowsingSessionRow | None) -> BrowsedRevision | None:
    if row is None:
        return None
    return BrowsedRevision(
        ticket=row.ticket, bucket=row.bucket, package=row.package, top_hash=row.top_hash, expires_at=row.expires_at
    )


def _digest(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()
