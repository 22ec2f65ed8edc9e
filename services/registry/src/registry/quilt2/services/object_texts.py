"""What users say of the nodes of their packages: an object of its own for each, which manifests show."""

import asyncio
import zlib
from collections.abc import Iterable
from functools import partial
from itertools import islice
from typing import Any

import orjson

from registry.quilt2.db.instances import InstanceStore
from registry.quilt2.errors import ReadmeUnreadable
from registry.quilt2.services import trees
from shared.aws.objects import ObjectStore
from shared.errors import AppError
from shared.quilt.keys import quilt2_object

MAX_METADATA_OBJECTS = 500
"""Of one instance; more would keep a push waiting. The others are named by their hash only."""
MAX_METADATA_BYTES = 64 << 10
_MAX_CONCURRENT_READS = 16


async def read_metadata(
    objects: ObjectStore, instances: InstanceStore, bucket: str, owner: str, root: trees.Node
) -> dict[str, dict[str, Any]]:
    """By hash; fetched once for each object, and without those that cannot be had."""
    wanted = list(islice(await asyncio.to_thread(partial(trees.objects, root, meta_only=True)), MAX_METADATA_OBJECTS))
    if not wanted:
        return {}
    texts = await instances.texts(owner, wanted)
    fetched = await _fetch(objects, bucket, owner, [each for each in wanted if each not in texts])
    for each, text in sorted(fetched.items()):  # in one order everywhere, so that nobody waits in a circle
        await instances.keep_readme(owner, each, text)
    found = {each: _parsed(text) for each, text in {**texts, **fetched}.items()}
    return {each: metadata for each, metadata in found.items() if metadata}


async def _fetch(objects: ObjectStore, bucket: str, owner: str, hashes: Iterable[str]) -> dict[str, str]:
    turns = asyncio.Semaphore(_MAX_CONCURRENT_READS)

    async def fetch(each: str) -> tuple[str, str] | None:
        async with turns:
            try:
                got = await objects.get(bucket, quilt2_object(owner, each), limit=MAX_METADATA_BYTES)
            except AppError:
                return None
        if got is None or got[0].size > MAX_METADATA_BYTES:
            return None
        return each, plain(got[1])[:MAX_METADATA_BYTES].decode(errors="ignore").replace("\0", "")

    return dict(filter(None, await asyncio.gather(*map(fetch, hashes))))


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


MAX_README_BYTES = 640 << 10
_GZIP = b"\x1f\x8b"


async def read_readme(objects: ObjectStore, bucket: str, owner: str, object_hash: str) -> str:
    """Raises Forbidden."""
    try:
        got = await objects.get(bucket, quilt2_object(owner, object_hash), limit=MAX_README_BYTES)
    except AppError as error:
        raise ReadmeUnreadable(f"Failed to download the README: {error}") from error
    if got is None:
        raise ReadmeUnreadable("Failed to download the README: it was not uploaded")
    return plain(got[1]).decode(errors="ignore").replace("\0", "")


def plain(body: bytes) -> bytes:
    """Older clients wrote objects compressed."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_README_BYTES)
    except zlib.error:
        return body
