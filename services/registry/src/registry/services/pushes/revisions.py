"""Deleting packages and revisions as the clients do: their pointers are deleted, manifests and objects stay."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import structlog

from registry.db.buckets import BucketStore
from registry.errors import PackageNotFound, RevisionNotFound
from registry.services.pushes.publishing import read_latest, read_pointer
from registry.services.transfers.caller_s3 import CallerS3Opener
from shared import permissions
from shared.audit import AuditQueue
from shared.aws.objects import NotAsSeen, ObjectStore
from shared.clients.indexer import Indexer
from shared.concurrency import bounded_gather
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.index.store import MIN_HASH_DIGITS, AmbiguousHash
from shared.quilt.keys import LATEST, Layout2ManifestKey, PointerKey, tag_of
from shared.quilt.names import is_package_name
from shared.schemas.principal import Principal

log = structlog.get_logger()

_MAX_CONCURRENT_POINTERS = 20
_BATCH_KEYS = 500
"""Keys in one request to the indexer."""


class RevisionService:
    """All methods raise BucketNotFound, PackageNotFound or NotAWriter."""

    def __init__(
        self, sessions: Sessions, open_caller_s3: CallerS3Opener, indexer: Indexer, trail: AuditQueue | None = None
    ) -> None:
        self._sessions = sessions
        self._open_caller_s3 = open_caller_s3
        self._indexer = indexer
        self._trail = trail

    async def delete_package(self, viewer: Principal, bucket: str, name: str) -> None:
        """Delete all pointers of the package."""
        async with self._open_package(viewer, bucket, name) as package:
            tags = await package.read_tags()
            layout_2 = await package.read_layout_2()
            if not tags and not layout_2:
                raise PackageNotFound(bucket, name)
            # `latest` goes first: it must never name a revision that is deleted.
            if LATEST in tags:
                await package.delete_tags([LATEST])
            await package.delete_tags(tags.keys() - {LATEST})
            await package.repair_latest(tags)
            changed = await package.delete_from_layout_2(layout_2, layout_2)
        changed += [package.key(tag) for tag in tags]
        await self._notify_index(bucket, name, changed, "Packages.Delete")
        log.info("package_deleted", bucket=bucket, package=name, pointers=len(changed), by=viewer.name)

    async def delete(self, viewer: Principal, bucket: str, name: str, reference: str) -> None:
        """Delete the revision that `reference` names: `latest`, a tag, a top hash or its first digits.

        Raises RevisionNotFound or AmbiguousHash, too.
        """
        async with self._open_package(viewer, bucket, name) as package:
            tags = await package.read_tags()
            layout_2 = await package.read_layout_2()
            if not tags and not layout_2:
                raise PackageNotFound(bucket, name)
            top_hash = _resolve(name, reference, {**{each: each for each in layout_2}, **tags})
            deleted = {tag for tag, pointed in tags.items() if pointed == top_hash and tag != LATEST}
            if tags.get(LATEST) == top_hash:  # first, as above
                rest = max((int(tag) for tag in tags.keys() - {LATEST} - deleted), default=None)
                if rest is None:
                    await package.delete_tags([LATEST])
                else:
                    await package.replace_latest(top_hash, tags[str(rest)])
            await package.delete_tags(deleted)
            await package.repair_latest(tags)
            changed = await package.delete_from_layout_2(layout_2, [top_hash])
        changed += [package.key(tag) for tag in (*deleted, LATEST)]
        await self._notify_index(bucket, name, changed, "Packages.DeleteRevision", top_hash=top_hash)
        log.info(
            "revision_deleted", bucket=bucket, package=name, top_hash=top_hash, pointers=len(deleted), by=viewer.name
        )

    @asynccontextmanager
    async def _open_package(self, viewer: Principal, bucket: str, name: str) -> "AsyncIterator[_PackagePointers]":
        """The package's pointers in S3, with the viewer's rights."""
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)
        permissions.require_writer(viewer, bucket)
        async with self._open_caller_s3(viewer) as caller_s3:
            yield _PackagePointers(caller_s3.objects, bucket, name)

    async def _notify_index(self, bucket: str, name: str, changed: list[str], action: str, **details: Any) -> None:
        """Have the index read the changed keys. A failure is logged: the index learns of the keys from S3's events."""
        if self._trail:
            self._trail.put(action, f"package:{bucket}/{name}", **details)
        try:
            for start in range(0, len(changed), _BATCH_KEYS):
                await self._indexer.index_keys(bucket, changed[start : start + _BATCH_KEYS])
        except AppError as error:
            log.warning("index_not_told", bucket=bucket, package=name, reason=str(error))


