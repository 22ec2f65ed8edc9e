"""All columns with encrypted values."""

from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from auth.db.tables import CredentialRow, S3KeyPairRow, SecondFactorRow, SigningKeyRow, SsoRequestRow

_SEALED: tuple[InstrumentedAttribute[str], ...] = (
    SigningKeyRow.private,
    CredentialRow.secret,
    SsoRequestRow.secrets,
    SecondFactorRow.secret,
    S3KeyPairRow.secret,
)


class SealedStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def replace_all(self, reseal: Callable[[str], str]) -> int:
        """Replace every encrypted text by `reseal(text)`; returns their number."""
        replaced = 0
        for column in _SEALED:
            rows = await self._session.scalars(select(column).with_for_update())
            for sealed in list(rows):
                await self._session.execute(
                    update(column.class_).where(column == sealed).values({column: reseal(sealed)})
                )
                replaced += 1
        return replaced
