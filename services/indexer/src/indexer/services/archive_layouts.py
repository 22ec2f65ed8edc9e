"""Layouts of archives of revisions that were indexed before there were layouts."""

import asyncio

import structlog

from indexer.db.manifests import ManifestStore
from indexer.errors import RevisionNotIndexed
from shared.archives.layout import LayoutBuilder, decode, encode
from shared.db.engine import Sessions, transaction
from shared.index.store import IndexStore
from shared.index.trees.range_walk import walk_ranges

MAX_CONCURRENT_LAYOUTS = 2
_BATCH_NODES = 128

log = structlog.get_logger()


class ArchiveLayoutService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_LAYOUTS)

    async def make(self, bucket: str, top_hash: str) -> None:
        """Write the layout of a revision's archives, unless the index has it. Raises RevisionNotIndexed or TreeGone."""
        async with self._slots:
            root = await self._root_without_layout(bucket, top_hash)
            if root is None:
                return
            layout = await self._read_layout(root)
            async with transaction(self._sessions) as session:
                await ManifestStore(session).put_layout(bucket, top_hash, root, layout)
        log.info("archive_layout_made", bucket=bucket, top_hash=top_hash, bytes=len(layout))

    async def _root_without_layout(self, bucket: str, top_hash: str) -> bytes | None:
        async with transaction(self._sessions) as session:
            index = IndexStore(session)
            manifest = await index.manifest(bucket, top_hash)
            if manifest is None or manifest.root is None:
                raise RevisionNotIndexed(f"The tree of {top_hash} in {bucket} is not in the index")
            found = await index.archive_layout(bucket, top_hash, manifest.root)
            return manifest.root if found is None or decode(found) is None else None

    async def _read_layout(self, root: bytes) -> bytes:
        builder = LayoutBuilder()
        async for run in walk_ranges(self._fetch_nodes, root, batch_nodes=_BATCH_NODES):
            builder.add_files(run.prefix, run.files)
        return await asyncio.to_thread(lambda: encode(builder.finish()))

    async def _fetch_nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        async with transaction(self._sessions) as session:
            return await IndexStore(session).nodes(wanted)
