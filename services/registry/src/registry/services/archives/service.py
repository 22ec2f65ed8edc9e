"""Archives of revisions: their sizes before the first byte, and their files in the order of the archive."""

import re
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import unquote

from registry.errors import EntryNotFound, FilesNotArchivable
from registry.services.archives.cache import ArchiveCache
from registry.services.archives.sections import ArchiveSection, ArchiveSource, Cut, SectionFinder, SectionInterval
from registry.services.archives.sources import ArchivedRevision, ArchiveSources
from registry.services.packages.reader import PackageReader
from shared.archives.names import is_unsafe
from shared.archives.tar import BLOCK_BYTES, file_blocks
from shared.clients.indexer import Indexer
from shared.db.engine import Sessions
from shared.index.trees.nodes import TreeFile, TreePath
from shared.index.trees.range_walk import range_below
from shared.quilt.physical_keys import bucket_of, parse_physical_key
from shared.schemas.archive import (
    MAX_LISTED_ENTRIES,
    ArchiveEntries,
    ArchiveEntriesQuestion,
    ArchiveEntry,
    ArchivePlan,
    ArchiveQuestion,
)
from shared.schemas.principal import Principal

_is_plain_version = re.compile(r"[\w.-]*", re.ASCII).fullmatch
"""Versions that stand in URLs as they are."""


@dataclass(frozen=True, slots=True)
class ArchiveChoice:
    """The part of a revision that an archive holds: the whole, what is at a path, or a selection."""

    path: str
    """Empty for the whole and for a selection."""
    selection: str | None


class ArchiveService:
    def __init__(self, packages: PackageReader, sessions: Sessions, indexer: Indexer, cache: ArchiveCache) -> None:
        self._packages = packages
        self._cache = cache
        self._sections = SectionFinder(packages.fetch_nodes)
        self._sources = ArchiveSources(sessions, packages.fetch_nodes, indexer, cache)

    async def plan(self, viewer: Principal, question: ArchiveQuestion) -> ArchivePlan:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable, EntryNotFound, SelectionNotFound or TreeGone."""
        revision = await self.find_revision(viewer, question.bucket, question.package, question.revision)
        return await self._plan(revision, await self._find_section(revision, question))

    async def plan_choice(
        self, revision: ArchivedRevision, paths: list[str] | None
    ) -> tuple[ArchiveChoice, ArchivePlan]:
        """The plan of a whole revision, of a folder or file, or of a selection, which is kept.

        Raises EntryNotFound, FilesNotArchivable, SelectionTooLarge or TreeGone.
        """
        names = list(dict.fromkeys(_names(path) for path in paths or [""]))
        source = await self._sources.find_revision(revision)
        selection = None
        if len(names) == 1:
            section = await self._below(source, names[0])
        else:
            selection, source = await self._sources.select(revision, names)
            section = await self._sections.whole(source)
        plan = await self._plan(revision, section)
        if plan.unsafe or plan.local:
            raise FilesNotArchivable(plan.unsafe, plan.local)
        return ArchiveChoice("/".join(names[0]) if len(names) == 1 else "", selection), plan

    async def find_revision(self, viewer: Principal, bucket: str, name: str, reference: str) -> ArchivedRevision:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound or RevisionUnreadable."""
        found = await self._packages.find_revision(viewer, bucket, name, reference)
        return ArchivedRevision(bucket, name, found.top_hash, found.root)

    async def entries(self, viewer: Principal, question: ArchiveEntriesQuestion) -> ArchiveEntries:
        """Raises what `plan` raises, and FilesNotArchivable."""
        revision = await self.find_revision(viewer, question.bucket, question.package, question.revision)
        section = await self._find_section(revision, question)
        if question.after is not None:
            following = range_below(_names(question.after)).end
            start = await self._sections.cut(section.source, following)
            start = start if start.before.entries > section.start.before.entries else section.start
            return await self._read_entries(section, start, start.before.tar_blocks, question.limit)
        origin = section.start.before.tar_blocks
        tar_block = origin + (question.tar_offset or 0) // BLOCK_BYTES
        return await self._read_entries(section, _checkpoint_at(section, tar_block), tar_block, question.limit)

    async def _find_section(self, revision: ArchivedRevision, question: ArchiveQuestion) -> ArchiveSection:
        path = None if question.path is None else _names(question.path)
        key = (revision, question.selection, path, question.shard)
        held = self._cache.find_section(key)
        if held is not None:
            return held
        if question.selection is not None:
            source = await self._sources.find_selection(revision, question.selection)
        else:
            source = await self._sources.find_revision(revision)
        section = await self._below(source, path or ())
        if question.shard is not None:
            section = await self._sections.shard(section, *question.shard)
        self._cache.add_section(key, section)
        return section

    async def _below(self, source: ArchiveSource, path: TreePath) -> ArchiveSection:
        """Raises EntryNotFound when there is nothing at the path; the whole may be empty."""
        if not path:
            return await self._sections.whole(source)
        section = await self._sections.below(source, path)
        if not section.size.entries:
            raise EntryNotFound(f"There is no file at or below {'/'.join(path)} in the revision")
        return section

    async def _plan(self, revision: ArchivedRevision, section: ArchiveSection) -> ArchivePlan:
        contents = _Contents(section.source)
        for interval in section.intervals():
            if contents.needs_files(interval):
                first, end = interval.start.path or (), interval.end.path
                async for path, file in self._sections.walk_files(section.source, first, end):
                    contents.add(path, file.physical_key)
        size = section.size
        return ArchivePlan(
            top_hash=revision.top_hash,
            entries=size.entries,
            content_bytes=size.content_bytes,
            tar_bytes=size.tar_bytes,
            zip_bytes=size.zip_bytes,
            unsafe=contents.unsafe[:MAX_LISTED_ENTRIES],
            local=contents.local[:MAX_LISTED_ENTRIES],
            buckets=sorted(contents.buckets) if contents.buckets is not None else None,
        )

    async def _read_entries(self, section: ArchiveSection, start: Cut, tar_block: int, limit: int) -> ArchiveEntries:
        """Files from the one that has `tar_block`, which is one of `start` or of a file after it."""
        block, before = start.before.tar_blocks, start.before.entries
        items: list[ArchiveEntry] = []
        if before >= section.end.before.entries or start.path is None:
            return ArchiveEntries(section.size.tar_blocks * BLOCK_BYTES, [], more=False)
        async with aclosing(self._sections.walk_files(section.source, start.path, section.end.path)) as files:
            async for path, file in files:
                if not items and block + (blocks := file_blocks(path, file.size)) <= tar_block:
                    block += blocks
                    before += 1
                    continue
                items.append(_entry(path, file))
                if len(items) == limit:
                    break
        more = before + len(items) < section.end.before.entries
        return ArchiveEntries((block - section.start.before.tar_blocks) * BLOCK_BYTES, items, more)


