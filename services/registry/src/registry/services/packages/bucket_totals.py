"""Totals of buckets, which are added up at most once a minute: with many packages that takes a moment."""

import asyncio
import time
from collections.abc import Collection

from registry.db.access import VisibilityRules
from registry.db.buckets import BucketReadStore
from shared.db.statements import Statements
from shared.index.records import BucketTotalsRecord
from shared.index.summaries import SummaryStore
from shared.schemas.bucket import BucketTotals, BucketTotalsList
from shared.schemas.package import KindTotals
from shared.schemas.principal import Principal

MAX_AGE_SECONDS = 60.0


class BucketTotalsCache:
    """Totals by bucket, whoever asked for them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, BucketTotalsRecord]] = {}
        self._adding = asyncio.Lock()

    async def find(self, statements: Statements, buckets: Collection[str]) -> list[BucketTotalsRecord]:
        async with self._adding:
            now = time.monotonic()
            self._known = {name: known for name, known in self._known.items() if now - known[0] < MAX_AGE_SECONDS}
            if unknown := [name for name in buckets if name not in self._known]:
                found = {each.bucket: each for each in await SummaryStore(statements).totals(unknown)}
                # A bucket without packages may get its first one at any moment.
                self._known |= {name: (now, each) for name, each in found.items()}
            return [self._known[name][1] for name in buckets if name in self._known]


class BucketTotalsService:
    def __init__(self, statements: Statements, rules: VisibilityRules, cache: BucketTotalsCache) -> None:
        self._statements = statements
        self._rules = rules
        self._cache = cache

    async def list(self, viewer: Principal) -> BucketTotalsList:
        """Totals of the buckets of which the viewer reads every package, by name."""
        visibility = self._rules.of(viewer)
        readable = await BucketReadStore(self._statements, self._rules).readable(viewer)
        buckets = [name for name in readable if visibility.reads_every_package(name)]
        return BucketTotalsList(items=[_totals(each) for each in await self._cache.find(self._statements, buckets)])


def _totals(found: BucketTotalsRecord) -> BucketTotals:
    return BucketTotals(
        bucket=found.bucket,
        packages=found.packages,
        modified=found.modified,
        total_bytes=found.total_bytes,
        kinds=KindTotals.model_validate(found.kinds),
    )
