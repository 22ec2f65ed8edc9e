"""Taking revisions away, as the clients do it: pointers go, manifests and objects stay."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import structlog

from registry.db.buckets import BucketStore
from registry.errors import PackageNotFound, RevisionNotFound
from registry.services.pushes.publishing import content_of, latest_of
from registry.services.transfers.caller_s3 import CallerS3Opener
from shared import permissions
from shared.audit import AuditQueue
from shared.aws.objects import NotAsSeen, ObjectStore
from shared.clients.indexer import Indexer
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.index.store import MIN_HASH_DIGITS, AmbiguousHash
from shared.quilt.keys import LATEST, Layout2ManifestKey, PointerKey, tag_of
from shared.quilt.names import is_package_name
from shared.schemas.principal import Principal

log = structlog.get_logger()

_MAX_CONCURRENT_POINTERS = 20
_BATCH_KEYS = 500


class RevisionService:
    """All raise BucketNotFound, PackageNotFound or NotAWriter."""

    def __init__(
        self, sessions: Sessions, open_caller_s3: CallerS3Opener, indexer: Indexer, trail: AuditQueue | None = None
    ) -> None:
        self._sessions = sessions
        self._open_caller_s3 = open_caller_s3
        self._indexer = indexer
        self._trail = trail

    async def delete_package(self, viewer: Principal, bucket: str, name: str) -> None:
        """All of the package's pointers."""
        async with self._writing(viewer, bucket) as objects:
            pointers = await _pointers(objects, bucket, name)
            seconds = await _layout_2_top_hashes(objects, bucket, name)
            if not pointers and not seconds:
                raise PackageNotFound(bucket, name)
            # `latest` first: it must never name a revision that is no more.
            if LATEST in pointers:
                await objects.delete(bucket, PointerKey(name, LATEST).key)
            await _delete(objects, bucket, name, pointers.keys() - {LATEST})
            await _settle_latest(objects, bucket, name, pointers)
            changed = await _delete_from_layout_2(objects, bucket, name, seconds, seconds)
        changed += [PointerKey(name, tag).key for tag in pointers]
        await self._settle(bucket, name, changed, "Packages.Delete")
        log.info("package_deleted", bucket=bucket, package=name, pointers=len(changed), by=viewer.name)

    async def delete(self, viewer: Principal, bucket: str, name: str, reference: str) -> None:
        """The revision that `latest`, a tag, a top hash or its first digits mean.

        Raises RevisionNotFound or AmbiguousHash, too.
        """
        async with self._writing(viewer, bucket) as objects:
            pointers = await _pointers(objects, bucket, name)
            seconds = await _layout_2_top_hashes(objects, bucket, name)
            if not pointers and not seconds:
                raise PackageNotFound(bucket, name)
            top_hash = _meant(name, reference, {**{each: each for each in seconds}, **pointers})
            gone = {tag for tag, pointed in pointers.items() if pointed == top_hash and tag != LATEST}
            # `latest` first, as above.
            if pointers.get(LATEST) == top_hash:
                rest = max((int(tag) for tag in pointers.keys() - {LATEST} - gone), default=None)
                if rest is None:
                    await objects.delete(bucket, PointerKey(name, LATEST).key)
                else:
                    await _make_latest(objects, bucket, name, pointers[str(rest)], instead_of=top_hash)
            await _delete(objects, bucket, name, gone)
            await _settle_latest(objects, bucket, name, pointers)
            changed = await _delete_from_layout_2(objects, bucket, name, seconds, [top_hash])
        changed += [PointerKey(name, tag).key for tag in (*gone, LATEST)]
        await self._settle(bucket, name, changed, "Packages.DeleteRevision")
        log.info("revision_deleted", bucket=bucket, package=name, top_hash=top_hash, pointers=len(gone), by=viewer.name)

    @asynccontextmanager
    async def _writing(self, viewer: Principal, bucket: str) -> AsyncIterator[ObjectStore]:
        """S3 as the viewer may use it."""
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)
        permissions.require_writer(viewer, bucket)
        async with self._open_caller_s3(viewer) as caller_s3:
            yield caller_s3.objects

    async def _settle(self, bucket: str, name: str, changed: list[str], action: str) -> None:
        """Have the index look; what it is not told now it learns from S3's events."""
        if self._trail:
            self._trail.put(action, f"package:{bucket}/{name}")
        try:
            for start in range(0, len(changed), _BATCH_KEYS):
                await self._indexer.index_keys(bucket, changed[start : start + _BATCH_KEYS])
        except AppError as error:
            log.warning("index_not_told", bucket=bucket, package=name, reason=str(error))


