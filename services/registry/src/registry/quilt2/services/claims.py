"""Objects in pushes by others than the package's owner, for packages of a team.

All objects of an owner are below one prefix, whatever package they are in. So a pusher who only names the hash of an object could
read an object of a package that they may not see. The owner may name every object. Others may name the objects of the package itself,
and must upload all others: to the owner's prefix or, where the owner has the object already and nothing is replaced, to a key of their
own, where it shows that they have the content.
"""

from collections.abc import Collection, Mapping

from registry.quilt2.db.packages import Quilt2Package
from registry.quilt2.db.push_reads import PushReadStore
from registry.quilt2.errors import ObjectsNotUploaded
from registry.quilt2.services.callers import Quilt2Caller
from shared.aws.objects import ObjectStore
from shared.concurrency import bounded_gather
from shared.quilt.keys import quilt2_object, quilt2_proof

_MAX_CONCURRENT_HEADS = 32


async def find_unlinked(
    reads: PushReadStore, caller: Quilt2Caller, package: Quilt2Package | None, hashes: Collection[str]
) -> dict[str, bool]:
    """Hashes that the caller may not merely name; true if the owner has the object already."""
    if package is None or caller.name == package.owner:
        return {}
    return await reads.unlinked(package, hashes)


async def require_uploaded(
    objects: ObjectStore, bucket: str, owner: str, pusher: str, unlinked: Mapping[str, bool]
) -> None:
    """Raises ObjectsNotUploaded."""

    async def find_missing(unlinked_object: tuple[str, bool]) -> str | None:
        object_hash, is_known = unlinked_object
        key = quilt2_proof(owner, pusher, object_hash) if is_known else quilt2_object(owner, object_hash)
        return None if await objects.head(bucket, key) else object_hash

    found = await bounded_gather(_MAX_CONCURRENT_HEADS, find_missing, unlinked.items())
    if missing := sorted(filter(None, found)):
        raise ObjectsNotUploaded(f"{len(missing)} objects were not uploaded, among them {missing[0]}. Push again")
