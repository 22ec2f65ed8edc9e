"""Everything that rests sealed, wherever it is."""

from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from auth.db.tables import CredentialRow, SigningKeyRow, SsoRequestRow

_SEALED: tuple[InstrumentedAttribute[str], ...] = (SigningKeyRow.private, CredentialRow.secret, SsoRequestRow.secrets)


class SealedStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace(self, anew: Callable[[str], str]) -> int:
        """Every sealed text by what `anew` makes of it; returns how many there were."""
        replaced = 0
        for column in _SEALED:
            rows = await self._session.scalars(select(column).with_for_update())
            for sealed in list(rows):
                await self._session.execute(
                    update(column.class_).where(column == sealed).values({column: anew(sealed)})
                )
                replaced += 1
        return replaced
