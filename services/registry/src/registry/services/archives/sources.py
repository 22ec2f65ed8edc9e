"""The files and layouts of archives: of whole revisions, and of selections."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from registry.db.archive_selections import ArchiveSelection, ArchiveSelectionStore
from registry.errors import EntryNotFound, SelectionNotFound, SelectionTooLarge
from registry.services.archives.cache import ArchiveCache
from registry.services.archives.sections import ArchiveSource, ranges_of
from shared.archives.layout import LayoutBuilder, decode, encode
from shared.clients.indexer import Indexer
from shared.concurrency import run_by_size
from shared.db.engine import Sessions, transaction
from shared.errors import NotFound
from shared.index.store import IndexStore
from shared.index.trees.nodes import Fetch, TreePath
from shared.index.trees.range_walk import Ranges, walk_ranges
from shared.index.trees.reader import TreeGone

SELECTION_LIFE = timedelta(days=1)
MAX_SELECTED_FILES = 1_000_000
_BATCH_NODES = 128


@dataclass(frozen=True, slots=True)
class ArchivedRevision:
    """A revision that the caller may read."""

    bucket: str
    package: str
    top_hash: str
    root: bytes


class ArchiveSources:
    def __init__(self, sessions: Sessions, fetch: Fetch, indexer: Indexer, cache: ArchiveCache) -> None:
        self._sessions = sessions
        self._fetch = fetch
        self._indexer = indexer
        self._cache = cache

    async def find_revision(self, revision: ArchivedRevision) -> ArchiveSource:
        """Raises TreeGone, or Unavailable when the layout must be made and cannot be."""
        held = self._cache.find_source(revision.root)
        if held is None:
            held = await self._read_layout(revision)
            if held is None:
                # Not found: the revision was removed, or the indexer is of a release that makes no layouts yet.
                with suppress(NotFound):
                    await self._indexer.make_archive_layout(revision.bucket, revision.top_hash)
                held = await self._read_layout(revision)
            if held is None:
                raise TreeGone(f"Revision {revision.top_hash} was removed or changed while it was being read")
            self._cache.add_source(revision.root, held)
        return held

    async def _read_layout(self, revision: ArchivedRevision) -> ArchiveSource | None:
        async with transaction(self._sessions) as session:
            stored = await IndexStore(session).archive_layout(revision.bucket, revision.top_hash, revision.root)
        layout = await run_by_size(len(stored), decode, stored) if stored is not None else None
        return ArchiveSource(revision.root, layout) if layout else None

    async def find_selection(self, revision: ArchivedRevision, selection: str) -> ArchiveSource:
        """Raises SelectionNotFound unless the selection is one of this revision."""
        try:
            selection_id = UUID(selection)
        except ValueError:
            raise SelectionNotFound from None
        key = (selection_id, revision)
        held = self._cache.find_source(key)
        if held is not None:
            return held
        async with transaction(self._sessions) as session:
            found = await ArchiveSelectionStore(session).find(selection_id)
        if found is None or (found.bucket, found.package, found.top_hash) != (
            revision.bucket,
            revision.package,
            revision.top_hash,
        ):
            raise SelectionNotFound
        layout = await run_by_size(len(found.layout), decode, found.layout)
        if layout is None or found.root != revision.root:
            raise SelectionNotFound
        source = ArchiveSource(found.root, layout, ranges_of([_names(path) for path in found.paths]))
        self._cache.add_source(key, source)
        return source

    async def select(self, revision: ArchivedRevision, paths: Sequence[TreePath]) -> tuple[str, ArchiveSource]:
        """Keep a selection for a day, and return its id. Raises EntryNotFound, SelectionTooLarge or TreeGone."""
        ranges = ranges_of(paths)
        source = await self._read_selection(revision.root, ranges)
        selection = ArchiveSelection(
            id=uuid4(),
            bucket=revision.bucket,
            package=revision.package,
            top_hash=revision.top_hash,
            root=revision.root,
            paths=["/".join(each.first) for each in ranges],
            layout=await asyncio.to_thread(encode, source.layout),
            expires_at=datetime.now(UTC) + SELECTION_LIFE,
        )
        async with transaction(self._sessions) as session:
            await ArchiveSelectionStore(session).add(selection)
        self._cache.add_source((selection.id, revision), source)
        return str(selection.id), source

    async def _read_selection(self, root: bytes, ranges: Ranges) -> ArchiveSource:
        builder = LayoutBuilder()
        files = 0
        at = -1
        async for run in walk_ranges(self._fetch, root, ranges, batch_nodes=_BATCH_NODES):
            builder.add_files(run.prefix, run.files)
            files += len(run.files)
            if files > MAX_SELECTED_FILES:
                raise SelectionTooLarge
            parent = tuple(run.prefix.split("/")[:-1])
            if at >= 0 and _is_before_end(ranges, at, (*parent, run.files[-1].name)):
                continue
            for file in run.files:
                at = _require_next(ranges, at, (*parent, file.name))
        if at < len(ranges) - 1:
            raise _missing(ranges[at + 1].first)
        return ArchiveSource(root, builder.finish(), ranges)


def _require_next(ranges: Ranges, at: int, path: TreePath) -> int:
    """Number of the range of a file, which follows a file of range `at`. Raises EntryNotFound when a range between has no files."""
    if at >= 0 and _is_before_end(ranges, at, path):
        return at
    if not _is_before_end(ranges, at + 1, path):
        raise _missing(ranges[at + 1].first)
    return at + 1


def _is_before_end(ranges: Ranges, at: int, path: TreePath) -> bool:
    end = ranges[at].end
    return end is None or path < end


def _missing(path: TreePath) -> EntryNotFound:
    return EntryNotFound(f"There is no file at or below {'/'.join(path)} in the revision")


def _names(path: str) -> TreePath:
    return tuple(name for name in path.split("/") if name)
