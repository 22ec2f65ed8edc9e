"""Titles, descriptions and bytes by kind of packages that were indexed by a version without them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import structlog

from indexer.db.locks import try_lock_kinds
from indexer.db.manifests import ManifestStore
from indexer.db.packages import IndexedPackageStore
from shared.db.engine import Sessions, transaction
from shared.index.store import IndexStore
from shared.index.trees.range_walk import walk_ranges
from shared.index.trees.reader import TreeGone
from shared.quilt.file_kinds import BytesByKind, FileKind
from shared.quilt.labels import package_label
from shared.quilt.metadata import read_metadata

BATCH_LABELS = 200
BATCH_PACKAGES = 1_000
"""Packages whose latest revisions are looked through for one without bytes by kind."""
LOOK_SECONDS = 3_600.0
_BATCH_NODES = 128
_PAUSE_SECONDS = 0.05
"""Time between batches, in which events go first."""

log = structlog.get_logger()


class LabelService:
    """New revisions get all of it when they are indexed. Indexers side by side share the work."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def run(self) -> None:
        """Add what is missing, now and every LOOK_SECONDS: during an upgrade indexers of the former version still write."""
        while True:
            await self.add_missing()
            await asyncio.sleep(LOOK_SECONDS)

    async def add_missing(self) -> None:
        labelled = await self._add_labels()
        counted = await self._add_kinds()
        if labelled or counted:
            log.info("packages_labelled", packages=labelled, revisions=counted)

    async def _add_labels(self) -> int:
        done = 0
        bucket = name = ""
        while True:
            async with transaction(self._sessions) as session:
                packages = IndexedPackageStore(session)
                found = await packages.find_without_label(bucket, name, BATCH_LABELS)
                for each in found:
                    meta = read_metadata(each.header or "{}").get("user_meta")
                    label = package_label(meta if isinstance(meta, dict) else None, each.readme)
                    await packages.put_label(each, label)
            if not found:
                return done
            bucket, name = found[-1].bucket, found[-1].name
            done += len(found)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _add_kinds(self) -> int:
        """Goes through all packages, so that each statement reads a bounded number of rows."""
        done = 0
        bucket = name = ""
        while True:
            async with transaction(self._sessions) as session:
                found = await IndexedPackageStore(session).find_after(bucket, name, BATCH_PACKAGES)
            if not found:
                return done
            bucket, name = found[-1].bucket, found[-1].name
            without = {(each.bucket, each.top_hash) for each in found if each.lacks_kinds}
            done += sum([await self._add_kinds_of(*each) for each in sorted(without)])
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _add_kinds_of(self, bucket: str, top_hash: str) -> bool:
        """False if another indexer has done it, or is doing it."""
        async with transaction(self._sessions) as session:
            if not await try_lock_kinds(session, bucket, top_hash):
                return False
            manifests = ManifestStore(session)
            root = await manifests.find_root_without_kinds(bucket, top_hash)
            if root is None:
                return False
            await manifests.put_kinds(bucket, top_hash, root, await self._read_kinds(root))
            return True

    async def _read_kinds(self, root: bytes) -> Mapping[FileKind, int]:
        kinds = BytesByKind()
        with suppress(TreeGone):  # the revision was removed while it was read
            async for run in walk_ranges(self._fetch_nodes, root, batch_nodes=_BATCH_NODES):
                kinds.add_files(run.files)
        return kinds.finish()

    async def _fetch_nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        async with transaction(self._sessions) as session:
            return await IndexStore(session).nodes(wanted)
