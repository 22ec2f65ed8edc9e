"""The pushes of a package, with the number of changes of each."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from registry.services.packages import presenters
from registry.services.packages.reader import PackageReader
from shared.db.cursors import decode_cursor, encode_cursor
from shared.errors import Unavailable
from shared.index.diff.cache import ComparisonCache
from shared.index.diff.types import ChangeTotals
from shared.index.diff.walk import Tree
from shared.index.records import ManifestRecord
from shared.schemas.package import Push
from shared.schemas.page import Page
from shared.schemas.principal import Principal

_TreePair = tuple[Tree | None, Tree]
"""Trees of the previous push, None for the first, and of a push."""


class HistoryService:
    """Holds no connection while it waits for a comparison."""

    def __init__(self, reader: PackageReader, comparisons: ComparisonCache, *, counting_seconds: float) -> None:
        """`counting_seconds`: how long a page waits for its changes to be counted."""
        self._reader = reader
        self._comparisons = comparisons
        self._counting_seconds = counting_seconds

    async def page(self, viewer: Principal, bucket: str, name: str, *, after: str | None, limit: int) -> Page[Push]:
        """Newest first. Raises BucketNotFound, PackageNotFound or InvalidCursor."""
        tag = decode_cursor(after, str)[0] if after else None
        package = await self._reader.seen_by(viewer).open(bucket, name)
        found = await package.pushes(after=tag, limit=limit + 1)
        shown = found[:limit]
        befores = [*(each.manifest for each in found[1:]), None][: len(shown)]
        counted = await self._count_changes(
            [_tree_pair(before, each.manifest) for before, each in zip(befores, shown, strict=True)]
        )
        pushes = [
            presenters.push(each, before, totals) for each, before, totals in zip(shown, befores, counted, strict=True)
        ]
        more = encode_cursor(found[limit - 1].tag) if len(found) > limit else None
        return Page[Push].model_validate({"items": pushes, "next": more})

    async def _count_changes(self, pairs: Sequence[_TreePair | None]) -> list[ChangeTotals | None]:
        """Totals of the pairs that are counted in time. Comparisons go on in the background, for the next request."""
        counted: list[ChangeTotals | None] = [None] * len(pairs)
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(self._counting_seconds):
                for at, pair in enumerate(pairs):
                    if pair:
                        counted[at] = await self._comparisons.totals(self._reader.fetch_nodes, *pair)
        return counted


def _tree_pair(before: ManifestRecord | None, now: ManifestRecord) -> _TreePair | None:
    """Trees of both revisions, or None when one of them cannot be read."""
    head = _tree(now)
    base = _tree(before) if before else None
    return (base, head) if head and (base or not before) else None


def _tree(manifest: ManifestRecord) -> Tree | None:
    if manifest.root is None:
        return None
    return Tree(manifest.root, manifest.identity or manifest.root, manifest.total_entries, manifest.total_bytes)
