"""Counts what is done with packages through the services. Requests do not wait: counts are written together."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

import structlog

from registry.db.package_uses import WEEK, UseKey, add_uses, monday, remove_uses_before
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.schemas.insight import UseKind

FLUSH_SECONDS = 2.0
KEPT_WEEKS = 160
CLEAN_SECONDS = 3600.0
MAX_WAITING_USES = 10_000
"""Distinct packages, kinds and weeks that wait to be written; further ones are dropped."""

log = structlog.get_logger()


class PackageUses:
    def __init__(self) -> None:
        self._waiting: Counter[UseKey] = Counter()
        self._clean_due = float("-inf")
        self._writing = asyncio.Lock()

    def count(self, kind: UseKind, bucket: str, package: str) -> None:
        key = UseKey(bucket, package, kind, monday(datetime.now(UTC).date()))
        if key in self._waiting or len(self._waiting) < MAX_WAITING_USES:
            self._waiting[key] += 1

    async def run(self, sessions: Sessions) -> None:
        """Write what waits every FLUSH_SECONDS until cancelled, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self.flush(sessions)
        finally:
            await self.flush(sessions)

    async def flush(self, sessions: Sessions) -> None:
        """Write the counts that wait. While the database is down they wait on."""
        async with self._writing:
            waiting, self._waiting = self._waiting, Counter()
            is_clean = time.monotonic() < self._clean_due
            if not waiting and is_clean:
                return
            try:
                async with transaction(sessions) as session:
                    if waiting:
                        await add_uses(session, waiting)
                    if not is_clean:
                        await remove_uses_before(session, monday(datetime.now(UTC).date()) - KEPT_WEEKS * WEEK)
            except AppError as error:
                self._waiting += waiting
                log.warning("uses_not_written", reason=str(error))
            else:
                self._clean_due = self._clean_due if is_clean else time.monotonic() + CLEAN_SECONDS
