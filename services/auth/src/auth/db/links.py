"""One-time links of mails, stored as digests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import LinkRow


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    user_id: UUID | None
    email: str


class LinkStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, digest: bytes, kind: str, *, email: str, expires_at: datetime, user_id: UUID | None = None
    ) -> None:
        self._session.add(LinkRow(digest=digest, kind=kind, user_id=user_id, email=email, expires_at=expires_at))
        await self._session.flush()

    async def find_owner(self, digest: bytes) -> UUID | None:
        return await self._session.scalar(select(LinkRow.user_id).where(LinkRow.digest == digest))

    async def find_email(self, digest: bytes, kind: str) -> str | None:
        """The address to which a good link was mailed."""
        good = (LinkRow.digest == digest, LinkRow.kind == kind, LinkRow.expires_at > datetime.now(UTC))
        return await self._session.scalar(select(LinkRow.email).where(*good))

    async def take(self, digest: bytes, kind: str) -> OneTimeLink | None:
        """Delete and return the link, if it is good. Of several concurrent callers only one gets it."""
        query = delete(LinkRow).where(
            LinkRow.digest == digest, LinkRow.kind == kind, LinkRow.expires_at > datetime.now(UTC)
        )
        found = (await self._session.execute(query.returning(LinkRow.user_id, LinkRow.email))).one_or_none()
        return OneTimeLink(*found) if found else None

    async def remove_of(self, user_id: UUID) -> None:
        await self._session.execute(delete(LinkRow).where(LinkRow.user_id == user_id))

    async def remove_mailed(self, email: str, kind: str) -> None:
        await self._session.execute(delete(LinkRow).where(LinkRow.email == email, LinkRow.kind == kind))

    async def prune(self) -> None:
        await self._session.execute(delete(LinkRow).where(LinkRow.expires_at < datetime.now(UTC)))
