"""The revocation feed, numbered in the order of commits: a reader that follows the numbers misses nothing."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import RevocationFeedRow, RevocationListenerRow, RevocationRow
from auth.revocation_signal import READ_CHANNEL, REVOKED_CHANNEL, note_written
from shared.schemas.principal import Revocation, Revocations

_NOTIFY = text("SELECT pg_notify(:channel, '')")


class RevocationStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, subject: str) -> None:
        """Append a revocation. Locks the feed until the transaction ends, so call this last."""
        numbered = update(RevocationFeedRow).values(seq=RevocationFeedRow.seq + 1).returning(RevocationFeedRow.seq)
        seq = (await self._session.execute(numbered)).scalar_one()
        self._session.add(RevocationRow(seq=seq, subject=subject, at=datetime.now(UTC)))
        await self._session.flush()
        await self._session.execute(_NOTIFY, {"channel": REVOKED_CHANNEL})  # sent at the commit
        note_written(seq)

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


class RevocationListenerStore:
    """How far the processes that cache rights have read the feed. Times are those of the database, as replicas differ."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note(self, listener: UUID, position: int) -> None:
        noted = insert(RevocationListenerRow).values(id=listener, position=position, seen_at=func.now())
        renewed = {"position": noted.excluded.position, "seen_at": noted.excluded.seen_at}
        await self._session.execute(noted.on_conflict_do_update(index_elements=["id"], set_=renewed))
        await self._session.execute(_NOTIFY, {"channel": READ_CHANNEL})

    async def forget(self, listener: UUID) -> None:
        await self._session.execute(delete(RevocationListenerRow).where(RevocationListenerRow.id == listener))
        await self._session.execute(_NOTIFY, {"channel": READ_CHANNEL})

    async def is_behind(self, seq: int, *, seen_within: timedelta) -> bool:
        """Test whether the revocation `seq` is committed, and a listener that was seen lately has not read it."""
        behind = exists().where(
            RevocationListenerRow.position < seq, RevocationListenerRow.seen_at > func.now() - seen_within
        )
        query = select(RevocationFeedRow.seq >= seq).where(behind)
        return bool(await self._session.scalar(query))

    async def prune(self, *, unseen_for: timedelta) -> None:
        await self._session.execute(
            delete(RevocationListenerRow).where(RevocationListenerRow.seen_at < func.now() - unseen_for)
        )
