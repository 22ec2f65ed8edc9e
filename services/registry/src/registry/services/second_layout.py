"""Packages in the clients' second registry layout: there a manifest's own place says that it is the package's."""

from collections.abc import Collection, Mapping
from datetime import datetime

from registry import keys
from registry.services.publishing import content_of
from shared.aws.objects import ObjectStore


async def top_hashes(objects: ObjectStore, bucket: str, name: str) -> dict[str, datetime]:
    """Of the package's revisions, and when each was pushed."""
    found: dict[str, datetime] = {}
    if keys.is_package_name(name):
        async for listed in objects.list(bucket, prefix=keys.second_manifest(name, "")):
            found |= {top_hash: each.modified for each in listed if (top_hash := keys.second_top_hash(each.key))}
    return found


async def delete(
    objects: ObjectStore, bucket: str, name: str, present: Mapping[str, datetime], gone: Collection[str]
) -> list[str]:
    """Take revisions away as the clients do; the keys that have changed."""
    changed: list[str] = []
    latest = await content_of(objects, bucket, keys.second_tag(name)) if present else None
    if latest and latest[1] in gone:
        changed.append(keys.second_tag(name))
        rest = max(((when, top_hash) for top_hash, when in present.items() if top_hash not in gone), default=None)
        if rest:
            await objects.put(bucket, changed[0], rest[1].encode())
        else:
            await objects.delete(bucket, changed[0])
    for top_hash in present.keys() & set(gone):
        changed.append(keys.second_manifest(name, top_hash))
        await objects.delete(bucket, changed[-1])
    return changed
