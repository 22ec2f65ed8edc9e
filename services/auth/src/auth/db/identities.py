"""Identities of users at single sign-on providers."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import IdentityRow


class IdentityStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find_user_id(self, issuer: str, subject: str) -> UUID | None:
        found = await self._session.get(IdentityRow, (issuer, subject))
        return found.user_id if found else None

    async def add(self, issuer: str, subject: str, user_id: UUID, provider: str) -> None:
        now = datetime.now(UTC)
        row = IdentityRow(
            issuer=issuer, subject=subject, user_id=user_id, provider=provider, created_at=now, last_login=now
        )
        self._session.add(row)
        await self._session.flush()

    async def note_login(self, issuer: str, subject: str) -> None:
        query = update(IdentityRow).where(IdentityRow.issuer == issuer, IdentityRow.subject == subject)
        await self._session.execute(query.values(last_login=datetime.now(UTC)))

    async def exists_for(self, user_id: UUID, issuer: str | None = None) -> bool:
        """Test whether the user has an identity, at this issuer if one is given."""
        query = exists().where(IdentityRow.user_id == user_id)
        return bool(await self._session.scalar(select(query.where(IdentityRow.issuer == issuer) if issuer else query)))