def _resolve(name: str, reference: str, tags: Mapping[str, str]) -> str:
    """The top hash that a reference names. Raises RevisionNotFound or AmbiguousHash."""
    if reference in tags:
        return tags[reference]
    is_prefix = len(reference) >= MIN_HASH_DIGITS
    found = {pointed for pointed in tags.values() if pointed.startswith(reference)} if is_prefix else set()
    if len(found) > 1:
        raise AmbiguousHash(f"Several revisions of {name} start with {reference}; give more digits")
    if not found:
        raise RevisionNotFound(name, reference)
    return found.pop()


class _PackagePointers:
    """The pointers of one package in S3. A tag is a pointer's name: `latest`, or the time of a push in seconds."""

    def __init__(self, objects: ObjectStore, bucket: str, name: str) -> None:
        self._objects = objects
        self._bucket = bucket
        self._name = name

    def key(self, tag: str) -> str:
        return PointerKey(self._name, tag).key

    async def read_tags(self, known: Mapping[str, str] | None = None) -> dict[str, str]:
        """Top hashes by tag. Those of the tags in `known` are not read."""
        found: dict[str, str] = {}

        async def read(tag: str) -> None:
            if known and tag in known:
                found[tag] = known[tag]
            elif pointer := await read_pointer(self._objects, self._bucket, self.key(tag)):
                found[tag] = pointer[1]

        if is_package_name(self._name):
            async for listed in self._objects.list(self._bucket, prefix=self.key("")):
                tags = [tag for each in listed if (tag := tag_of(self._name, each.key))]
                await bounded_gather(_MAX_CONCURRENT_POINTERS, read, tags)
        return found

    async def delete_tags(self, tags: Collection[str]) -> None:
        async def delete(tag: str) -> None:
            await self._objects.delete(self._bucket, self.key(tag))

        await bounded_gather(_MAX_CONCURRENT_POINTERS, delete, tags)

    async def replace_latest(self, old: str, new: str) -> None:
        """Have `latest` name `new`, if it still names `old`."""
        found, etag = await read_latest(self._objects, self._bucket, self._name)
        if etag and found == old:
            with suppress(NotAsSeen):
                await self._objects.put_over(self._bucket, self.key(LATEST), new.encode(), etag)

    async def repair_latest(self, before: Mapping[str, str]) -> None:
        """Allow for pushes and deletions by others since `before`, the tags then.

        Afterwards `latest` exists if any revision does, and names an existing one.
        """
        if LATEST not in before:
            return
        now = await self.read_tags(known={tag: before[tag] for tag in before.keys() - {LATEST}})
        pushes = {int(tag): top_hash for tag, top_hash in now.items() if tag != LATEST}
        was_pushed = {top_hash for tag, top_hash in before.items() if tag != LATEST}
        latest, etag = await read_latest(self._objects, self._bucket, self._name)
        if etag and (latest in pushes.values() or latest not in was_pushed):
            return
        with suppress(NotAsSeen):
            if pushes:
                await self._objects.put_over(self._bucket, self.key(LATEST), pushes[max(pushes)].encode(), etag)
            elif etag:
                await self.delete_tags([LATEST])

    async def read_layout_2(self) -> dict[str, datetime]:
        """Times of the pushes by top hash, of revisions in layout 2."""
        found: dict[str, datetime] = {}
        if is_package_name(self._name):
            async for listed in self._objects.list(self._bucket, prefix=Layout2ManifestKey.prefix(self._name)):
                found |= {key.top_hash: each.modified for each in listed if (key := Layout2ManifestKey.parse(each.key))}
        return found

    async def delete_from_layout_2(self, present: Mapping[str, datetime], deleted: Collection[str]) -> list[str]:
        """Delete revisions in layout 2, where the manifest is the pointer; the keys that have changed."""
        changed: list[str] = []
        latest_key = PointerKey(self._name, LATEST, layout=2).key
        latest = await read_pointer(self._objects, self._bucket, latest_key) if present else None
        if latest and latest[1] in deleted:
            changed.append(latest_key)
            rest = max(
                ((when, top_hash) for top_hash, when in present.items() if top_hash not in deleted), default=None
            )
            if rest:
                await self._objects.put(self._bucket, latest_key, rest[1].encode())
            else:
                await self._objects.delete(self._bucket, latest_key)
        for top_hash in present.keys() & set(deleted):
            changed.append(Layout2ManifestKey(self._name, top_hash).key)
            await self._objects.delete(self._bucket, changed[-1])
        return changed
