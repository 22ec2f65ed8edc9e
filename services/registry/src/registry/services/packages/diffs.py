"""How two revisions differ, of packages that the caller may read."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote, unquote

from registry.services.packages import fast_json, presenters
from registry.services.packages.packages import VisiblePackage, root_of
from registry.services.packages.reading import PackageReader
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
"""Items that are written together."""


@dataclass(frozen=True, slots=True)
class ComparedRevision:
    """A readable revision of a package."""

    name: str
    manifest: ManifestRecord
    tree: Tree


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared: from the base, which there is none of for a package's first push, to the head."""

    base: ComparedRevision | None
    head: ComparedRevision
    readable: frozenset[str]
    """Buckets that the caller may read."""

    @property
    def trees(self) -> tuple[Tree | None, Tree]:
        return self.base.tree if self.base else None, self.head.tree

    @property
    def key(self) -> str:
        """What a cursor belongs to."""
        return f"{self.base.manifest.top_hash[:16] if self.base else ''}-{self.head.manifest.top_hash[:16]}"


@dataclass(frozen=True, slots=True)
class DiffRequest:
    bucket: str
    name: str
    revision: str
    base: str | None
    """A reference; by default the push before, or the latest when another package is named."""
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
        after, is_final = _place(cursor, sides) if cursor else (None, True)
        wanted = frozenset(kinds) or ALL_KINDS
        known = await self._known(sides, wanted) if is_final else None
        with self._comparisons.slowed():
            found = await page(self._fetch, *sides.trees, known, kinds=wanted, after=after, limit=limit)
        following = _cursor(sides, found.last, is_final=known is not None) if found.last else None
        return fast_json.diff_page(_head(sides, known), found.changes, sides.readable, following)

    async def export(self, viewer: Principal, question: DiffRequest) -> AsyncGenerator[bytes, None]:
        """All of it as JSON lines: the head, then the items. Raises what `page` does, before anything is sent."""
        sides = await self._sides(viewer, question)
        known = await self._comparisons.get(self._fetch, *sides.trees)
        return self._lines(sides, known)

    async def _lines(self, sides: Sides, known: Comparison) -> AsyncGenerator[bytes, None]:
        yield fast_json.diff_head_line(_head(sides, known))
        async with aclosing(listed(self._fetch, *sides.trees, known)) as batches:
            async for batch in batches:
                for start in range(0, len(batch), _BATCH_CHANGES):
                    some = batch[start : start + _BATCH_CHANGES]
                    yield await asyncio.to_thread(fast_json.diff_lines, some, sides.readable)

    async def _known(self, sides: Sides, kinds: Collection[Kind]) -> Comparison | None:
        if kinds == {Kind.MOVED}:  # of which nothing can be said before
            return await self._comparisons.get(self._fetch, *sides.trees)
        return await self._comparisons.find(self._fetch, *sides.trees)

    async def _sides(self, viewer: Principal, question: DiffRequest) -> Sides:
        bucket, name = question.bucket, question.name
        base_bucket, base_name = question.base_bucket or bucket, question.base_package or name
        async with self._reader.open(viewer) as packages:
            package = await packages.open(bucket, name)
            head = await _compared(package, question.revision)
            is_other = bool(question.base_bucket or question.base_package)
            base_package = await packages.open(base_bucket, base_name) if is_other else package
            reference = question.base or (LATEST if is_other else None)
            if reference is None:
                reference = await package.push_before(question.revision, head.manifest.top_hash)
            base = await _compared(base_package, reference) if reference else None
            readable = await packages.readable_buckets()
        return Sides(base, head, frozenset({*readable, bucket, base_bucket}))


async def _compared(package: VisiblePackage, reference: str) -> ComparedRevision:
    manifest = await package.manifest(reference)
    root = root_of(manifest, package.name, reference)
    tree = Tree(root, manifest.identity or root, manifest.total_entries, manifest.total_bytes)
    return ComparedRevision(package.name, manifest, tree)


def _head(sides: Sides, known: Comparison | None) -> DiffHead:
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


def _cursor(sides: Sides, last: Order, *, is_final: bool) -> str:
    path, is_directory = last
    return encode_cursor(sides.key, is_final, quote("/".join(path)), is_directory)


def _place(cursor: str, sides: Sides) -> tuple[Order, bool]:
    """Where a cursor goes on, and whether its page was made knowing what moved."""
    key, is_final, path, is_directory = decode_cursor(cursor, str, bool, str, bool)
    if key != sides.key:
        raise InvalidCursor("The cursor is of a comparison of other revisions: start again without it")
    return (tuple(unquote(path).split("/")), is_directory), is_final
