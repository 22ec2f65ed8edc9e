"""Failed logins of the last minute, counted for all replicas together."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import FailedLoginRow

WINDOW = timedelta(minutes=1)


class FailedLoginStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, account: bytes, address: str) -> None:
        self._session.add(FailedLoginRow(account=account, address=address, at=datetime.now(UTC)))
        await self._session.flush()

    async def count(self, account: bytes, address: str) -> tuple[int, int, int]:
        """Failures within a minute: for this account from this address, for the account, from the address."""
        same_account, same_address = FailedLoginRow.account == account, FailedLoginRow.address == address
        query = select(
            func.count().filter(and_(same_account, same_address)),
            func.count().filter(same_account),
            func.count().filter(same_address),
        ).where(FailedLoginRow.at > datetime.now(UTC) - WINDOW, or_(same_account, same_address))
        pair, of_account, from_address = (await self._session.execute(query)).one()
        return pair, of_account, from_address

    async def prune(self) -> None:
        await self._session.execute(delete(FailedLoginRow).where(FailedLoginRow.at < datetime.now(UTC) - WINDOW))
