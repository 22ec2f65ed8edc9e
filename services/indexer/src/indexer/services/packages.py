"""Packages, many at a time: their latest revision, which their pointers determine, and its README."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.locks import lock_packages
from indexer.db.manifests import ManifestStore
from indexer.db.packages import IndexedPackageStore, PackageSearchDocument, Pointer
from indexer.errors import AuthorsUnavailable
from indexer.messages import WrittenContent
from indexer.services.manifests import ManifestIndexer
from indexer.text_extraction import MAX_TEXT_BYTES, bytes_to_read, extract_text, storable
from shared.aws.objects import ObjectInfo, ObjectRefused, ObjectStore
from shared.clients.auth import PushAuthority
from shared.concurrency import bounded_gather
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Forbidden, NotFound, Unavailable
from shared.index.records import ManifestRecord
from shared.index.store import IndexStore
from shared.index.tables import ManifestState
from shared.index.trees.cache import NodeCache
from shared.index.trees.nodes import TreeFile
from shared.index.trees.reader import TreeReader
from shared.quilt.keys import AUTHOR_META, Layout2ManifestKey, PointerKey, top_hash_of
from shared.quilt.labels import package_label
from shared.quilt.metadata import read_metadata
from shared.quilt.physical_keys import PhysicalKey, parse_physical_key
from shared.schemas.push_author import WrittenPointer

READMES = ("README.md", "README.txt", "README", "README.rst", "readme.md", "Readme.md")
"""Names at the root of a package, in the order in which they are tried."""

MAX_CONCURRENT_POINTERS = 16
"""Pointers, or READMEs, of one batch that are read at once."""
MAX_README_NODES_BYTES = 32 << 20
"""Memory for the nodes in which the READMEs of one batch are looked for."""
_MAX_POINTER_BYTES = 200
"""Bytes of a pointer that are read, which is more than a top hash has."""

_MAX_AUTHOR_CHARACTERS = 200

PackagePointers = Mapping[str, Collection[PointerKey | Layout2ManifestKey]]
"""Some of the pointers of packages, by package."""

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

    async def index_pointers(
        self, bucket: str, packages: PackagePointers, sessions: Mapping[WrittenContent, str] = MappingProxyType({})
    ) -> None:
        """Write what S3 has of some packages' pointers now, and of the revisions that they name.

        `sessions`: names of the role sessions that wrote them, from events.
        """
        behind = await self._write_packages(bucket, packages, sessions, with_lacking=False)
        if behind:
            # Revisions first, so that a package is listed only when it can be shown.
            await self._index_manifests(bucket, behind)
            names = {pointer.key.name for pointer in behind}
            await self._write_packages(bucket, {name: packages[name] for name in names}, sessions, with_lacking=True)

    async def _write_packages(
        self, bucket: str, packages: PackagePointers, sessions: Mapping[WrittenContent, str], *, with_lacking: bool
    ) -> list[Pointer]:
        """Write pointers and search documents in one transaction.

        Without `with_lacking`, packages are left out whose pointers name revisions that the index lacks. Returns those pointers.
        """
        async with transaction(self._sessions) as session:
            await lock_packages(session, bucket, packages)
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return []
            found = await self._read_pointers(bucket, [key for keys in packages.values() for key in keys])
            behind = [] if with_lacking else await self._lacking(session, bucket, found)
            left_out = {pointer.key.name for pointer in behind}
            keys = [key for name, keys in packages.items() if name not in left_out for key in keys]
            if not keys:
                return behind
            some = [pointer for pointer in found if pointer.key.name not in left_out]
            authors = await self._find_authors(bucket, some, sessions)
            pointers = [_with_author(each, authors) for each in some]
            store = IndexedPackageStore(session)
            before = await store.remove_pointers(bucket, keys)
            await store.put_pointers(bucket, pointers)
            if gone := before - {pointer.top_hash for pointer in pointers}:
                await ManifestStore(session).remove_unwanted(bucket, gone)
            unread = await self._write_documents(session, bucket, packages.keys() - left_out)
        if with_lacking:  # pointers may have changed since their revisions were indexed
            await self._index_manifests(bucket, pointers)
        if unread:  # whoever indexed them in between could not know of these packages
            await self.refresh_packages(bucket, unread)
        return behind

    async def _lacking(self, session: AsyncSession, bucket: str, pointers: Sequence[Pointer]) -> list[Pointer]:
        """Pointers that name revisions which the index lacks."""
        named = {pointer.top_hash for pointer in pointers} - {""}
        found = await ManifestStore(session).find_sources(bucket, named) if named else {}
        known = {top_hash for top_hash, source in found.items() if source.state is not ManifestState.MISSING}
        return [pointer for pointer in pointers if pointer.top_hash in named - known]

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

    async def refresh_packages(self, bucket: str, top_hashes: Collection[str]) -> None:
        """Write the search documents of the packages whose latest revision has one of these manifests, after they changed."""
        async with transaction(self._sessions) as session:
            names = await IndexedPackageStore(session).names_with_latest(bucket, top_hashes)
        for name in names:
            async with transaction(self._sessions) as session:
                await lock_packages(session, bucket, [name])
                await self._write_documents(session, bucket, [name])

    async def _index_manifests(self, bucket: str, pointers: list[Pointer]) -> None:
        named = {pointer.top_hash: _manifest_key(pointer) for pointer in pointers if pointer.top_hash}
        for top_hash, key in sorted(named.items()):
            if await self._manifests.index_missing(bucket, top_hash, key):
                await self.refresh_packages(bucket, [top_hash])

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

        return [pointer for pointer in await bounded_gather(MAX_CONCURRENT_POINTERS, read, keys) if pointer]

    async def _write_documents(self, session: AsyncSession, bucket: str, names: Collection[str]) -> set[str]:
        """Write the search documents of packages. Returns the top hashes of latest revisions whose tree the index lacks."""
        packages, index = IndexedPackageStore(session), IndexStore(session)
        summaries = await packages.find_summaries(bucket, names)
        await packages.remove(bucket, set(names) - summaries.keys())
        if not summaries:
            return set()
        manifests = await index.manifests(bucket, {each.top_hash for each in summaries.values()})
        shown = await packages.find_readmes(bucket, {name: each.top_hash for name, each in summaries.items()})
        unread = [manifests[each.top_hash] for name, each in summaries.items() if name not in shown]
        readmes = await self._read_readmes(index, bucket, [each for each in unread if each.root])
        documents = []
        for name, summary in sorted(summaries.items()):
            manifest = manifests[summary.top_hash]
            meta = read_metadata(manifest.header).get("user_meta")
            readme = shown.get(name) or readmes.get(summary.top_hash, "")
            documents.append(
                PackageSearchDocument(
                    name=name,
                    summary=summary,
                    message=manifest.message or "",
                    meta=json.dumps(meta or {}, ensure_ascii=False),
                    readme=readme,
                    label=package_label(meta if isinstance(meta, dict) else None, readme),
                )
            )
        await packages.put(bucket, documents)
        return {each.top_hash for each in summaries.values() if manifests[each.top_hash].root is None} - {""}

    async def _read_readmes(
        self, index: IndexStore, bucket: str, manifests: Sequence[ManifestRecord]
    ) -> dict[str, str]:
        """Texts of READMEs by the top hash of their revision."""
        roots = {manifest.top_hash: manifest.root for manifest in manifests if manifest.root}
        cache = NodeCache(MAX_README_NODES_BYTES)
        for storage, body in (await index.nodes(list(set(roots.values())))).items():
            cache.add(storage, body)
        trees = TreeReader(index.nodes, cache)
        found: dict[str, list[tuple[str, PhysicalKey]]] = {}
        for top_hash, root in roots.items():
            places = [(name, await _place(trees, root, name)) for name in READMES]
            # The text is found by everybody who may read this bucket, and some of them may not read another.
            found[top_hash] = [(name, place) for name, place in places if place and place.bucket == bucket]

        async def read(top_hash: str) -> str:
            for name, place in found[top_hash]:
                if (text := await self._read_text(top_hash, name, place)) is not None:
                    return text
            return ""

        texts = await bounded_gather(MAX_CONCURRENT_POINTERS, read, found)
        return dict(zip(found, texts, strict=True))

    async def _read_text(self, top_hash: str, name: str, place: PhysicalKey) -> str | None:
        limit = bytes_to_read(name, MAX_TEXT_BYTES)
        try:
            got = await self._objects.get(place.bucket, place.key, limit=limit, version_id=place.version_id)
        except ObjectRefused as error:
            log.warning("readme_refused", bucket=place.bucket, top_hash=top_hash, error=str(error))
            return None
        return extract_text(name, got[1], got[0].encoding) if got else None


async def _place(trees: TreeReader, root: bytes, name: str) -> PhysicalKey | None:
    found = await trees.entry(root, name)
    return parse_physical_key(found.physical_key) if isinstance(found, TreeFile) else None


def _manifest_key(pointer: Pointer) -> str:
    return pointer.key.key if isinstance(pointer.key, Layout2ManifestKey) else pointer.key.manifest(pointer.top_hash)


def _with_author(pointer: Pointer, authors: Mapping[WrittenContent, str]) -> Pointer:
    # Anybody can write any name into the metadata, so what `auth` knows comes first.
    return replace(pointer, author=authors.get((pointer.key.key, pointer.etag), pointer.author))


def _author(info: ObjectInfo) -> str | None:
    return storable(info.meta.get(AUTHOR_META, ""))[:_MAX_AUTHOR_CHARACTERS] or None
