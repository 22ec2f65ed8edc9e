"""Objects with text that the registry shows: the README, and users' own metadata of nodes."""

import zlib
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from typing import Any

import orjson

from registry.quilt2.errors import ReadmeUnreadable
from registry.quilt2.services import trees
from shared.aws.objects import ObjectStore
from shared.concurrency import bounded_gather
from shared.errors import AppError
from shared.quilt.keys import quilt2_object

MAX_METADATA_OBJECTS = 500
"""Metadata objects of one instance that its manifest shows. More would delay a push; the manifest has only their hashes."""
MAX_METADATA_BYTES = 64 << 10
MAX_README_BYTES = 640 << 10
_MAX_CONCURRENT_READS = 16
_GZIP = b"\x1f\x8b"


def metadata_hashes(root: trees.Node) -> list[str]:
    """Hashes of the metadata objects that the manifest shows."""
    return list(islice(trees.objects(root, meta_only=True), MAX_METADATA_OBJECTS))


async def fetch_texts(objects: ObjectStore, bucket: str, owner: str, hashes: Iterable[str]) -> dict[str, str]:
    """Texts by hash; objects that are missing, unreadable or too large are left out."""
    found = await bounded_gather(_MAX_CONCURRENT_READS, partial(_fetch, objects, bucket, owner), hashes)
    return dict(filter(None, found))


async def _fetch(objects: ObjectStore, bucket: str, owner: str, object_hash: str) -> tuple[str, str] | None:
    try:
        got = await objects.get(bucket, quilt2_object(owner, object_hash), limit=MAX_METADATA_BYTES)
    except AppError:
        return None
    if got is None or got[0].size > MAX_METADATA_BYTES:
        return None
    return object_hash, _text(plain(got[1])[:MAX_METADATA_BYTES])


def parse_metadata(texts: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Metadata by hash; texts that are no JSON object are left out."""
    found = {each: _parse_object(text) for each, text in texts.items()}
    return {each: metadata for each, metadata in found.items() if metadata}


def _parse_object(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


async def read_readme(objects: ObjectStore, bucket: str, owner: str, object_hash: str) -> str:
    """Raises ReadmeUnreadable."""
    try:
        got = await objects.get(bucket, quilt2_object(owner, object_hash), limit=MAX_README_BYTES)
    except AppError as error:
        raise ReadmeUnreadable(f"Failed to download the README: {error}") from error
    if got is None:
        raise ReadmeUnreadable("Failed to download the README: it was not uploaded")
    return _text(plain(got[1]))


def _text(body: bytes) -> str:
    """Postgres takes no NUL."""
    return body.decode(errors="ignore").replace("\0", "")


def plain(body: bytes) -> bytes:
    """The body, unpacked if it is a gzip: early clients compressed objects."""
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_README_BYTES)
    except zlib.error:
        return body
