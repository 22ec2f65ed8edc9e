"""Indexes for the search in Postgres: made where the settings ask for it, and dropped when no process uses them any more."""

import asyncio

import structlog

from indexer.db.search_indexes import create_search_indexes, drop_search_indexes
from shared.db.engine import Sessions

UNUSED_SECONDS = 86_400.0
"""Time after an upgrade in which registries of the version before still search in Postgres."""

log = structlog.get_logger()


async def settle_search_indexes(sessions: Sessions, *, wanted: bool, unused_seconds: float = UNUSED_SECONDS) -> None:
    if wanted:
        await create_search_indexes(sessions)
        log.info("search_indexes_made")
    else:
        await asyncio.sleep(unused_seconds)
        await drop_search_indexes(sessions)
