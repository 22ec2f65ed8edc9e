"""Packages: their latest revision, which their pointers determine, and its README."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.locks import lock_package
from indexer.db.manifests import ManifestStore
from indexer.db.packages import IndexedPackageStore, Pointer
from indexer.errors import AuthorsUnavailable
from indexer.messages import WrittenContent
from indexer.services.manifests import ManifestIndexer
from indexer.text_extraction import MAX_TEXT_BYTES, bytes_to_read, extract_text, storable
from shared.aws.objects import ObjectInfo, ObjectRefused, ObjectStore
from shared.clients.auth import PushAuthority
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Forbidden, NotFound, Unavailable
from shared.index.records import ManifestRecord
from shared.index.store import IndexStore
from shared.index.trees.nodes import TreeFile
from shared.quilt.keys import AUTHOR_META, Layout2ManifestKey, PointerKey, top_hash_of
from shared.quilt.labels import package_label
from shared.quilt.metadata import read_metadata
from shared.quilt.physical_keys import parse_physical_key
from shared.schemas.push_author import WrittenPointer

READMES = ("README.md", "README.txt", "README", "README.rst", "readme.md", "Readme.md")
"""Names at the root of a package, in the order in which they are tried."""

_MAX_POINTER_BYTES = 200
"""Bytes of a pointer that are read, which is more than a top hash has."""

_MAX_AUTHOR_CHARACTERS = 200

log = structlog.get_logger()


class PackageIndexer:
    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        manifests: ManifestIndexer,
        authors: PushAuthority | None = None,
    ) -> None:
        """Without `authors`, they are those that pointers name in their metadata."""
        self._sessions = sessions
        self._authors = authors
        self._objects = objects
        self._manifests = manifests

    async def index_pointer(
        self,
        bucket: str,
        name: str,
        keys: Collection[PointerKey | Layout2ManifestKey],
        sessions: Mapping[WrittenContent, str] = MappingProxyType({}),
    ) -> None:
        """Write what S3 has of some of a package's pointers now, and of the revisions that they name.

        `sessions`: names of the role sessions that wrote them, from events.
        """
        # Revisions first, so that a package is listed only when it can be shown.
        found = await self._read_pointers(bucket, keys)
        await self._index_manifests(bucket, found)
        authors = await self._find_authors(bucket, found, sessions)
        async with transaction(self._sessions) as session:
            await lock_package(session, bucket, name)
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return
            packages = IndexedPackageStore(session)
            pointers = [_with_author(each, authors) for each in await self._read_pointers(bucket, keys)]
            before = await packages.remove_pointers(bucket, keys)
            await packages.put_pointers(bucket, pointers)
            await ManifestStore(session).remove_unwanted(bucket, before)
            unread = await self._write_document(session, bucket, name)
        await self._index_manifests(bucket, pointers)
        if unread:  # whoever indexed it in between could not know of this package
            await self.refresh_package(bucket, unread)

    async def _find_authors(
        self, bucket: str, pointers: Sequence[Pointer], sessions: Mapping[WrittenContent, str]
    ) -> dict[WrittenContent, str]:
        """Authors whom `auth` knows. Raises AuthorsUnavailable, so that what an event says of its author is not lost."""
        if self._authors is None or not pointers:
            return {}
        written = [
            WrittenPointer(
                bucket=bucket, key=each.key.key, etag=each.etag, session=sessions.get((each.key.key, each.etag))
            )
            for each in pointers
        ]
        try:
            names = await self._authors.push_authors(written)
        except (NotFound, Forbidden) as error:  # an `auth` that does not have this route yet
            log.warning("authors_unknown", bucket=bucket, error=str(error))
            return {}
        except Unavailable as error:
            raise AuthorsUnavailable(str(error)) from error
        return {(each.key, each.etag): name for each, name in zip(written, names, strict=True) if name}

    async def refresh_package(self, bucket: str, top_hash: str) -> None:
        """Write the search documents of the packages whose latest revision has this manifest, after it changed."""
        async with transaction(self._sessions) as session:
            names = await IndexedPackageStore(session).names_with_latest(bucket, top_hash)
        for name in names:
            async with transaction(self._sessions) as session:
                await lock_package(session, bucket, name)
                await self._write_document(session, bucket, name)

    async def _index_manifests(self, bucket: str, pointers: list[Pointer]) -> None:
        named = {pointer.top_hash: _manifest_key(pointer) for pointer in pointers if pointer.top_hash}
        for top_hash, key in sorted(named.items()):
            if await self._manifests.index_missing(bucket, top_hash, key):
                await self.refresh_package(bucket, top_hash)

    async def _read_pointers(self, bucket: str, keys: Collection[PointerKey | Layout2ManifestKey]) -> list[Pointer]:
        """The pointers that exist at the keys."""

        async def read(key: PointerKey | Layout2ManifestKey) -> Pointer | None:
            if isinstance(key, Layout2ManifestKey):
                info = await self._objects.head(bucket, key.key)
                return Pointer(key, key.top_hash, info.etag, info.modified, _author(info)) if info else None
            found = await self._objects.get(bucket, key.key, limit=_MAX_POINTER_BYTES)
            if found is None:
                return None
            info, body = found
            top_hash = top_hash_of(body)
            if not top_hash:
                log.warning("pointer_invalid", bucket=bucket, package=key.name, tag=key.tag)
            return Pointer(key, top_hash, info.etag, info.modified, _author(info))

        return [pointer for pointer in await asyncio.gather(*map(read, keys)) if pointer]

    async def _write_document(self, session: AsyncSession, bucket: str, name: str) -> str | None:
        """Write a package's search document. Returns the top hash of its latest revision if the index lacks that manifest's tree."""
        packages = IndexedPackageStore(session)
        summary = await packages.find_summary(bucket, name)
        if summary is None:
            await packages.remove(bucket, name)
            return None
        index = IndexStore(session)
        manifest = await index.manifest(bucket, summary.top_hash)
        readme = await packages.find_readme(bucket, name, summary.top_hash)
        if readme is None:
            readme = await self._read_readme(index, manifest)
        header = read_metadata(manifest.header) if manifest else {}
        meta = header.get("user_meta")
        await packages.put(
            bucket,
            name,
            summary,
            message=(manifest.message if manifest else None) or "",
            meta=json.dumps(meta or {}, ensure_ascii=False),
            readme=readme,
            label=package_label(meta if isinstance(meta, dict) else None, readme),
        )
        return None if manifest and manifest.root else summary.top_hash

    async def _read_readme(self, index: IndexStore, manifest: ManifestRecord | None) -> str:
        if manifest is None or manifest.root is None:
            return ""
        for name in READMES:
            found = await index.trees.entry(manifest.root, name)
            location = parse_physical_key(found.physical_key) if isinstance(found, TreeFile) else None
            # The text is found by everybody who may read this bucket, and some of them may not read another.
            if location is None or location.bucket != manifest.bucket:
                continue
            try:
                got = await self._objects.get(
                    location.bucket,
                    location.key,
                    limit=bytes_to_read(name, MAX_TEXT_BYTES),
                    version_id=location.version_id,
                )
            except ObjectRefused as error:
                log.warning("readme_refused", bucket=manifest.bucket, top_hash=manifest.top_hash, error=str(error))
                continue
            if got:
                return extract_text(name, got[1], got[0].encoding)
        return ""


def _manifest_key(pointer: Pointer) -> str:
    return pointer.key.key if isinstance(pointer.key, Layout2ManifestKey) else pointer.key.manifest(pointer.top_hash)


def _with_author(pointer: Pointer, authors: Mapping[WrittenContent, str]) -> Pointer:
    # Anybody can write any name into the metadata, so what `auth` knows comes first.
    return replace(pointer, author=authors.get((pointer.key.key, pointer.etag), pointer.author))


def _author(info: ObjectInfo) -> str | None:
    return storable(info.meta.get(AUTHOR_META, ""))[:_MAX_AUTHOR_CHARACTERS] or None
