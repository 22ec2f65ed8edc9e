"""Manifests: read from S3, checked against their top hash, and stored as trees."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.clock import database_time
from indexer.db.locks import lock_keys, lock_nodes_to_write, try_lock_keys
from indexer.db.manifests import ManifestStore
from indexer.db.nodes import NodeStore
from indexer.db.packages import IndexedPackageStore
from indexer.db.removed_keys import RemovedKeyStore
from indexer.db.unshown_manifests import UnshownManifestStore
from shared.aws.objects import ObjectInfo, ObjectStore
from shared.concurrency import bounded_gather
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.index.tables import ManifestState
from shared.index.trees.blocks.processes import BlockProcesses
from shared.index.trees.builder import OutOfOrder
from shared.index.trees.entries import CorruptManifest
from shared.index.trees.handover import HandoverBroken, ReceivedTree, WrittenManifest
from shared.index.trees.manifest_reader import ManifestContents, ManifestReader, read_manifest
from shared.index.trees.nodes import NodePage
from shared.quilt.keys import Layout2ManifestKey, ManifestKey

MAX_SMALL_BYTES = 128 << 10
"""Bytes of manifests that are read with one request, and indexed together."""
MAX_INLINE_BYTES = 256 << 10
"""Bytes of manifests that are parsed without a thread."""
MAX_CONCURRENT_READS = 16

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class IndexedManifests:
    indexed: set[str]
    """Top hashes of those that need no other step."""
    unshown: set[str]
    """Top hashes among them whose packages remain to be written."""


@dataclass(frozen=True, slots=True)
class ParsedManifest:
    top_hash: str
    info: ObjectInfo
    contents: ManifestContents
    pages: list[NodePage]


@dataclass(frozen=True, slots=True)
class SmallManifests:
    """Some manifests as S3 has them."""

    began: datetime
    """Time before S3 was asked."""
    same: dict[str, ObjectInfo]
    """Manifests that the index has as they are, by top hash."""
    parsed: list[ParsedManifest]
    """All others."""


class ManifestIndexer:
    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        *,
        record_limit: int,
        processes: BlockProcesses | None = None,
    ) -> None:
        """`processes` read large manifests. Without them, threads do."""
        self._processes = processes
        self._sessions = sessions
        self._objects = objects
        self._record_limit = record_limit

    async def index_missing(self, bucket: str, top_hash: str, key: str) -> bool:
        """Index the manifest that a pointer names, at the key that the pointer means, unless it is indexed; returns whether its packages remain to be written."""
        async with transaction(self._sessions) as session:
            seen = await ManifestStore(session).find_source(bucket, top_hash)
        if seen is None or seen.state is ManifestState.MISSING:
            return await self.index_manifest(bucket, top_hash, key=key, wanted=True)
        return False

    async def read_small(self, bucket: str, top_hashes: Sequence[str]) -> SmallManifests:
        """Read manifests of the first layout, each with one request. Those that are large, missing or at fault are left out."""
        async with transaction(self._sessions) as session:
            began = await database_time(session)
            seen = await ManifestStore(session).find_sources(bucket, top_hashes)

        async def read(top_hash: str) -> tuple[str, ObjectInfo, bytes] | None:
            got = await self._objects.get(bucket, ManifestKey(top_hash).key, limit=MAX_SMALL_BYTES)
            return (top_hash, *got) if got and got[0].size <= MAX_SMALL_BYTES else None

        found = [each for each in await bounded_gather(MAX_CONCURRENT_READS, read, top_hashes) if each]
        same = {top_hash: info for top_hash, info, _ in found if top_hash in seen and seen[top_hash].matches(info)}
        new = [each for each in found if each[0] not in same]
        total = sum(len(body) for _, _, body in new)
        parse = partial(_parse_all, new, self._record_limit)
        parsed = parse() if total <= MAX_INLINE_BYTES else await asyncio.to_thread(parse)
        return SmallManifests(began, same, parsed)

    async def write_small(self, bucket: str, small: SmallManifests) -> IndexedManifests:
        """Write manifests in one transaction.

        Those that others have locked, or have written or removed since they were read, are left to `index_manifest`.
        """
        read = small.same.keys() | {each.top_hash for each in small.parsed}
        if not read:
            return IndexedManifests(set(), set())
        async with transaction(self._sessions) as session:
            locked = await try_lock_keys(session, bucket, [ManifestKey(each).key for each in sorted(read)])
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return IndexedManifests(read, set())
            manifests = ManifestStore(session)
            newer = await manifests.find_newer(bucket, read, small.began)
            ours = {each for each in read - newer if ManifestKey(each).key in locked}
            same = small.same.keys() & ours
            for top_hash in sorted(same):
                await manifests.touch(bucket, top_hash, small.same[top_hash].modified)
            parsed = [each for each in small.parsed if each.top_hash in ours]
            pages = [page for each in parsed for page in each.pages]
            if pages:
                await lock_nodes_to_write(session)
                async with transaction(self._sessions) as own:  # see `_read`
                    await NodeStore(own).add_missing(pages)
            await manifests.mark_ready(bucket, {each.top_hash: (each.info, each.contents) for each in parsed})
            changed = {each.top_hash for each in parsed}
            noted = UnshownManifestStore(session)
            await noted.note(bucket, changed)
            left = {each.top_hash for each in await noted.find(bucket, same)} if same else set()
        if changed:
            log.info("manifests_indexed", bucket=bucket, manifests=len(changed))
        return IndexedManifests(changed | same, changed | left)

    async def index_manifest(
        self,
        bucket: str,
        top_hash: str,
        *,
        key: str | None = None,
        wanted: bool = False,
        received: ReceivedTree | None = None,
    ) -> bool:
        """Write what S3 has of a manifest now, and return whether its packages remain to be written.

        A manifest may be at several keys: the key of the first layout is tried first, then `key`, then those of pushes of the second.
        A manifest that does not exist gets a row only when a pointer names it, or is about to (`wanted`).
        It is not read when `received` is the tree of what S3 has.
        """
        first = ManifestKey(top_hash).key
        async with transaction(self._sessions) as session:
            await lock_keys(session, bucket, [first])
            written = await _written(received)
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return False
            noted = UnshownManifestStore(session)
            info = await self._find_manifest(session, bucket, top_hash, {key or first})
            if info is None:
                changed = await self._remove(session, bucket, top_hash, key or first, wanted=wanted)
            else:
                is_same = written is not None and (written.etag, written.size) == (info.etag, info.size)
                changed = await self._put(session, bucket, top_hash, info, received if is_same else None)
            if changed:
                await noted.note(bucket, [top_hash])
            return changed or bool(await noted.find(bucket, [top_hash]))

    async def _find_manifest(
        self, session: AsyncSession, bucket: str, top_hash: str, keys: set[str]
    ) -> ObjectInfo | None:
        """The manifest at its key in the first layout, at one of `keys`, or at that of a push of the second layout."""
        first = ManifestKey(top_hash).key
        if info := await self._objects.head(bucket, first):
            return info
        names = await IndexedPackageStore(session).names_in_layout_2(bucket, top_hash)
        pushes = {Layout2ManifestKey(name, top_hash).key for name in names}
        return await self._first_existing(bucket, (keys | pushes) - {first})

    async def _remove(self, session: AsyncSession, bucket: str, top_hash: str, key: str, *, wanted: bool) -> bool:
        """Write that S3 does not have a manifest, and return whether the index changed for packages that exist."""
        manifests = ManifestStore(session)
        seen = await manifests.find_source(bucket, top_hash)
        if wanted or await IndexedPackageStore(session).is_pointed_at(bucket, top_hash):
            await manifests.mark_missing(bucket, top_hash, key)
        elif seen:
            await manifests.remove(bucket, top_hash)
        await RemovedKeyStore(session).note(bucket, [ManifestKey(top_hash).key])
        return seen is not None

    async def _put(
        self, session: AsyncSession, bucket: str, top_hash: str, info: ObjectInfo, received: ReceivedTree | None
    ) -> bool:
        """Write a manifest that S3 has, and return whether the index changed."""
        manifests = ManifestStore(session)
        seen = await manifests.find_source(bucket, top_hash)
        if seen and seen.matches(info):
            await manifests.touch(bucket, top_hash, info.modified)
            return False
        if received is None or not await self._take(session, info, received):
            await self._read(session, bucket, top_hash, info)
        return True

    async def _first_existing(self, bucket: str, keys: set[str]) -> ObjectInfo | None:
        for key in sorted(keys):
            if info := await self._objects.head(bucket, key):
                return info
        return None

    async def _take(self, session: AsyncSession, info: ObjectInfo, received: ReceivedTree) -> bool:
        """Write the tree that a push has built of the manifest; False if it cannot be taken."""
        handover = received.handover
        if handover.longest_line > self._record_limit:
            return False
        await lock_nodes_to_write(session)
        try:
            async for pages in received.batches():
                async with transaction(self._sessions) as own:
                    await _add_linked(NodeStore(own), pages)
            await _require_stored(NodeStore(session), {handover.root})
        except HandoverBroken as problem:
            log.warning("tree_refused", bucket=handover.bucket, top_hash=handover.top_hash, problem=str(problem))
            return False
        await ManifestStore(session).mark_read(handover.bucket, handover.top_hash, info, handover.contents)
        log.info(
            "manifest_indexed",
            bucket=handover.bucket,
            top_hash=handover.top_hash,
            state=ManifestState.READY.value,
            entries=handover.entries,
        )
        return True

    async def _read(self, session: AsyncSession, bucket: str, top_hash: str, info: ObjectInfo) -> None:
        # Nodes are written in transactions of their own: other manifests may share them, and their writers would have to wait
        # for this transaction to end. The lock keeps the sweep from removing them before the manifest refers to them.
        await lock_nodes_to_write(session)

        async def keep(pages: list[NodePage]) -> None:
            async with transaction(self._sessions) as own:
                await NodeStore(own).add_missing(pages)

        manifests = ManifestStore(session)
        try:
            contents = await read_manifest(
                lambda: self._objects.stream(bucket, info.key, info),
                keep,
                size=info.size,
                record_limit=self._record_limit,
                processes=self._processes,
            )
        except CorruptManifest as problem:
            await manifests.mark_corrupt(bucket, top_hash, info, str(problem))
            log.warning("manifest_corrupt", bucket=bucket, top_hash=top_hash, problem=str(problem))
            return
        state = await manifests.mark_read(bucket, top_hash, info, contents)
        log.info("manifest_indexed", bucket=bucket, top_hash=top_hash, state=state.value, entries=contents.root.entries)


def _parse_all(found: Sequence[tuple[str, ObjectInfo, bytes]], record_limit: int) -> list[ParsedManifest]:
    """The manifests with their trees, without those at fault."""
    return [parsed for each in found if (parsed := _parse(*each, record_limit=record_limit))]


def _parse(top_hash: str, info: ObjectInfo, body: bytes, *, record_limit: int) -> ParsedManifest | None:
    reader = ManifestReader(record_limit=record_limit)
    try:
        pages = [*reader.feed(body), *reader.finish()]
    except (CorruptManifest, OutOfOrder):
        return None
    contents = reader.contents
    return ParsedManifest(top_hash, info, contents, pages) if contents.top_hash == top_hash else None


async def _written(received: ReceivedTree | None) -> WrittenManifest | None:
    """The manifest that a push has written; waits until it is."""
    try:
        return await received.written() if received else None
    except HandoverBroken as problem:
        log.warning("tree_refused", problem=str(problem))
        return None


async def _add_linked(nodes: NodeStore, pages: list[NodePage]) -> None:
    """Add pages whose children are stored or among them, so that no stored page has a missing one below it. Raises HandoverBroken."""
    below = {child for page in pages for child in page.children} - {page.storage for page in pages}
    await _require_stored(nodes, below)
    await nodes.add_missing(pages)


async def _require_stored(nodes: NodeStore, wanted: set[bytes]) -> None:
    """Raises HandoverBroken."""
    if missing := await nodes.find_missing(wanted):
        raise HandoverBroken(f"{len(missing)} pages are missing")
