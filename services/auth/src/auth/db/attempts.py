"""Attempts of the last while, counted for all replicas together."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import AttemptRow

KEPT = timedelta(hours=1)
"""No limit looks back further."""


@dataclass(frozen=True, slots=True)
class Attempts:
    both: int
    """Of this subject from this address."""
    subject: int
    address: int


class AttemptStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, kind: str, subject: bytes, address: str) -> None:
        self._session.add(AttemptRow(kind=kind, subject=subject, address=address, at=datetime.now(UTC)))
        await self._session.flush()

    async def count(self, kind: str, subject: bytes, address: str, within: timedelta) -> Attempts:
        same_subject, same_address = AttemptRow.subject == subject, AttemptRow.address == address
        query = select(
            func.count().filter(and_(same_subject, same_address)),
            func.count().filter(same_subject),
            func.count().filter(same_address),
        ).where(
            AttemptRow.kind == kind,
            AttemptRow.at > datetime.now(UTC) - within,
            or_(same_subject, same_address),
        )
        return Attempts(*(await self._session.execute(query)).one())

    async def prune(self) -> None:
        await self._session.execute(delete(AttemptRow).where(AttemptRow.at < datetime.now(UTC) - KEPT))
