"""The SSO configuration, with all its versions."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import SsoConfigRow
from shared.schemas.audit import Caller
from shared.schemas.sso import SsoConfig


class SsoConfigStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self) -> SsoConfig | None:
        """The configuration in force, or None if none was set or the last one was removed."""
        row = await self._session.scalar(select(SsoConfigRow).order_by(SsoConfigRow.version.desc()).limit(1))
        if row is None or row.text is None:
            return None
        return SsoConfig(version=row.version, text=row.text, uploader=row.uploader, at=row.at)

    async def add(self, text: str | None, uploader: Caller) -> None:
        row = SsoConfigRow(text=text, uploader_id=uploader.user_id, uploader=uploader.user, at=datetime.now(UTC))
        self._session.add(row)
        await self._session.flush()
