"""An instance as a revision of today: a manifest and pointers beside the objects, which stay where they are."""

import time
from collections.abc import Iterator, Mapping
from itertools import groupby

import orjson

from registry import keys
from registry.services.quilt2 import trees
from shared.aws.objects import ObjectStore
from shared.index.drafts import Draft
from shared.index.nodes import File
from shared.index.store import AUTHOR_META

_PART = 8 << 20


def draft_of(bucket: str, owner: str, package_hash: str, root: trees.Node, sizes: Mapping[str, int]) -> Draft:
    """To be closed."""
    draft = Draft({"version": "v0", "message": f"Quilt 2 instance {package_hash}", "user_meta": {}})
    where = f"s3://{bucket}/{keys.blob(owner, '')}"
    for prefix, files in groupby(_files(root, where, sizes), lambda each: each[0]):
        draft.add_files(prefix, [file for _, file in files])
    return draft


def _files(root: trees.Node, where: str, sizes: Mapping[str, int]) -> Iterator[tuple[str, File]]:
    """With the path of their directory; a node of several objects is a directory of them."""
    for path, node in trees.walk(root):
        hashes = node.get("hashes", ())
        above, slash, name = path.rpartition("/")
        described = {**node.get("metadata", {}), "type": node["type"]}
        if "metadata_hash" in node:
            described["metadata_hash"] = node["metadata_hash"]
        meta = orjson.dumps({"quilt2": described})
        for number, each in enumerate(hashes):
            is_whole = len(hashes) == 1
            last = name if is_whole else f"{number:06}"
            prefix = above + slash if is_whole else f"{path}/"
            yield (
                prefix,
                File(
                    name=last,
                    size=sizes[each],
                    hash_type="SHA256",
                    hash_value=each,
                    physical_key=where + each,
                    meta=meta,
                ),
            )


async def write_manifest(objects: ObjectStore, bucket: str, draft: Draft) -> str:
    totals = draft.finish()
    parts = draft.parts(max(_PART, totals.length // 9000))
    await objects.upload(bucket, keys.manifest(totals.top_hash), parts, lambda _: None)
    return totals.top_hash


async def point(objects: ObjectStore, bucket: str, name: str, top_hash: str, *, author: str, is_push: bool) -> None:
    """Make it the latest revision, and, for a push, one of the revisions."""
    meta = {AUTHOR_META: author} if author.isascii() else None
    if is_push:
        await objects.put(bucket, keys.pointer(name, str(int(time.time()))), top_hash.encode(), meta=meta)
    await objects.put(bucket, keys.pointer(name, keys.LATEST), top_hash.encode(), meta=meta)


async def unpoint(objects: ObjectStore, bucket: str, name: str) -> None:
    async for page in objects.list(bucket, prefix=keys.pointer(name, "")):
        for found in page:
            if keys.tag_of(name, found.key):
                await objects.delete(bucket, found.key)
