"""Reading of the objects whose documents were written from a listing: texts first, then metadata as the budget allows."""

from contextlib import suppress

from indexer.db.request_budgets import RequestBudget, RequestBudgetStore
from indexer.db.unread_objects import UnreadObjectStore
from indexer.services.key_indexer import KeyIndexer
from shared.concurrency import bounded_gather
from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable

BATCH_OBJECTS = 100
"""Objects that are claimed together."""
BATCH_KEYS = 50
"""Objects that are read in one transaction."""
MAX_CONCURRENT_BATCHES = 2


class ReadingService:
    def __init__(self, sessions: Sessions, key_indexer: KeyIndexer, *, max_head_requests_a_day: int) -> None:
        self._sessions = sessions
        self._key_indexer = key_indexer
        self._budget = RequestBudget("head", max_head_requests_a_day)

    async def read_all(self) -> int:
        """Read what is unread and within the budget, and return how many objects that were. Raises Unavailable."""
        total = 0
        while count := await self._read_some():
            total += count
        return total

    async def _read_some(self) -> int:
        async with transaction(self._sessions) as session:
            unread, budgets = UnreadObjectStore(session), RequestBudgetStore(session)
            claimed = await unread.claim(with_text=True, limit=BATCH_OBJECTS)
            if not claimed:
                most = min(BATCH_OBJECTS, int(await budgets.available(self._budget)))
                claimed = await unread.claim(with_text=False, limit=most) if most > 0 else {}
                if claimed:
                    await budgets.charge(self._budget, sum(map(len, claimed.values())))
        batches = [
            (bucket, keys[start : start + BATCH_KEYS])
            for bucket, keys in claimed.items()
            for start in range(0, len(keys), BATCH_KEYS)
        ]
        await bounded_gather(MAX_CONCURRENT_BATCHES, self._read_batch, batches)
        return sum(len(keys) for _, keys in batches)

    async def _read_batch(self, batch: tuple[str, list[str]]) -> None:
        """Objects that cannot be read are recorded, and tried again when their slice is compared."""
        bucket, keys = batch
        try:
            failures = await self._key_indexer.index_keys(bucket, keys)
        except BaseException:
            with suppress(Unavailable):  # the lease ends by itself
                async with transaction(self._sessions) as session:
                    await UnreadObjectStore(session).release(bucket, keys)
            raise
        if failures:
            async with transaction(self._sessions) as session:
                await UnreadObjectStore(session).remove(bucket, failures.keys())
