"""The end of every push: the manifest, then the pointers. Each pointer is written only over the version that was seen."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import ParamSpec

import stamina
import structlog

from registry.errors import ManifestBroken, RevisionStale
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.manifest_builder import PushDraft
from shared.aws.assembly import MAX_PARTS, MIN_PART_BYTES, KnownRange, PartSource, PlannedPart, plan_parts
from shared.aws.objects import NotAsSeen, ObjectRefused, ObjectStore
from shared.clients.indexer import Indexer
from shared.concurrency import cancelled
from shared.db.engine import transaction
from shared.db.statements import SessionStatements
from shared.errors import AppError, Unavailable
from shared.index.feed import FeedStore
from shared.index.store import IndexStore
from shared.index.tables import ManifestState
from shared.index.trees.blocks.processes import MIN_MANIFEST_BYTES
from shared.quilt.keys import AUTHOR_META, LATEST, ManifestKey, PointerKey
from shared.schemas.job import JobResult
from shared.schemas.push import Expected

log = structlog.get_logger()

P = ParamSpec("P")

PART_BYTES = 8 << 20
"""Bytes of a part of a manifest of which nothing is copied, unless there would be too many parts."""
MAX_POINTER_BYTES = 200
INDEX_TIMEOUT_SECONDS = 900
"""Time in which the index reads the largest manifest."""
_MAX_TIME_BUMPS = 1000
"""Seconds after now that are tried for the name of a pointer."""
_INDEX_RETRIES = stamina.AsyncRetryingCaller(
    attempts=4, timeout=None, wait_initial=1.0, wait_max=3.0, wait_jitter=0.5
).on(Unavailable)


async def read_pointer(objects: ObjectStore, bucket: str, key: str) -> tuple[str, str] | None:
    """ETag and content of a pointer, or None if there is none."""
    got = await objects.get(bucket, key, limit=MAX_POINTER_BYTES)
    return (got[0].etag, got[1].decode("ascii", "replace").strip()) if got else None


async def read_latest(objects: ObjectStore, bucket: str, name: str) -> tuple[str | None, str | None]:
    """The top hash that a package's `latest` names, and the ETag of that pointer; no ETag if it is in layout 2 only."""
    found = await read_pointer(objects, bucket, PointerKey(name, LATEST).key)
    if found:
        return found[1], found[0]
    layout_2 = await read_pointer(objects, bucket, PointerKey(name, LATEST, layout=2).key)
    return (layout_2[1] if layout_2 else None), None


def require_latest(name: str, expected: Expected, latest: str | None) -> None:
    """Raises RevisionStale unless the latest revision is the expected one."""
    if latest != expected.latest:
        now = f"is now {latest}" if latest else "does not exist"
        seen = f"not {expected.latest}" if expected.latest else "which you have not seen"
        raise RevisionStale(f"The latest revision of {name} {now}, {seen}. Look at it, and push again.")


