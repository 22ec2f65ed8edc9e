"""The files of packages that a query names: revisions, and their files by patterns or by the expressions of a table."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from typing import NamedTuple

from registry.errors import EntryNotFound, SqlLimitReached
from registry.services.packages.reader import PackageReader
from registry.services.queries.candidates import PackageCandidate
from registry.services.queries.names import PathPattern
from registry.services.queries.table_documents import TableDocument
from shared.concurrency import ordered_map
from shared.index.trees.nodes import TreeFile
from shared.index.trees.walk import Files, walk
from shared.schemas.principal import Principal

MAX_SCANNED_ENTRIES = 2_000_000
"""Entries of packages whose paths are compared with patterns, for a query."""
MAX_CONCURRENT_PACKAGES = 8
"""Packages in which a file is looked for at once."""
_BATCH_REVISIONS = 50


class FoundRevision(NamedTuple):
    bucket: str
    package: str
    top_hash: str
    root: bytes


class FoundFile(NamedTuple):
    revision: FoundRevision
    path: str
    file: TreeFile
    groups: dict[str, str | None]


class FileSearch:
    """Finds the files of one query."""

    def __init__(self, reader: PackageReader) -> None:
        self._reader = reader
        self._scanned = 0

    async def find_revisions(
        self, viewer: Principal, bucket: str, wanted: Sequence[tuple[str, str]]
    ) -> list[FoundRevision]:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound or RevisionUnreadable."""

        async def find(name: str, reference: str) -> FoundRevision:
            ready = await self._reader.find_revision(viewer, bucket, name, reference)
            return FoundRevision(bucket, name, ready.top_hash, ready.root)

        found: list[FoundRevision] = []
        for first in range(0, len(wanted), _BATCH_REVISIONS):
            batch = wanted[first : first + _BATCH_REVISIONS]
            found += await asyncio.gather(*(find(name, reference) for name, reference in batch))
        return found

    async def find_first(
        self, viewer: Principal, bucket: str, candidates: Sequence[PackageCandidate], pattern: PathPattern
    ) -> FoundFile | None:
        """A file of the first package that has one."""

        async def find(candidate: PackageCandidate) -> FoundFile | None:
            [revision] = await self.find_revisions(viewer, bucket, [candidate])
            with suppress(EntryNotFound):
                async with aclosing(self.match(revision, pattern)) as files:
                    return await anext(files, None)
            return None

        async with aclosing(ordered_map(MAX_CONCURRENT_PACKAGES, find, candidates)) as files:
            async for file in files:
                if file:
                    return file
        return None

    async def match(self, revision: FoundRevision, pattern: PathPattern) -> AsyncGenerator[FoundFile, None]:
        trees = self._reader.trees
        if pattern.is_path:
            item = await trees.entry(revision.root, pattern.text)
            if not isinstance(item, TreeFile):
                raise no_file(revision, pattern.text)
            yield FoundFile(revision, pattern.text, item, {})
            return
        folder = await trees.directory(revision.root, pattern.folder)
        if folder is None:
            return
        above = f"{pattern.folder}/" if pattern.folder else ""
        async for path, file in self.walk(folder.storage, above):
            if pattern.matches(path):
                yield FoundFile(revision, path, file, {})

    async def match_table(self, revision: FoundRevision, document: TableDocument) -> AsyncIterator[FoundFile]:
        async for path, file in self.walk(revision.root):
            groups = document.groups_of(revision.package, path)
            if groups is not None:
                yield FoundFile(revision, path, file, groups)

    async def walk(self, root: bytes, above: str = "") -> AsyncIterator[tuple[str, TreeFile]]:
        async for step in walk(self._reader.fetch_nodes, root):
            if isinstance(step, Files):
                self._scanned += len(step.files)
                if self._scanned > MAX_SCANNED_ENTRIES:
                    raise SqlLimitReached(
                        f"The packages have more than {MAX_SCANNED_ENTRIES:,} entries together. Name a folder before the first `*`",
                        limit="entries",
                    )
                for file in step.files:
                    yield above + step.prefix + file.name, file


def no_file(revision: FoundRevision, path: str) -> EntryNotFound:
    """In the same words for a file that does not exist, and for one whose object the caller may not read."""
    return EntryNotFound(
        f"There is no file {path} in S3 that you may read in {revision.bucket}/{revision.package}@{revision.top_hash}"
    )
