"""Second factors of users, and their recovery codes, which are stored as digests."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import RecoveryCodeRow, SecondFactorRow

NO_STEP = -1
"""The `last_step` of a second factor of which no code was used."""


@dataclass(frozen=True, slots=True)
class StoredFactor:
    sealed: str
    """The secret, encrypted."""
    created_at: datetime
    confirmed_at: datetime | None
    last_step: int


class SecondFactorStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, user_id: UUID) -> StoredFactor | None:
        """The user's second factor, confirmed or not."""
        row = await self._session.get(SecondFactorRow, user_id, populate_existing=True)
        return StoredFactor(row.secret, row.created_at, row.confirmed_at, row.last_step) if row else None

    async def find_confirmed(self, user_id: UUID) -> StoredFactor | None:
        found = await self.find(user_id)
        return found if found and found.confirmed_at else None

    async def begin(self, user_id: UUID, sealed: str, at: datetime) -> None:
        """Store a secret that is not confirmed yet, in place of an earlier one."""
        values = {"secret": sealed, "created_at": at, "confirmed_at": None, "last_step": NO_STEP}
        query = upsert(SecondFactorRow).values(user_id=user_id, **values)
        await self._session.execute(query.on_conflict_do_update(index_elements=[SecondFactorRow.user_id], set_=values))

    async def confirm(self, user_id: UUID, at: datetime) -> None:
        query = update(SecondFactorRow).where(SecondFactorRow.user_id == user_id)
        await self._session.execute(query.values(confirmed_at=at))

    async def use_step(self, user_id: UUID, step: int) -> bool:
        """False if a code of this or a later time step was used already."""
        query = update(SecondFactorRow).where(SecondFactorRow.user_id == user_id, SecondFactorRow.last_step < step)
        used = await self._session.execute(query.values(last_step=step).returning(SecondFactorRow.user_id))
        return used.one_or_none() is not None

    async def remove(self, user_id: UUID) -> None:
        await self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        await self._session.execute(delete(SecondFactorRow).where(SecondFactorRow.user_id == user_id))

    async def replace_recovery_codes(self, user_id: UUID, digests: Collection[bytes]) -> None:
        await self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        rows = [{"digest": each, "user_id": user_id} for each in digests]
        await self._session.execute(insert(RecoveryCodeRow), rows)

    async def use_recovery_code(self, user_id: UUID, digest: bytes, at: datetime) -> bool:
        """False if the user has no such code, or used it already."""
        query = update(RecoveryCodeRow).where(
            RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.digest == digest, RecoveryCodeRow.used_at.is_(None)
        )
        used = await self._session.execute(query.values(used_at=at).returning(RecoveryCodeRow.user_id))
        return used.one_or_none() is not None

    async def count_recovery_codes(self, user_id: UUID) -> int:
        """Number of codes that were not used."""
        query = select(func.count()).where(RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
        return (await self._session.execute(query)).scalar_one()

    async def prune(self, *, begun_before: datetime) -> None:
        """Delete second factors that were begun before this time and never confirmed."""
        await self._session.execute(
            delete(SecondFactorRow).where(
                SecondFactorRow.confirmed_at.is_(None), SecondFactorRow.created_at < begun_before
            )
        )