def _meant(name: str, reference: str, pointers: Mapping[str, str]) -> str:
    if reference in pointers:
        return pointers[reference]
    long_enough = len(reference) >= MIN_HASH_DIGITS
    found = {pointed for pointed in pointers.values() if pointed.startswith(reference)} if long_enough else set()
    if len(found) > 1:
        raise AmbiguousHash(f"Several revisions of {name} start with {reference}; give more digits")
    if not found:
        raise RevisionNotFound(name, reference)
    return found.pop()


async def _make_latest(objects: ObjectStore, bucket: str, name: str, top_hash: str, *, instead_of: str) -> None:
    """Unless somebody has pushed meanwhile."""
    found, etag = await latest_of(objects, bucket, name)
    if etag and found == instead_of:
        with suppress(NotAsSeen):
            await objects.put_over(bucket, PointerKey(name, LATEST).key, top_hash.encode(), etag)


async def _settle_latest(objects: ObjectStore, bucket: str, name: str, before: Mapping[str, str]) -> None:
    """What others pushed or deleted meanwhile: `latest` is there when any revision is, and names one that is."""
    if LATEST not in before:
        return
    now = await _pointers(objects, bucket, name, known={tag: before[tag] for tag in before.keys() - {LATEST}})
    pushes = {int(tag): top_hash for tag, top_hash in now.items() if tag != LATEST}
    was_pushed = {top_hash for tag, top_hash in before.items() if tag != LATEST}
    latest, etag = await latest_of(objects, bucket, name)
    if etag and (latest in pushes.values() or latest not in was_pushed):
        return
    with suppress(NotAsSeen):
        if pushes:
            await objects.put_over(bucket, PointerKey(name, LATEST).key, pushes[max(pushes)].encode(), etag)
        elif etag:
            await objects.delete(bucket, PointerKey(name, LATEST).key)


async def _delete(objects: ObjectStore, bucket: str, name: str, tags: Collection[str]) -> None:
    turns = asyncio.Semaphore(_MAX_CONCURRENT_POINTERS)

    async def delete(tag: str) -> None:
        async with turns:
            await objects.delete(bucket, PointerKey(name, tag).key)

    await asyncio.gather(*map(delete, tags))


async def _pointers(
    objects: ObjectStore, bucket: str, name: str, known: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What each of the package's pointers holds, by its tag; those that are known need not be read."""
    found: dict[str, str] = {}
    turns = asyncio.Semaphore(_MAX_CONCURRENT_POINTERS)

    async def look(tag: str) -> None:
        if known and tag in known:
            found[tag] = known[tag]
            return
        async with turns:
            held = await content_of(objects, bucket, PointerKey(name, tag).key)
        if held:
            found[tag] = held[1]

    if is_package_name(name):
        async for listed in objects.list(bucket, prefix=PointerKey(name, "").key):
            await asyncio.gather(*(look(tag) for each in listed if (tag := tag_of(name, each.key))))
    return found


async def _layout_2_top_hashes(objects: ObjectStore, bucket: str, name: str) -> dict[str, datetime]:
    """Of the package's revisions, and when each was pushed."""
    found: dict[str, datetime] = {}
    if is_package_name(name):
        async for listed in objects.list(bucket, prefix=Layout2ManifestKey.prefix(name)):
            found |= {key.top_hash: each.modified for each in listed if (key := Layout2ManifestKey.parse(each.key))}
    return found


async def _delete_from_layout_2(
    objects: ObjectStore, bucket: str, name: str, present: Mapping[str, datetime], gone: Collection[str]
) -> list[str]:
    """Take revisions away as the clients do; the keys that have changed."""
    changed: list[str] = []
    latest = await content_of(objects, bucket, PointerKey(name, LATEST, layout=2).key) if present else None
    if latest and latest[1] in gone:
        changed.append(PointerKey(name, LATEST, layout=2).key)
        rest = max(((when, top_hash) for top_hash, when in present.items() if top_hash not in gone), default=None)
        if rest:
            await objects.put(bucket, changed[0], rest[1].encode())
        else:
            await objects.delete(bucket, changed[0])
    for top_hash in present.keys() & set(gone):
        changed.append(Layout2ManifestKey(name, top_hash).key)
        await objects.delete(bucket, changed[-1])
    return changed
