"""The end of every push: the manifest first, then the pointers, each only over what was seen before."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from registry.errors import ManifestBroken, RevisionStale
from registry.services.pushes.jobs.context import JobContext
from shared.aws.objects import NotAsSeen, ObjectStore
from shared.clients.indexer import Indexer
from shared.db.engine import transaction
from shared.errors import AppError, Unavailable
from shared.index.store import AUTHOR_META, IndexStore
from shared.index.tables import ManifestState
from shared.index.trees.manifest_writer import ManifestDraft
from shared.quilt.keys import LATEST, ManifestKey, PointerKey
from shared.schemas.job import JobResult
from shared.schemas.push import Expected

log = structlog.get_logger()

PART = 8 << 20
POINTER_LIMIT = 200
INDEX_SECONDS = 900
"""How long the index may take to read the largest manifest."""
_TRIES = 4
_MAX_TIME_BUMPS = 1000


async def content_of(objects: ObjectStore, bucket: str, key: str) -> tuple[str, str] | None:
    """ETag and content of a pointer."""
    got = await objects.get(bucket, key, limit=POINTER_LIMIT)
    return (got[0].etag, got[1].decode("ascii", "replace").strip()) if got else None


async def latest_of(objects: ObjectStore, bucket: str, name: str) -> tuple[str | None, str | None]:
    """The top hash that a package's `latest` names, and that pointer's ETag, if there is one where we write it."""
    found = await content_of(objects, bucket, PointerKey(name, LATEST).key)
    if found:
        return found[1], found[0]
    second = await content_of(objects, bucket, PointerKey(name, LATEST, layout=2).key)
    return (second[1] if second else None), None


def require_latest(name: str, expected: Expected, latest: str | None) -> None:
    """Raises RevisionStale."""
    if latest != expected.latest:
        now = f"is {latest} by now" if latest else "does not exist"
        then = f"not {expected.latest}" if expected.latest else "and you have not seen it"
        raise RevisionStale(f"The latest revision of {name} {now}, {then}. Look at it, and push again.")


class Publisher:
    def __init__(self, work: JobContext, objects: ObjectStore, indexer: Indexer) -> None:
        self._work = work
        self._objects = objects
        self._indexer = indexer
        self._bucket = work.claim.bucket
        self._name = work.claim.name

    async def publish(self, draft: ManifestDraft, expected: Expected | None) -> JobResult:
        totals = draft.finish()
        await self._upload(draft, ManifestKey(totals.top_hash).key, totals.length)
        await self._have_read(totals.top_hash)
        before = self._work.checkpoint if self._work.checkpoint.get("top_hash") == totals.top_hash else {}
        seen = before["seen"] if before else await self._look(totals.top_hash, expected)
        self._work.set_progress("publishing", 0, None, "pointers")
        tag = await self._point(totals.top_hash, seen, before.get("tag"))
        is_latest = await self._make_latest(totals.top_hash, seen)
        await self._tried(lambda: self._indexer.index_keys(self._bucket, [self._key(tag), self._key(LATEST)]))
        if expected and not is_latest:
            raise RevisionStale(
                f"Somebody else pushed {self._name} at the same moment, and theirs is the latest revision. Yours is "
                f"kept: it is {totals.top_hash}, pushed at {tag}."
            )
        return JobResult(
            bucket=self._bucket,
            name=self._name,
            top_hash=totals.top_hash,
            tag=tag,
            is_latest=is_latest,
            total_entries=totals.entries,
        )

    def _key(self, tag: str) -> str:
        return PointerKey(self._name, tag).key

    async def _upload(self, draft: ManifestDraft, key: str, length: int) -> None:
        sent = 0

        def tell(more: int) -> None:
            nonlocal sent
            sent += more
            self._work.set_progress("uploading", sent, length, "bytes")

        await self._objects.upload(self._bucket, key, draft.parts(max(PART, length // 9000)), tell)

    async def _have_read(self, top_hash: str) -> None:
        """The index has read the manifest back, and found it good, before anything points to it."""
        self._work.set_progress("indexing", 0, None, "entries")
        await self._tried(lambda: self._indexer.index_manifest(self._bucket, top_hash, seconds=INDEX_SECONDS))
        async with transaction(self._work.sessions) as session:
            found = await IndexStore(session).manifest(self._bucket, top_hash)
        if found and found.state in {ManifestState.CORRUPT, ManifestState.MISMATCH}:
            raise ManifestBroken(f"The manifest {top_hash} is {found.state}: {found.problem}")

    async def _look(self, top_hash: str, expected: Expected | None) -> str | None:
        """ETag of `latest` before."""
        latest, etag = await latest_of(self._objects, self._bucket, self._name)
        if expected and latest != top_hash:
            require_latest(self._name, expected, latest)
        return etag

    async def _point(self, top_hash: str, seen: str | None, before: str | None) -> str:
        """Write the pointer of this push: in a second that nobody else has taken."""
        tag = int(before or time.time())
        for bump in range(_MAX_TIME_BUMPS):
            await self._work.save_checkpoint(top_hash=top_hash, seen=seen, tag=str(tag))
            self._work.is_final = True
            try:
                await self._put_over(str(tag), top_hash, None)
            except NotAsSeen:
                if before and bump == 0 and await self._holds(str(tag), top_hash):
                    return str(tag)
                tag += 1
            else:
                return str(tag)
        raise Unavailable(f"Too many pushes of {self._name} at the same moment")

    async def _make_latest(self, top_hash: str, seen: str | None) -> bool:
        try:
            await self._put_over(LATEST, top_hash, seen)
        except NotAsSeen:
            return await self._holds(LATEST, top_hash)
        return True

    async def _put_over(self, tag: str, top_hash: str, etag: str | None) -> None:
        author = self._work.claim.caller.name
        meta = {AUTHOR_META: author} if author.isascii() else None
        await self._objects.put_over(self._bucket, self._key(tag), top_hash.encode(), etag, meta=meta)

    async def _holds(self, tag: str, top_hash: str) -> bool:
        found = await content_of(self._objects, self._bucket, self._key(tag))
        return found is not None and found[1] == top_hash

    async def _tried(self, ask: Callable[[], Awaitable[Any]]) -> None:
        """What the index is not told now it learns from S3's events."""
        for tried in range(1, _TRIES + 1):
            try:
                await ask()
            except AppError as error:
                log.warning("index_not_told", bucket=self._bucket, package=self._name, reason=str(error))
                if not isinstance(error, Unavailable) or tried == _TRIES:
                    return
                await asyncio.sleep(tried)
            else:
                return
