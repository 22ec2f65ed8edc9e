"""An instance as a revision of today: a manifest and pointers beside the objects, which stay where they are."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

from registry.quilt2.db.instances import Stored
from registry.quilt2.services import trees
from shared.aws.objects import NotAsSeen, ObjectStore
from shared.errors import Unavailable
from shared.index.store import AUTHOR_META
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import TreeFile
from shared.quilt.keys import LATEST, ManifestKey, PointerKey, quilt2_object, tag_of

_PART = 8 << 20
_MAX_SECONDS_AHEAD = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """What the tree itself does not tell."""

    stored: Mapping[str, Stored] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Users' own, by the hash of its object."""


def draft_of(
    bucket: str,
    owner: str,
    package_hash: str,
    root: trees.Node,
    sizes: Mapping[str, int],
    *,
    known: Known | None = None,
) -> ManifestDraft:
    """To be closed."""
    known = known or Known()
    own = known.metadata.get(root.get("metadata_hash", ""), {})
    draft = ManifestDraft({"version": "v0", "message": f"Quilt 2 instance {package_hash}", "user_meta": own})
    for path, node in trees.walk(root):
        if "children" in node and (meta := known.metadata.get(node.get("metadata_hash", ""))):
            draft.add_directory(path, orjson.dumps({"user_meta": meta}))
    where = f"s3://{bucket}/{quilt2_object(owner, '')}"
    for prefix, files in groupby(_files(root, where, sizes, known), lambda each: each[0]):
        draft.add_files(prefix, [file for _, file in files])
    return draft


def _files(root: trees.Node, where: str, sizes: Mapping[str, int], known: Known) -> Iterator[tuple[str, TreeFile]]:
    """With the path of their directory; a node of several objects is a directory of them."""
    for path, node in trees.walk(root):
        hashes = node.get("hashes", ())
        above, slash, name = path.rpartition("/")
        meta = _meta(node, known)
        for number, each in enumerate(hashes):
            is_whole = len(hashes) == 1
            stored = known.stored.get(each)
            yield (
                above + slash if is_whole else f"{path}/",
                TreeFile(
                    name=name if is_whole else f"{number:06}",
                    size=stored.size if stored else sizes[each],
                    hash_type="SHA256",
                    hash_value=stored.hash if stored else each,
                    physical_key=where + each,
                    meta=orjson.dumps(_encoded(meta, stored, each, sizes[each]) if stored else meta),
                ),
            )


def _meta(node: trees.Node, known: Known) -> dict[str, Any]:
    described = {**node.get("metadata", {}), "type": node["type"]}
    own = None
    if "metadata_hash" in node:
        described["metadata_hash"] = node["metadata_hash"]
        own = known.metadata.get(node["metadata_hash"])
    return {"quilt2": described, "user_meta": own} if own else {"quilt2": described}


def _encoded(meta: dict[str, Any], stored: Stored, object_hash: str, size: int) -> dict[str, Any]:
    """Says that the bytes are not those of the object, and what they become."""
    decoded = {"content_encoding": stored.encoding, "decoded": {"sha256": object_hash, "size": size}}
    return {**meta, "quilt2": {**meta["quilt2"], **decoded}}


async def write_manifest(objects: ObjectStore, bucket: str, draft: ManifestDraft) -> str:
    totals = draft.finish()
    parts = draft.parts(max(_PART, totals.length // 9000))
    await objects.upload(bucket, ManifestKey(totals.top_hash).key, parts, lambda _: None)
    return totals.top_hash


async def point(objects: ObjectStore, bucket: str, name: str, top_hash: str, *, author: str, is_push: bool) -> None:
    """Make it the latest revision, and, for a push, one of the revisions."""
    if is_push:
        await _add_pointer(objects, bucket, name, top_hash, author=author)
    await write_pointer(objects, bucket, name, LATEST, top_hash, author=author)


async def _add_pointer(objects: ObjectStore, bucket: str, name: str, top_hash: str, *, author: str) -> None:
    """Of this second, or of the first one after it that no other revision has."""
    body, meta, now = top_hash.encode(), _author(author), int(time.time())
    for second in range(now, now + _MAX_SECONDS_AHEAD):
        key = PointerKey(name, str(second)).key
        try:
            await objects.put_over(bucket, key, body, None, meta=meta)
        except NotAsSeen:
            found = await objects.get(bucket, key, limit=len(body) + 1)
            if found and found[1] == body:
                return
        else:
            return
    raise Unavailable(f"Too many pushes of {name} at the same moment")


async def write_pointer(objects: ObjectStore, bucket: str, name: str, tag: str, top_hash: str, *, author: str) -> None:
    await objects.put(bucket, PointerKey(name, tag).key, top_hash.encode(), meta=_author(author))


def _author(name: str) -> dict[str, str] | None:
    return {AUTHOR_META: name} if name.isascii() else None


async def unpoint(objects: ObjectStore, bucket: str, name: str) -> None:
    async for page in objects.list(bucket, prefix=PointerKey(name, "").key):
        for found in page:
            if tag_of(name, found.key):
                await objects.delete(bucket, found.key)
