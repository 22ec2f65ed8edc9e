"""Taking revisions away, as the clients do it: pointers go, manifests and objects stay."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

import structlog

from registry import keys
from registry.db.buckets import BucketStore
from registry.errors import PackageNotFound, RevisionNotFound
from registry.keys import LATEST
from registry.services.publishing import latest_of
from shared import permissions
from shared.audit import AuditQueue
from shared.aws.objects import NotAsSeen, ObjectStore
from shared.clients.indexer import Indexer
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Forbidden
from shared.index.store import SHORTEST_HASH, AmbiguousHash
from shared.schemas.principal import Level, Principal

log = structlog.get_logger()

_POINTER_LIMIT = 200
_AT_ONCE = 20
_TOLD_AT_ONCE = 500


class RevisionService:
    """All raise BucketNotFound, PackageNotFound or Forbidden."""

    def __init__(
        self, sessions: Sessions, objects: ObjectStore, indexer: Indexer, trail: AuditQueue | None = None
    ) -> None:
        self._sessions = sessions
        self._objects = objects
        self._indexer = indexer
        self._trail = trail

    async def delete_package(self, viewer: Principal, bucket: str, name: str) -> None:
        """All of the package's pointers."""
        pointers = await self._deletable(viewer, bucket, name)
        # `latest` first: it must never name a revision that is no more.
        if LATEST in pointers:
            await self._objects.delete(bucket, keys.pointer(name, LATEST))
        await self._delete(bucket, name, pointers.keys() - {LATEST})
        await self._settle(bucket, name, pointers, "Packages.Delete")
        log.info("package_deleted", bucket=bucket, package=name, pointers=len(pointers), by=viewer.name)

    async def delete_reference(self, viewer: Principal, bucket: str, name: str, reference: str) -> None:
        """The revision that `latest`, a tag, a top hash or its first digits mean; raises RevisionNotFound or AmbiguousHash."""
        pointers = await self._deletable(viewer, bucket, name)
        found = {pointers[reference]} if reference in pointers else set()
        if not found and len(reference) >= SHORTEST_HASH:
            found = {pointed for pointed in pointers.values() if pointed.startswith(reference)}
        if len(found) > 1:
            raise AmbiguousHash(f"Several revisions of {name} start with {reference}; give more digits")
        await self.delete(viewer, bucket, name, found.pop() if found else reference)

    async def delete(self, viewer: Principal, bucket: str, name: str, top_hash: str) -> None:
        """Raises RevisionNotFound, too."""
        pointers = await self._deletable(viewer, bucket, name)
        gone = [tag for tag, pointed in pointers.items() if pointed == top_hash and tag != LATEST]
        is_latest = pointers.get(LATEST) == top_hash
        if not gone and not is_latest:
            raise RevisionNotFound(name, top_hash)
        # `latest` first: it must never name a revision that is no more.
        if is_latest:
            rest = sorted((int(tag), tag) for tag in pointers.keys() - {LATEST} - set(gone))
            if rest:
                await self._make_latest(bucket, name, pointers[rest[-1][1]], instead_of=top_hash)
            else:
                await self._objects.delete(bucket, keys.pointer(name, LATEST))
        await self._delete(bucket, name, gone)
        await self._settle(bucket, name, [*gone, LATEST], "Packages.DeleteRevision")
        log.info("revision_deleted", bucket=bucket, package=name, top_hash=top_hash, pointers=len(gone), by=viewer.name)

    async def _deletable(self, viewer: Principal, bucket: str, name: str) -> dict[str, str]:
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)
        if not permissions.allows(viewer, bucket, Level.READ_WRITE):
            raise Forbidden(f"You may not write to bucket {bucket}")
        pointers = await self._pointers(bucket, name)
        if not pointers:
            raise PackageNotFound(bucket, name)
        return pointers

    async def _make_latest(self, bucket: str, name: str, top_hash: str, *, instead_of: str) -> None:
        """Unless somebody has pushed meanwhile."""
        found = await latest_of(self._objects, bucket, name)
        if found and found[1] == instead_of:
            with suppress(NotAsSeen):
                await self._objects.put_over(bucket, keys.pointer(name, LATEST), top_hash.encode(), found[0])

    async def _delete(self, bucket: str, name: str, tags: Collection[str]) -> None:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def delete(tag: str) -> None:
            async with turns:
                await self._objects.delete(bucket, keys.pointer(name, tag))

        await asyncio.gather(*map(delete, tags))

    async def _settle(self, bucket: str, name: str, tags: Collection[str], action: str) -> None:
        """Have the index look; what it is not told now it learns from S3's events."""
        if self._trail:
            self._trail.put(action, f"package:{bucket}/{name}")
        changed = sorted(keys.pointer(name, tag) for tag in tags)
        try:
            for start in range(0, len(changed), _TOLD_AT_ONCE):
                await self._indexer.index_keys(bucket, changed[start : start + _TOLD_AT_ONCE])
        except AppError as error:
            log.warning("index_not_told", bucket=bucket, package=name, reason=str(error))

    async def _pointers(self, bucket: str, name: str) -> dict[str, str]:
        """What each of the package's pointers holds, by its tag."""
        if not keys.is_package_name(name):
            return {}
        found: dict[str, str] = {}
        turns = asyncio.Semaphore(_AT_ONCE)

        async def look(tag: str) -> None:
            async with turns:
                got = await self._objects.get(bucket, keys.pointer(name, tag), limit=_POINTER_LIMIT)
            if got:
                found[tag] = got[1].decode("ascii", "replace").strip()

        async for listed in self._objects.list(bucket, prefix=keys.pointer(name, "")):
            await asyncio.gather(*(look(tag) for each in listed if (tag := keys.tag_of(name, each.key))))
        return found
