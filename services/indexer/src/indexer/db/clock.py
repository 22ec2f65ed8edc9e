"""The clock of the database, which all indexers share."""

from datetime import datetime

from sqlalchemy import text

from shared.db.engine import AsyncSession


async def database_time(session: AsyncSession) -> datetime:
    """The time now, not that of the transaction's beginning."""
    found: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return found
