"""The ledger of vended S3 credentials."""

from datetime import UTC, datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import CredentialRow
from shared.schemas.principal import Principal


class CredentialStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self, principal: Principal, *, access_key_id: str, sealed: str, policy: str, expires_at: datetime
    ) -> None:
        row = CredentialRow(
            access_key_id=access_key_id,
            secret=sealed,
            session_id=principal.session_id,
            user_id=principal.user_id,
            role_id=principal.role_id,
            policy=policy,
            created_at=datetime.now(UTC),
            expires_at=expires_at,
        )
        self._session.add(row)
        await self._session.flush()

    async def prune(self) -> None:
        await self._session.execute(delete(CredentialRow).where(CredentialRow.expires_at < datetime.now(UTC)))
