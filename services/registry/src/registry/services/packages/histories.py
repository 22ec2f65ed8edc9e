"""A package's pushes, and what each changed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from registry.db.access import AccessStore
from registry.errors import PackageNotFound
from registry.services.packages import presenters
from registry.settings import Quilt2Settings
from shared.db.cursors import decode_cursor, encode_cursor
from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.index.diff.cache import ComparisonCache
from shared.index.diff.types import ChangeTotals
from shared.index.diff.walk import Tree
from shared.index.records import ManifestRecord
from shared.index.store import IndexStore
from shared.index.trees.nodes import Fetch
from shared.schemas.package import Push
from shared.schemas.page import Page
from shared.schemas.principal import Principal

_Pair = tuple[Tree | None, Tree]


class HistoryService:
    """Holds no connection while it waits for a comparison."""

    def __init__(
        self, sessions: Sessions, fetch: Fetch, comparisons: ComparisonCache, quilt2: Quilt2Settings, *, patience: float
    ) -> None:
        """`fetch` may be used by many at once, and when the request is over; `patience` is in seconds."""
        self._sessions = sessions
        self._fetch = fetch
        self._comparisons = comparisons
        self._quilt2 = quilt2
        self._patience = patience

    async def page(self, viewer: Principal, bucket: str, name: str, *, after: str | None, limit: int) -> Page[Push]:
        """Newest first. Raises BucketNotFound, PackageNotFound or InvalidCursor."""
        tag = decode_cursor(after, str)[0] if after else None
        async with transaction(self._sessions) as session:
            await AccessStore(session, self._quilt2).require(viewer, bucket, name)
            index = IndexStore(session)
            found, _ = await index.revisions(bucket, name, after=tag, limit=limit + 1)
            if not found and not tag and await index.package(bucket, name) is None:
                raise PackageNotFound(bucket, name)
        befores = [each.manifest for each in found[1:]] + [None]
        counted = await self._counted(
            [_pair(before, each.manifest) for before, each in zip(befores, found, strict=True)]
        )
        pushes = [
            presenters.push(each, before, totals) for each, before, totals in zip(found, befores, counted, strict=True)
        ]
        return Page(items=pushes[:limit], next=encode_cursor(found[limit - 1].tag) if len(found) > limit else None)

    async def _counted(self, pairs: Sequence[_Pair | None]) -> list[ChangeTotals | None]:
        """As many as there is patience for; what was begun goes on, for whoever asks again."""
        counted: list[ChangeTotals | None] = [None] * len(pairs)

        async def count() -> None:
            with suppress(Unavailable):
                for at, pair in enumerate(pairs):
                    if pair:
                        counted[at] = await self._comparisons.totals(self._fetch, *pair)

        counting = asyncio.create_task(count())
        try:
            await asyncio.wait({counting}, timeout=self._patience)
            if counting.done():
                counting.result()
        finally:
            counting.cancel()
        return counted


def _pair(before: ManifestRecord | None, now: ManifestRecord) -> _Pair | None:
    """None when one of them cannot be read."""
    head = _tree(now)
    base = _tree(before) if before else None
    return (base, head) if head and (base or not before) else None


def _tree(manifest: ManifestRecord) -> Tree | None:
    if manifest.root is None:
        return None
    return Tree(manifest.root, manifest.identity or manifest.root, manifest.total_entries, manifest.total_bytes)
