"""The ledger of vended S3 credentials, by which signatures are checked."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import CredentialRow
from shared.schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class VendedCredential:
    """An entry of the ledger."""

    sealed: str
    """The secret access key, encrypted."""
    session_id: UUID
    user_id: UUID
    role_id: UUID
    expires_at: datetime


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

    async def find(self, access_key_id: str) -> VendedCredential | None:
        """The entry, or None if there is none or it has expired."""
        row = CredentialRow
        query = select(row.secret, row.session_id, row.user_id, row.role_id, row.expires_at)
        alive = query.where(row.access_key_id == access_key_id, row.expires_at > datetime.now(UTC))
        found = (await self._session.execute(alive)).one_or_none()
        return VendedCredential(*found) if found else None

    async def prune(self) -> None:
        await self._session.execute(delete(CredentialRow).where(CredentialRow.expires_at < datetime.now(UTC)))
