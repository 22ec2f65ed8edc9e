"""Sweeping: nodes that no revision leads to any more."""

import asyncio
from datetime import UTC, datetime

import structlog

from indexer.db.locks import try_lock_nodes_to_sweep
from indexer.db.nodes import NodeStore
from shared.db.engine import Sessions, transaction

TRY_AGAIN_SECONDS = 5.0
TRIES = 60

log = structlog.get_logger()


class SweepService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def sweep_nodes(self) -> int | None:
        """Remove unreachable nodes and say how many; None when manifests were being written all the time."""
        for _ in range(TRIES):
            began = datetime.now(UTC)
            async with transaction(self._sessions) as session:
                # Trying does not queue, hence no writer waits for a sweep that waits for another writer.
                if await try_lock_nodes_to_sweep(session):
                    removed = await NodeStore(session).sweep()
                    seconds = round((datetime.now(UTC) - began).total_seconds(), 2)
                    log.info("nodes_swept", removed=removed, seconds=seconds)
                    return removed
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        log.warning("sweep_put_off")
        return None
