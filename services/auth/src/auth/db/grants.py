"""One-time codes and refresh tokens, stored as digests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import CodeRow, RefreshTokenRow, SessionRow, table

_ADD = insert(table(RefreshTokenRow))


@dataclass(frozen=True, slots=True)
class RefreshToken:
    session_id: UUID
    rotated_at: datetime | None
    is_browser: bool
    tool: str | None
    """Client id of the tool that it was issued to, if it was one."""


class GrantStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_code(self, digest: bytes, session_id: UUID, expires_at: datetime) -> None:
        self._session.add(CodeRow(digest=digest, session_id=session_id, expires_at=expires_at))
        await self._session.flush()

    async def take_code(self, digest: bytes) -> UUID | None:
        """Delete the code; returns the session that showed it. Of several concurrent callers only one gets it."""
        query = delete(CodeRow).where(CodeRow.digest == digest, CodeRow.expires_at > datetime.now(UTC))
        return await self._session.scalar(query.returning(CodeRow.session_id))

    async def add_refresh_token(self, digest: bytes, session_id: UUID) -> None:
        made = {"digest": digest, "session_id": session_id, "created_at": datetime.now(UTC)}
        await self._session.execute(_ADD, made)

    async def lock_refresh_token(self, digest: bytes) -> RefreshToken | None:
        query = (
            select(
                RefreshTokenRow.session_id,
                RefreshTokenRow.rotated_at,
                SessionRow.is_browser,
                SessionRow.oauth_client_id,
            )
            .join(SessionRow, SessionRow.id == RefreshTokenRow.session_id)
            .where(RefreshTokenRow.digest == digest)
            .with_for_update(of=RefreshTokenRow)
        )
        found = (await self._session.execute(query)).one_or_none()
        return RefreshToken(*found) if found else None

    async def rotate(self, digest: bytes) -> None:
        query = update(RefreshTokenRow).where(RefreshTokenRow.digest == digest)
        await self._session.execute(query.values(rotated_at=datetime.now(UTC)))

    async def remove_of(self, user_id: UUID) -> None:
        own = select(SessionRow.id).where(SessionRow.user_id == user_id)
        for row in (RefreshTokenRow, CodeRow):
            await self._session.execute(delete(row).where(row.session_id.in_(own)))

    async def remove_codes_of(self, user_id: UUID) -> None:
        own = select(SessionRow.id).where(SessionRow.user_id == user_id)
        await self._session.execute(delete(CodeRow).where(CodeRow.session_id.in_(own)))

    async def prune(self) -> None:
        await self._session.execute(delete(CodeRow).where(CodeRow.expires_at < datetime.now(UTC)))
