"""Removes results that have expired, objects that no query names, and old records."""

from registry.db.queries import QueryStore
from registry.services.queries.results import StoredResults
from registry.settings import QuerySettings
from shared.db.engine import Sessions, transaction

BATCH_RESULTS = 200


async def remove_old_queries(sessions: Sessions, results: StoredResults | None, settings: QuerySettings) -> None:
    """Objects first, rows last: what is interrupted is done the next time."""
    if results:
        await _remove_expired(sessions, results)
        await _remove_unknown(sessions, results)
    async with transaction(sessions) as session:
        await QueryStore(session).remove_old(settings.record_days)


async def _remove_expired(sessions: Sessions, results: StoredResults) -> None:
    while True:
        async with transaction(sessions) as session:
            expired = await QueryStore(session).find_expired(BATCH_RESULTS)
        for query_id in expired:
            await results.remove(query_id)
        async with transaction(sessions) as session:
            await QueryStore(session).mark_removed(expired)
        if len(expired) < BATCH_RESULTS:
            return


async def _remove_unknown(sessions: Sessions, results: StoredResults) -> None:
    """Remove objects of attempts that were lost after their upload. A query that is about to have a result is not among them."""
    stored = await results.stored()
    async with transaction(sessions) as session:
        known = await QueryStore(session).find_known(stored)
    for query_id in stored:
        if query_id not in known:
            await results.remove(query_id)
