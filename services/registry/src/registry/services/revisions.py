"""Taking revisions away, as the clients do it: pointers go, manifests and objects stay."""

import asyncio

import structlog

from registry import keys
from registry.db.buckets import BucketStore
from registry.errors import PackageNotFound, RevisionNotFound
from registry.keys import LATEST
from shared import permissions
from shared.aws.objects import ObjectStore
from shared.db.engine import Sessions, transaction
from shared.errors import Forbidden
from shared.schemas.principal import Level, Principal

log = structlog.get_logger()

_POINTER_LIMIT = 200
_AT_ONCE = 20


class RevisionService:
    """The index learns of it from S3, as of everything."""

    def __init__(self, sessions: Sessions, objects: ObjectStore) -> None:
        self._sessions = sessions
        self._objects = objects

    async def delete(self, viewer: Principal, bucket: str, name: str, top_hash: str) -> None:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound or Forbidden."""
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)
        if not permissions.allows(viewer, bucket, Level.READ_WRITE):
            raise Forbidden(f"You may not write to bucket {bucket}")
        pointers = await self._pointers(bucket, name)
        if not pointers:
            raise PackageNotFound(bucket, name)
        gone = [tag for tag, pointed in pointers.items() if pointed == top_hash and tag != LATEST]
        is_latest = pointers.get(LATEST) == top_hash
        if not gone and not is_latest:
            raise RevisionNotFound(name, top_hash)
        # `latest` first: it must never name a revision that is no more.
        if is_latest:
            rest = sorted((int(tag), tag) for tag in pointers.keys() - {LATEST} - set(gone))
            if rest:
                await self._objects.put(bucket, keys.pointer(name, LATEST), pointers[rest[-1][1]].encode())
            else:
                await self._objects.delete(bucket, keys.pointer(name, LATEST))
        for tag in gone:
            await self._objects.delete(bucket, keys.pointer(name, tag))
        log.info("revision_deleted", bucket=bucket, package=name, top_hash=top_hash, pointers=len(gone), by=viewer.name)

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