class _Contents:
    """The buckets of a section's files, and the files that no archive can hold."""

    def __init__(self, source: ArchiveSource) -> None:
        self._names = source.layout.buckets
        self.unsafe: list[str] = []
        self.local: list[str] = []
        self.buckets: set[str] | None = None if self._names is None else set()

    def needs_files(self, interval: SectionInterval) -> bool:
        """False when the checkpoint of the interval says enough, which is then noted."""
        known = interval.checkpoint
        if not interval.is_whole:
            return True
        if self.buckets is not None and self._names is not None:
            self.buckets |= {name for bit, name in enumerate(self._names) if known.buckets >> bit & 1}
        return (known.has_unsafe and len(self.unsafe) < MAX_LISTED_ENTRIES) or (
            known.has_local and len(self.local) < MAX_LISTED_ENTRIES
        )

    def add(self, path: str, physical_key: str) -> None:
        if is_unsafe(path):
            self.unsafe.append(path)
        bucket = bucket_of(physical_key)
        if bucket is None:
            self.local.append(path)
        elif self.buckets is not None:
            self.buckets.add(bucket)


def _checkpoint_at(section: ArchiveSection, tar_block: int) -> Cut:
    """A place at or before a block of the tar, within the section."""
    if tar_block >= section.end.before.tar_blocks:
        return Cut(None, section.end.before)
    layout = section.source.layout
    checkpoint = layout.checkpoints[layout.at_block(tar_block)]
    if checkpoint.before.entries <= section.start.before.entries:
        return section.start
    return Cut(_names(checkpoint.path), checkpoint.before)


def _entry(path: str, file: TreeFile) -> ArchiveEntry:
    # The usual form by hand: parsing a thousand URLs takes longer than everything else.
    bucket, _, rest = file.physical_key.removeprefix("s3://").partition("/")
    key, _, query = rest.partition("?versionId=")
    if not file.physical_key.startswith("s3://") or _is_unusual(key, query):
        where = parse_physical_key(file.physical_key)
        if where is None:
            raise FilesNotArchivable([], [path])
        return ArchiveEntry(path, where.bucket, where.key, where.version_id, file.size, file.hash_type, file.hash_value)
    key = unquote(key) if "%" in key else key
    return ArchiveEntry(path, bucket, key, query or None, file.size, file.hash_type, file.hash_value)


def _names(path: str) -> TreePath:
    return tuple(name for name in path.split("/") if name)


def _is_unusual(key: str, query: str) -> bool:
    return "?" in key or "#" in key or _is_plain_version(query) is None