class Publisher:
    def __init__(
        self,
        job: JobContext,
        objects: ObjectStore,
        indexer: Indexer,
        *,
        announced_bytes: int = MIN_MANIFEST_BYTES,
        min_part_bytes: int = MIN_PART_BYTES,
    ) -> None:
        """The indexer learns of manifests from `announced_bytes` on before they are written."""
        self._announced_bytes = announced_bytes
        self._min_part_bytes = min_part_bytes
        self._job = job
        self._objects = objects
        self._indexer = indexer
        self._bucket = job.claim.bucket
        self._name = job.claim.name

    async def publish(self, draft: PushDraft, expected: Expected | None) -> JobResult:
        """Raises RevisionStale or ManifestBroken."""
        totals = draft.manifest.finish()
        top_hash = totals.top_hash
        await self._write_manifest(draft, top_hash, totals.length)
        await self._require_readable(top_hash)
        # Of an earlier attempt at the same manifest: `seen`, the ETag of `latest`, and `tag`, the pointer's name.
        decided = self._job.checkpoint if self._job.checkpoint.get("top_hash") == top_hash else {}
        seen = decided["seen"] if decided else await self._read_latest_etag(top_hash, expected)
        self._job.set_progress("publishing", 0, None, "pointers")
        tag = await self._write_pointer(top_hash, seen, decided.get("tag"))
        is_latest = await self._make_latest(top_hash, seen)
        await self._notify_index(self._indexer.index_keys, self._bucket, [self._key(tag), self._key(LATEST)])
        if expected and not is_latest:
            raise RevisionStale(
                f"Somebody else pushed {self._name} at the same moment, and theirs is the latest revision. Yours is "
                f"kept: it is {top_hash}, pushed at {tag}."
            )
        return JobResult(
            bucket=self._bucket,
            name=self._name,
            top_hash=top_hash,
            tag=tag,
            is_latest=is_latest,
            total_entries=totals.entries,
            position=(await FeedStore(SessionStatements(self._job.sessions)).head()).position,
        )

    def _key(self, tag: str) -> str:
        return PointerKey(self._name, tag).key

    async def _upload(self, draft: PushDraft, key: str, length: int) -> str:
        """Returns the ETag. Lines that stand in the base's manifest are copied from there if they are many."""
        sent = 0
        etag = ""

        def add_progress(sent_bytes: int) -> None:
            nonlocal sent
            sent += sent_bytes
            self._job.set_progress("uploading", sent, length, "bytes")

        manifest = draft.manifest
        base, parts = await self._plan_copies(draft, length)
        if base:
            read = manifest.open_bytes().read
            try:
                etag = await self._objects.assemble(self._bucket, key, base, parts, read, add_progress)
            except ObjectRefused as error:  # a store with other multipart uploads
                log.warning("manifest_not_copied", bucket=self._bucket, package=self._name, reason=str(error))
                sent = 0
        if not etag:
            whole = manifest.parts(max(PART_BYTES, length // MAX_PARTS))
            etag = await self._objects.upload(self._bucket, key, whole, add_progress)
        self._job.set_progress("indexing", 0, None, "entries")
        return etag

    async def _plan_copies(self, draft: PushDraft, length: int) -> tuple[PartSource | None, list[PlannedPart]]:
        """The base's manifest and the parts of the draft's manifest, if some can be copied."""
        kept = [each for each in draft.manifest.kept_bytes() if each.length >= self._min_part_bytes]
        if draft.base is None or not kept:
            return None, []
        bucket, key = draft.base.bucket, ManifestKey(draft.base.top_hash).key
        try:
            info = await self._objects.head(bucket, key)
        except ObjectRefused:
            info = None
        if info is None or any(each.to_end > info.size for each in kept):
            return None, []
        known = [KnownRange(each.start, info.size - each.to_end, each.length) for each in kept]
        return PartSource(bucket, key, info.etag), plan_parts(length, known, self._min_part_bytes)

    async def _write_manifest(self, draft: PushDraft, top_hash: str, length: int) -> None:
        """Write the manifest, and have it in the index before anything points to it: from its tree, or read back."""
        writing = asyncio.ensure_future(self._upload(draft, ManifestKey(top_hash).key, length))
        try:
            is_announced = length >= self._announced_bytes
            if not is_announced:
                await writing
            tree = draft.tree.handover(self._bucket, draft.manifest, writing, is_announced=is_announced)
            is_taken = tree is not None and await self._hand_over(tree)
            await writing
        finally:
            await cancelled(writing)
        if not is_taken:
            await self._notify_index(
                self._indexer.index_manifest, self._bucket, top_hash, seconds=INDEX_TIMEOUT_SECONDS
            )

    async def _require_readable(self, top_hash: str) -> None:
        """Raises ManifestBroken if the index has found the manifest bad."""
        async with transaction(self._job.sessions) as session:
            found = await IndexStore(session).manifest(self._bucket, top_hash)
        if found and found.state in {ManifestState.CORRUPT, ManifestState.MISMATCH}:
            raise ManifestBroken(f"The manifest {top_hash} is {found.state}: {found.problem}")

    async def _hand_over(self, tree: AsyncIterator[bytes]) -> bool:
        """Give the tree to the indexer; False if it did not take it, so that it must read the manifest."""
        try:
            await self._indexer.index_tree(tree, seconds=INDEX_TIMEOUT_SECONDS)
        except AppError as error:
            log.warning("tree_not_taken", bucket=self._bucket, package=self._name, reason=str(error))
            return False
        return True

    async def _read_latest_etag(self, top_hash: str, expected: Expected | None) -> str | None:
        """ETag of `latest` before the push. Raises RevisionStale if it is not the expected one."""
        latest, etag = await read_latest(self._objects, self._bucket, self._name)
        if expected and latest != top_hash:
            require_latest(self._name, expected, latest)
        return etag

    async def _write_pointer(self, top_hash: str, seen: str | None, decided: str | None) -> str:
        """Write the pointer of this push, named by the first free second from now on, or by what an earlier attempt decided."""
        tag = int(decided or time.time())
        for bump in range(_MAX_TIME_BUMPS):
            await self._job.save_checkpoint(top_hash=top_hash, seen=seen, tag=str(tag))
            self._job.is_final = True
            try:
                await self._put_over(str(tag), top_hash, None)
            except NotAsSeen:
                if decided and bump == 0 and await self._is_pointer_to(str(tag), top_hash):
                    return str(tag)
                tag += 1
            else:
                return str(tag)
        raise Unavailable(f"Too many pushes of {self._name} at the same moment")

    async def _make_latest(self, top_hash: str, seen: str | None) -> bool:
        """Write `latest`; False if somebody else has written another one since it was seen."""
        try:
            await self._put_over(LATEST, top_hash, seen)
        except NotAsSeen:
            return await self._is_pointer_to(LATEST, top_hash)
        return True

    async def _put_over(self, tag: str, top_hash: str, etag: str | None) -> None:
        author = self._job.claim.caller.name
        meta = {AUTHOR_META: author} if author.isascii() else None
        await self._objects.put_over(self._bucket, self._key(tag), top_hash.encode(), etag, meta=meta)

    async def _is_pointer_to(self, tag: str, top_hash: str) -> bool:
        found = await read_pointer(self._objects, self._bucket, self._key(tag))
        return found is not None and found[1] == top_hash

    async def _notify_index(self, call: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call the indexer, with retries. A failure is logged: the index learns of the keys from S3's events."""
        try:
            await _INDEX_RETRIES(call, *args, **kwargs)
        except AppError as error:
            log.warning("index_not_told", bucket=self._bucket, package=self._name, reason=str(error))
