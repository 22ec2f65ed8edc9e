"""Sessions, and who acts in one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import RoleRow, SessionRow, UserRoleRow, UserRow


@dataclass(frozen=True, slots=True)
class Actor:
    """The user of a live session, and the role that they act under."""

    session_id: UUID
    user_id: UUID
    name: str
    is_admin: bool
    role_id: UUID | None
    role: str | None
    is_browser: bool


class SessionStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user_id: UUID, expires_at: datetime, *, is_browser: bool) -> UUID:
        row = SessionRow(
            id=uuid4(),
            user_id=user_id,
            created_at=datetime.now(UTC),
            expires_at=expires_at,
            is_browser=is_browser,
        )
        self._session.add(row)
        await self._session.flush()
        return row.id

    async def find_actor(self, session_id: UUID) -> Actor | None:
        """None unless the session lives and its user is active."""
        query = (
            select(
                SessionRow.id,
                UserRow.id,
                UserRow.name,
                UserRow.is_admin,
                RoleRow.id,
                RoleRow.name,
                SessionRow.is_browser,
            )
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .outerjoin(UserRoleRow, and_(UserRoleRow.user_id == UserRow.id, UserRoleRow.active))
            .outerjoin(RoleRow, RoleRow.id == UserRoleRow.role_id)
            .where(
                SessionRow.id == session_id,
                SessionRow.revoked_at.is_(None),
                SessionRow.expires_at > datetime.now(UTC),
                UserRow.is_active,
            )
        )
        found = (await self._session.execute(query)).one_or_none()
        return Actor(*found) if found else None

    async def extend(self, session_id: UUID, expires_at: datetime) -> None:
        await self._session.execute(update(SessionRow).where(SessionRow.id == session_id).values(expires_at=expires_at))

    async def revoke(self, session_id: UUID) -> None:
        await self._revoke(SessionRow.id == session_id)

    async def revoke_all(self, user_id: UUID) -> None:
        await self._revoke(SessionRow.user_id == user_id)

    async def prune(self, *, ended_before: datetime) -> None:
        await self._session.execute(delete(SessionRow).where(SessionRow.expires_at < ended_before))

    async def _revoke(self, which: ColumnElement[bool]) -> None:
        query = update(SessionRow).where(which, SessionRow.revoked_at.is_(None))
        await self._session.execute(query.values(revoked_at=datetime.now(UTC)))
