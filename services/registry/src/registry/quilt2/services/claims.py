"""Objects in pushes by others than the package's owner, for packages of a team.

All objects of an owner are below one prefix, whatever package they are in, and also those that were uploaded for a package that was
never pushed. So a pusher who only names the hash of an object could read an object of a package that they may not see. The owner may
name every object. Others may name the objects of the package itself, and must upload all others to a key of their own, which shows
that they have the content. From there the registry copies what the owner lacks.
"""

from collections.abc import Collection, Mapping

import structlog

from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.push_reads import PushReadStore
from registry.quilt2.errors import ObjectsNotUploaded
from registry.quilt2.services.callers import Quilt2Caller
from shared.aws.objects import ObjectStore
from shared.concurrency import bounded_gather
from shared.errors import AppError
from shared.quilt.keys import quilt2_object, quilt2_proof

MAX_CONCURRENT_OBJECTS = 32

log = structlog.get_logger()


async def find_unlinked(
    reads: PushReadStore, caller: Quilt2Caller, package: Quilt2Package | None, hashes: Collection[str]
) -> dict[str, bool]:
    """Hashes that the caller may not merely name; true if the owner has pushed the object already."""
    if package is None or caller.name == package.owner:
        return {}
    return await reads.unlinked(package, hashes)


async def take_uploads(
    objects: ObjectStore, bucket: str, owner: str, pusher: str, unlinked: Mapping[str, bool]
) -> None:
    """Copy the pusher's uploads to the owner's objects where they are missing. Raises ObjectsNotUploaded before anything is copied."""

    async def find_missing(object_hash: str) -> str | None:
        return None if await objects.head(bucket, quilt2_proof(owner, pusher, object_hash)) else object_hash

    async def take(object_hash: str) -> None:
        key = quilt2_object(owner, object_hash)
        if not await objects.head(bucket, key):
            await objects.copy(bucket, quilt2_proof(owner, pusher, object_hash), key)

    found = await bounded_gather(MAX_CONCURRENT_OBJECTS, find_missing, unlinked)
    if missing := sorted(filter(None, found)):
        raise ObjectsNotUploaded(f"{len(missing)} objects were not uploaded, among them {missing[0]}. Push again")
    await bounded_gather(MAX_CONCURRENT_OBJECTS, take, [each for each, is_known in unlinked.items() if not is_known])


async def remove_uploads(objects: ObjectStore, bucket: str, owner: str, pusher: str, hashes: Collection[str]) -> None:
    """Remove the pusher's uploads that a push has taken. Those of a push that failed stay for the next one."""

    async def remove(object_hash: str) -> None:
        await objects.delete(bucket, quilt2_proof(owner, pusher, object_hash))

    try:
        await bounded_gather(MAX_CONCURRENT_OBJECTS, remove, hashes)
    except AppError as error:
        log.warning("uploads_not_removed", owner=owner, error=str(error))
