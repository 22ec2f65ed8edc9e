"""Differences of two revisions, of packages that the caller may read."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote, unquote

from registry.services.packages import fast_json, presenters
from registry.services.packages.reader import PackageReader
from registry.services.packages.visible_packages import VisiblePackage, root_of
from shared.db.cursors import decode_cursor, encode_cursor
from shared.errors import InvalidCursor
from shared.index.diff.cache import ComparisonCache
from shared.index.diff.compare import ALL_KINDS, Comparison, listed, page
from shared.index.diff.types import Kind, Order
from shared.index.diff.walk import Tree
from shared.index.records import ManifestRecord
from shared.quilt.keys import LATEST
from shared.schemas.diff import DiffHead, DiffSide
from shared.schemas.principal import Principal

_BATCH_CHANGES = 1000
"""Items of an export that are written in one piece."""


@dataclass(frozen=True, slots=True)
class ComparedRevision:
    """A revision whose tree can be read."""

    name: str
    manifest: ManifestRecord
    tree: Tree


@dataclass(frozen=True, slots=True)
class ComparedSides:
    """The two revisions. `base` is None for the first push of a package."""

    base: ComparedRevision | None
    head: ComparedRevision
    readable: frozenset[str]
    """Buckets whose objects the caller may read."""

    @property
    def trees(self) -> tuple[Tree | None, Tree]:
        return self.base.tree if self.base else None, self.head.tree

    @property
    def key(self) -> str:
        """Identifies the comparison in cursors."""
        return f"{self.base.manifest.top_hash[:16] if self.base else ''}-{self.head.manifest.top_hash[:16]}"


@dataclass(frozen=True, slots=True)
class DiffRequest:
    bucket: str
    name: str
    revision: str
    base: str | None
    """A reference. By default the previous push, or `latest` when another package is given."""
    base_bucket: str | None
    base_package: str | None


class DiffService:
    """Holds no connection while it waits for a comparison."""

    def __init__(self, reader: PackageReader, comparisons: ComparisonCache) -> None:
        self._reader = reader
        self._fetch = reader.fetch_nodes
        self._comparisons = comparisons

    async def page(
        self, viewer: Principal, question: DiffRequest, *, kinds: Collection[Kind] = (), cursor: str | None, limit: int
    ) -> bytes:
        """A `Diff`. Raises BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable or InvalidCursor."""
        sides = await self._sides(viewer, question)
        after, is_final = _position(cursor, sides) if cursor else (None, True)
        wanted = frozenset(kinds) or ALL_KINDS
        known = await self._known(sides, wanted) if is_final else None
        with self._comparisons.slowed():
            found = await page(self._fetch, *sides.trees, known, kinds=wanted, after=after, limit=limit)
        following = _cursor(sides, found.last, is_final=known is not None) if found.last else None
        return fast_json.diff_page(_head(sides, known), found.changes, sides.readable, following)

    async def export(self, viewer: Principal, question: DiffRequest) -> AsyncGenerator[bytes, None]:
        """The whole difference as JSON lines: the head, then the items. Raises what `page` raises, before the first line."""
        sides = await self._sides(viewer, question)
        known = await self._comparisons.get(self._fetch, *sides.trees)
        return self._lines(sides, known)

    async def _lines(self, sides: ComparedSides, known: Comparison) -> AsyncGenerator[bytes, None]:
        yield fast_json.diff_head_line(_head(sides, known))
        async with aclosing(listed(self._fetch, *sides.trees, known)) as batches:
            async for batch in batches:
                for start in range(0, len(batch), _BATCH_CHANGES):
                    some = batch[start : start + _BATCH_CHANGES]
                    yield await asyncio.to_thread(fast_json.diff_lines, some, sides.readable)

    async def _known(self, sides: ComparedSides, kinds: Collection[Kind]) -> Comparison | None:
        if kinds == {Kind.MOVED}:  # moves are known only when everything has been read
            return await self._comparisons.get(self._fetch, *sides.trees)
        return await self._comparisons.find(self._fetch, *sides.trees)

    async def _sides(self, viewer: Principal, question: DiffRequest) -> ComparedSides:
        bucket, name = question.bucket, question.name
        base_bucket, base_name = question.base_bucket or bucket, question.base_package or name
        packages = self._reader.seen_by(viewer)
        package = await packages.open(bucket, name)
        head = await _compared(package, question.revision)
        is_other = bool(question.base_bucket or question.base_package)
        base_package = await packages.open(base_bucket, base_name) if is_other else package
        reference = question.base or (LATEST if is_other else None)
        if reference is None:
            reference = await package.push_before(question.revision, head.manifest.top_hash)
        base = await _compared(base_package, reference) if reference else None
        readable = await packages.readable_buckets()
        return ComparedSides(base, head, frozenset({*readable, bucket, base_bucket}))


async def _compared(package: VisiblePackage, reference: str) -> ComparedRevision:
    manifest = await package.manifest(reference)
    root = root_of(manifest, package.name, reference)
    tree = Tree(root, manifest.identity or root, manifest.total_entries, manifest.total_bytes)
    return ComparedRevision(package.name, manifest, tree)


def _head(sides: ComparedSides, known: Comparison | None) -> DiffHead:
    head = presenters.header(sides.head.manifest)
    base = presenters.header(sides.base.manifest) if sides.base else head
    return DiffHead(
        base=_side(sides.base) if sides.base else None,
        head=_side(sides.head),
        totals=fast_json.diff_totals(known.totals) if known else None,
        moves_found=bool(known and known.moves.are_all),
        metadata_changed=base is not None and (base.get("user_meta") or {}) != (head.get("user_meta") or {}),
        message_changed=base is not None and base.get("message") != head.get("message"),
    )


def _side(revision: ComparedRevision) -> DiffSide:
    manifest = revision.manifest
    return DiffSide(bucket=manifest.bucket, name=revision.name, top_hash=manifest.top_hash, message=manifest.message)


def _cursor(sides: ComparedSides, last: Order, *, is_final: bool) -> str:
    path, is_directory = last
    return encode_cursor(sides.key, is_final, quote("/".join(path)), is_directory)


def _position(cursor: str, sides: ComparedSides) -> tuple[Order, bool]:
    """The last item before the cursor, and whether moves were known on its page."""
    key, is_final, path, is_directory = decode_cursor(cursor, str, bool, str, bool)
    if key != sides.key:
        raise InvalidCursor("The cursor belongs to a comparison of other revisions. Start again without it")
    return (tuple(unquote(path).split("/")), is_directory), is_final
