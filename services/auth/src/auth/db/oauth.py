"""Tools that registered, and their authorization codes, stored as digests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import OAuthClientRow, OAuthCodeRow, SessionRow


@dataclass(frozen=True, slots=True)
class RegisteredTool:
    client_id: str
    name: str
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolCode:
    """An authorization code; `started` is the session that its first use started."""

    client_id: str
    approved_in: UUID
    redirect_uri: str
    challenge: str
    role_id: UUID | None
    expires_at: datetime
    used_at: datetime | None = None
    started: UUID | None = None


class OAuthStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add_tool(self, tool: RegisteredTool) -> None:
        row = OAuthClientRow(
            id=tool.client_id, name=tool.name, redirect_uris=list(tool.redirect_uris), created_at=datetime.now(UTC)
        )
        self._session.add(row)
        await self._session.flush()

    async def find_tool(self, client_id: str) -> RegisteredTool | None:
        row = await self._session.get(OAuthClientRow, client_id)
        return RegisteredTool(row.id, row.name, tuple(row.redirect_uris)) if row else None

    async def remove_unused_beyond(self, most: int) -> None:
        """Remove the oldest tools that were never used, so that at most `most` of these are left."""
        too_many = (
            select(OAuthClientRow.id)
            .where(OAuthClientRow.last_used_at.is_(None))
            .order_by(OAuthClientRow.created_at.desc(), OAuthClientRow.id)
            .offset(most)
        )
        await self._session.execute(delete(OAuthClientRow).where(OAuthClientRow.id.in_(too_many)))

    async def note_use(self, client_id: str) -> None:
        query = update(OAuthClientRow).where(OAuthClientRow.id == client_id)
        await self._session.execute(query.values(last_used_at=datetime.now(UTC)))

    async def add_code(self, digest: bytes, code: ToolCode) -> None:
        row = OAuthCodeRow(
            digest=digest,
            client_id=code.client_id,
            approved_in=code.approved_in,
            redirect_uri=code.redirect_uri,
            challenge=code.challenge,
            role_id=code.role_id,
            expires_at=code.expires_at,
        )
        self._session.add(row)
        await self._session.flush()

    async def use_code(self, digest: bytes) -> ToolCode | None:
        """Mark a code as used; returns its state before. Of several concurrent callers only one finds it unused."""
        row = await self._session.scalar(select(OAuthCodeRow).where(OAuthCodeRow.digest == digest).with_for_update())
        if row is None:
            return None
        found = ToolCode(
            row.client_id,
            row.approved_in,
            row.redirect_uri,
            row.challenge,
            row.role_id,
            row.expires_at,
            row.used_at,
            row.started,
        )
        row.used_at = row.used_at or datetime.now(UTC)
        await self._session.flush()
        return found

    async def note_started(self, digest: bytes, session_id: UUID) -> None:
        query = update(OAuthCodeRow).where(OAuthCodeRow.digest == digest)
        await self._session.execute(query.values(started=session_id))

    async def remove_codes_of(self, user_id: UUID) -> None:
        own = select(SessionRow.id).where(SessionRow.user_id == user_id)
        await self._session.execute(delete(OAuthCodeRow).where(OAuthCodeRow.approved_in.in_(own)))

    async def prune(self, *, unused_since: datetime, codes_before: datetime) -> None:
        await self._session.execute(delete(OAuthCodeRow).where(OAuthCodeRow.expires_at < codes_before))
        never = OAuthClientRow.last_used_at.is_(None), OAuthClientRow.created_at < unused_since
        await self._session.execute(delete(OAuthClientRow).where(*never))
