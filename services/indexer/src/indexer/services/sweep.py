"""Sweeping: removal of nodes that no revision refers to any more."""

import asyncio
from datetime import UTC, datetime

import structlog

from indexer.db.locks import try_lock_nodes_to_sweep
from indexer.db.nodes import NodeStore
from shared.db.engine import Sessions, transaction

RETRY_SECONDS = 5.0
MAX_TRIES = 60

log = structlog.get_logger()


class SweepService:
    def __init__(self, sessions: Sessions, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._sessions = sessions
        self._retry_seconds = retry_seconds

    async def sweep_nodes(self) -> int | None:
        """Remove unreachable nodes and return how many; None when manifests were being written at every try."""
        for _ in range(MAX_TRIES):
            began = datetime.now(UTC)
            async with transaction(self._sessions) as session:
                # A try that fails does not queue for the lock, so writers never wait behind a waiting sweep.
                if await try_lock_nodes_to_sweep(session):
                    removed = await NodeStore(session).sweep()
                    seconds = round((datetime.now(UTC) - began).total_seconds(), 2)
                    log.info("nodes_swept", removed=removed, seconds=seconds)
                    return removed
            await asyncio.sleep(self._retry_seconds)
        log.warning("sweep_put_off")
        return None
