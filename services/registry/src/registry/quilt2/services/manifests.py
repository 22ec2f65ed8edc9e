"""The manifest and the pointers that make an instance a revision for today's clients. Its objects stay where they are."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

from registry.quilt2.db.instances import StoredForm
from registry.quilt2.services import trees
from shared.aws.objects import NotAsSeen, ObjectStore
from shared.errors import Unavailable
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import TreeFile
from shared.quilt.keys import AUTHOR_META, LATEST, ManifestKey, PointerKey, quilt2_object, tag_of

_PART_BYTES = 8 << 20
_MAX_PARTS = 9_000
"""S3 takes 10,000."""
MAX_POINTER_BYTES = 100
_MAX_SECONDS_AHEAD = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about objects that the tree and the sizes leave out."""

    stored: Mapping[str, StoredForm] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Users' own metadata, by the hash of its object."""


def draft_of(
    bucket: str,
    owner: str,
    package_hash: str,
    root: trees.Node,
    sizes: Mapping[str, int],
    *,
    known: Known,
) -> ManifestDraft:
    """A manifest that the caller writes and closes."""
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
    """Pairs of a directory's path and a file in it. A node of several objects is a directory of them."""
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


def _encoded(meta: dict[str, Any], stored: StoredForm, object_hash: str, size: int) -> dict[str, Any]:
    """The metadata with the encoding of what S3 holds, and hash and size of the object that it becomes."""
    decoded = {"content_encoding": stored.encoding, "decoded": {"sha256": object_hash, "size": size}}
    return {**meta, "quilt2": {**meta["quilt2"], **decoded}}


async def write_manifest(objects: ObjectStore, bucket: str, draft: ManifestDraft) -> str:
    """Write it and return its top hash."""
    totals = draft.finish()
    parts = draft.parts(max(_PART_BYTES, totals.length // _MAX_PARTS))
    await objects.upload(bucket, ManifestKey(totals.top_hash).key, parts, lambda _: None)
    return totals.top_hash


async def add_pointer(objects: ObjectStore, bucket: str, name: str, top_hash: str, *, author: str) -> str:
    """Add a revision and return its tag: this second, or the first after it that no other revision has."""
    body, meta, now = top_hash.encode(), _author(author), int(time.time())
    for second in range(now, now + _MAX_SECONDS_AHEAD):
        key = PointerKey(name, str(second)).key
        try:
            await objects.put_over(bucket, key, body, None, meta=meta)
        except NotAsSeen:
            found = await objects.get(bucket, key, limit=len(body) + 1)
            if found and found[1] == body:
                return str(second)
        else:
            return str(second)
    raise Unavailable(f"Too many pushes of {name} at the same moment")


async def write_pointer(objects: ObjectStore, bucket: str, name: str, tag: str, top_hash: str, *, author: str) -> None:
    await objects.put(bucket, PointerKey(name, tag).key, top_hash.encode(), meta=_author(author))


def _author(name: str) -> dict[str, str] | None:
    """Metadata of an object; S3 takes ASCII only."""
    return {AUTHOR_META: name} if name.isascii() else None


async def remove_pointers(
    objects: ObjectStore, bucket: str, name: str, pointers: Mapping[str, str], *, latest: str | None
) -> None:
    """Remove pointers, top hashes by tag. If `latest` is one of them, it becomes the given top hash, or is removed."""
    for tag in pointers:
        await objects.delete(bucket, PointerKey(name, tag).key)
    key = PointerKey(name, LATEST).key
    found = await objects.get(bucket, key, limit=MAX_POINTER_BYTES)
    if found is None or found[1].decode(errors="replace") not in pointers.values():
        return
    if latest is None:
        await objects.delete(bucket, key)
    else:
        with suppress(NotAsSeen):  # another push has made itself the latest
            await objects.put_over(bucket, key, latest.encode(), found[0].etag)


async def remove_all_pointers(objects: ObjectStore, bucket: str, name: str) -> None:
    async for page in objects.list(bucket, prefix=PointerKey(name, "").key):
        for found in page:
            if tag_of(name, found.key):
                await objects.delete(bucket, found.key)
