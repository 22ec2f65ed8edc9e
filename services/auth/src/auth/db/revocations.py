"""The revocation feed, numbered in the order of commits: a reader that follows the numbers misses nothing."""

from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import RevocationFeedRow, RevocationRow
from shared.schemas.principal import Revocation, Revocations


class RevocationStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, subject: str) -> None:
        """Append a revocation. Locks the feed until the transaction ends, so call this last."""
        numbered = update(RevocationFeedRow).values(seq=RevocationFeedRow.seq + 1).returning(RevocationFeedRow.seq)
        seq = (await self._session.execute(numbered)).scalar_one()
        self._session.add(RevocationRow(seq=seq, subject=subject, at=datetime.now(UTC)))
        await self._session.flush()

    async def head(self) -> int:
        """Number of the latest revocation; everything read after this call includes it."""
        return (await self._session.execute(select(RevocationFeedRow.seq))).scalar_one()

    async def list_since(self, since: int | None) -> Revocations:
        head = await self.head()
        if since is None:
            return Revocations(events=[], seq=head, reset=False)
        query = (
            select(RevocationRow)
            .where(RevocationRow.seq > since, RevocationRow.seq <= head)
            .order_by(RevocationRow.seq)
        )
        # `pruned` is read after the events, so that a concurrent prune is noticed.
        events = [Revocation(seq=row.seq, subject=row.subject) for row in await self._session.scalars(query)]
        pruned = (await self._session.execute(select(RevocationFeedRow.pruned))).scalar_one()
        return Revocations(events=events, seq=head, reset=since < pruned or since > head)

    async def prune(self, *, before: datetime) -> None:
        await self._session.execute(select(RevocationFeedRow).with_for_update())
        last = await self._session.scalar(select(func.max(RevocationRow.seq)).where(RevocationRow.at < before))
        if last is not None:
            await self._session.execute(delete(RevocationRow).where(RevocationRow.seq <= last))
            await self._session.execute(update(RevocationFeedRow).values(pruned=last))
