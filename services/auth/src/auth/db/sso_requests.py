"""Sign-ins that wait for their provider's answer."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import SsoRequestRow


@dataclass(frozen=True, slots=True)
class SsoRequest:
    provider: str
    secrets: str
    browser: bytes | None
    next: str


class SsoRequestStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, digest: bytes, request: SsoRequest, expires_at: datetime) -> None:
        row = SsoRequestRow(
            digest=digest,
            provider=request.provider,
            secrets=request.secrets,
            browser=request.browser,
            next=request.next,
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()

    async def take(self, digest: bytes) -> SsoRequest | None:
        """Delete and return the request. Of several concurrent callers only one gets it."""
        query = delete(SsoRequestRow).where(
            SsoRequestRow.digest == digest, SsoRequestRow.expires_at > datetime.now(UTC)
        )
        columns = (SsoRequestRow.provider, SsoRequestRow.secrets, SsoRequestRow.browser, SsoRequestRow.next)
        found = (await self._session.execute(query.returning(*columns))).one_or_none()
        return SsoRequest(*found) if found else None

    async def prune(self) -> None:
        await self._session.execute(delete(SsoRequestRow).where(SsoRequestRow.expires_at < datetime.now(UTC)))
