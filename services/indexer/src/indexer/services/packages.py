"""Packages, many at a time: their latest revision, which their pointers determine, and its README."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.clock import database_time
from indexer.db.locks import lock_packages
from indexer.db.manifests import ManifestStore
from indexer.db.packages import IndexedPackageStore, PackageSearchDocument, Pointer
from indexer.db.removed_keys import RemovedKeyStore
from indexer.db.unshown_manifests import UnshownManifestStore
from indexer.errors import AuthorsUnavailable
from indexer.messages import WrittenContent
from indexer.services.manifests import ManifestIndexer
from indexer.text_extraction import MAX_TEXT_BYTES, bytes_to_read, extract_text, storable
from shared.aws.objects import ObjectInfo, ObjectRefused, ObjectStore
from shared.clients.auth import PushAuthority
from shared.concurrency import KeyedLocks, bounded_gather
from shared.db.engine import AsyncSession, Sessions, transaction
from shared.errors import Forbidden, NotFound, Unavailable
from shared.index.store import IndexStore
from shared.index.tables import ManifestState
from shared.index.trees.cache import NodeCache
from shared.index.trees.nodes import TreeFile
from shared.index.trees.reader import TreeReader
from shared.quilt.keys import AUTHOR_META, LATEST, Layout2ManifestKey, PointerKey, top_hash_of
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
MAX_READS = 5
"""Times that pointers or objects are read because others have written them since the last time."""
BATCH_LEFT = 200
"""Manifests whose packages remain to be written that are found at once."""
_MAX_POINTER_BYTES = 200
"""Bytes of a pointer that are read, which is more than a top hash has."""

_MAX_AUTHOR_CHARACTERS = 200

PackagePointers = Mapping[str, Collection[PointerKey | Layout2ManifestKey]]
"""Some of the pointers of packages, by package."""
_ReadmePlaces = dict[str, list[tuple[str, PhysicalKey]]]
"""Names and places of what may be the README, by the top hash of the revision."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _FoundPointers:
    """Some pointers as S3 has them, and what goes with them."""

    began: datetime
    """Time before S3 was asked."""
    pointers: list[Pointer]
    lacking: list[Pointer]
    """Pointers that name revisions which the index lacks."""
    readmes: dict[str, str]
    """READMEs of the revisions that the packages are likely to show, by top hash."""


class PackageIndexer:
    """Asks S3 and `auth` outside of transactions, so that nobody waits for them with a lock or a connection.

    What others wrote in the meantime may be newer than what was read, and is read again.
    """

    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        manifests: ManifestIndexer,
        slots: asyncio.Semaphore,
        authors: PushAuthority | None = None,
    ) -> None:
        """`slots` are taken to write. Without `authors`, they are those that pointers name in their metadata."""
        self._sessions = sessions
        self._authors = authors
        self._objects = objects
        self._manifests = manifests
        self._slots = slots
        self._turns = KeyedLocks()

    async def index_pointers(
        self, bucket: str, packages: PackagePointers, sessions: Mapping[WrittenContent, str] = MappingProxyType({})
    ) -> None:
        """Write what S3 has of some packages' pointers now, and of the revisions that they name. Raises Unavailable.

        `sessions`: names of the role sessions that wrote them, from events.
        """
        for _ in range(MAX_READS):
            overtaken = await self._index_as_read(bucket, packages, sessions)
            if not overtaken:
                return
            packages = _choose(packages, overtaken)
        raise Unavailable(f"Others go on writing packages of {bucket}: {', '.join(sorted(packages))}")

    async def show_manifests(self, bucket: str, top_hashes: Collection[str]) -> None:
        """Write the search documents of the packages that show these manifests, which were noted when they changed."""
        async with transaction(self._sessions) as session:
            noted = await UnshownManifestStore(session).find(bucket, top_hashes)
            names = await IndexedPackageStore(session).names_showing(bucket, top_hashes)
            if not names:
                await UnshownManifestStore(session).forget(noted)
                return
        for name in names:
            await self._write_again(bucket, name)
        async with transaction(self._sessions) as session:
            await UnshownManifestStore(session).forget(noted)

    async def show_left_manifests(self, *, older_than_seconds: float = 0.0) -> None:
        """Show manifests that are noted for longer than showing takes: the tasks that noted them have ended or failed.

        Raises Unavailable.
        """
        after = 0
        while True:
            async with transaction(self._sessions) as session:
                left = await UnshownManifestStore(session).find_older(older_than_seconds, after, BATCH_LEFT)
            if not left:
                return
            after = left[-1].id
            for bucket, top_hash in sorted({(each.bucket, each.top_hash) for each in left}):
                try:
                    await self.show_manifests(bucket, [top_hash])
                except Unavailable:
                    raise
                except Exception:  # the others are still shown
                    log.exception("manifest_not_shown", bucket=bucket, top_hash=top_hash)

    async def _index_as_read(
        self, bucket: str, packages: PackagePointers, sessions: Mapping[WrittenContent, str]
    ) -> set[str]:
        """Read and write pointers once. Returns keys that others have written or removed since they were read."""
        async with self._in_turn(bucket, packages):
            found = await self._read(bucket, packages)
            behind = {pointer.key.name for pointer in found.lacking}
            ready = {name: keys for name, keys in packages.items() if name not in behind}
            overtaken = await self._write(bucket, ready, found, sessions)
        if behind:
            # Revisions first, so that a package is listed only when it can be shown.
            await self._index_manifests(bucket, found.lacking)
            late = {name: packages[name] for name in behind}
            async with self._in_turn(bucket, late):
                found = await self._read(bucket, late)
                overtaken |= await self._write(bucket, late, found, sessions)
            await self._index_manifests(bucket, found.lacking)  # pointers have changed since the first reading
        return overtaken

    def _in_turn(self, bucket: str, names: Collection[str]) -> AbstractAsyncContextManager[None]:
        """Calls of this process read and write packages in turns: otherwise those for a package that many push would go on overtaking each other.

        Nobody has a turn while a manifest is read, which may take minutes.
        """
        return self._turns.held(f"{bucket}/{name}" for name in names)

    async def _read(self, bucket: str, packages: PackagePointers) -> _FoundPointers:
        async with transaction(self._sessions) as session:
            began = await database_time(session)
            latest = await IndexedPackageStore(session).find_latest_pointers(bucket, packages)
        pointers = await self._read_pointers(bucket, [key for keys in packages.values() for key in keys])
        named = {pointer.top_hash for pointer in pointers} - {""}
        likely = _likely_shown(pointers, latest)
        async with transaction(self._sessions) as session:
            sources = await ManifestStore(session).find_sources(bucket, named) if named else {}
            known = {top_hash for top_hash, source in sources.items() if source.state is not ManifestState.MISSING}
            shown = await IndexedPackageStore(session).find_readmes(bucket, likely)
            unread = {top_hash for name, top_hash in likely.items() if name not in shown}
            places = await self._find_readmes(session, bucket, unread)
        readmes = await self._read_readmes(places)
        return _FoundPointers(began, pointers, [each for each in pointers if each.top_hash in named - known], readmes)

    async def _write(
        self,
        bucket: str,
        packages: PackagePointers,
        found: _FoundPointers,
        sessions: Mapping[WrittenContent, str],
    ) -> set[str]:
        """Write pointers and search documents in one transaction. Returns keys that others have written or removed since they were read."""
        if not packages:
            return set()
        some = [pointer for pointer in found.pointers if pointer.key.name in packages]
        authors = await self._find_authors(bucket, some, sessions)
        keys = [key for keys in packages.values() for key in keys]
        async with self._slots, transaction(self._sessions) as session:
            await lock_packages(session, bucket, packages)
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return set()
            store = IndexedPackageStore(session)
            overtaken = await store.find_newer(bucket, keys, found.began)
            keys = [key for key in keys if key.key not in overtaken]
            pointers = [_with_author(each, authors) for each in some if each.key.key not in overtaken]
            before = await store.remove_pointers(bucket, keys)
            await store.put_pointers(bucket, pointers)
            await RemovedKeyStore(session).note(bucket, {key.key for key in keys} - {each.key.key for each in pointers})
            if gone := before - {pointer.top_hash for pointer in pointers}:
                await ManifestStore(session).remove_unwanted(bucket, gone)
            unread = await self._write_documents(session, bucket, packages, found.readmes)
            await UnshownManifestStore(session).note(bucket, unread)
        if unread:  # whoever indexed them in between could not know of these packages
            await self.show_manifests(bucket, unread)
        return overtaken

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

    async def _write_again(self, bucket: str, name: str) -> None:
        """Write the search document of a package after its manifest changed."""
        async with transaction(self._sessions) as session:
            summaries = await IndexedPackageStore(session).find_summaries(bucket, [name])
            places = await self._find_readmes(session, bucket, {each.top_hash for each in summaries.values()})
        readmes = await self._read_readmes(places)
        async with self._slots, transaction(self._sessions) as session:
            await lock_packages(session, bucket, [name])
            await self._write_documents(session, bucket, [name], readmes)

    async def _index_manifests(self, bucket: str, pointers: list[Pointer]) -> None:
        named = {pointer.top_hash: _manifest_key(pointer) for pointer in pointers if pointer.top_hash}
        for top_hash, key in sorted(named.items()):
            async with self._slots:
                is_unshown = await self._manifests.index_missing(bucket, top_hash, key)
            if is_unshown:
                await self.show_manifests(bucket, [top_hash])

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

    async def _write_documents(
        self, session: AsyncSession, bucket: str, names: Collection[str], readmes: Mapping[str, str]
    ) -> set[str]:
        """Write the search documents of packages, with READMEs by top hash. Returns the top hashes of latest revisions without tree or README."""
        packages, index = IndexedPackageStore(session), IndexStore(session)
        summaries = await packages.find_summaries(bucket, names)
        await packages.remove(bucket, set(names) - summaries.keys())
        if not summaries:
            return set()
        manifests = await index.manifests(bucket, {each.top_hash for each in summaries.values()})
        shown = await packages.find_readmes(bucket, {name: each.top_hash for name, each in summaries.items()})
        documents = []
        unread = set()
        for name, summary in sorted(summaries.items()):
            manifest = manifests[summary.top_hash]
            if manifest.root is None or (name not in shown and summary.top_hash not in readmes):
                unread.add(summary.top_hash)
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
        return unread - {""}

    async def _find_readmes(self, session: AsyncSession, bucket: str, top_hashes: Collection[str]) -> _ReadmePlaces:
        if not top_hashes:
            return {}
        index = IndexStore(session)
        manifests = await index.manifests(bucket, set(top_hashes))
        roots = {top_hash: each.root for top_hash, each in manifests.items() if each.root}
        cache = NodeCache(MAX_README_NODES_BYTES)
        for storage, body in (await index.nodes(list(set(roots.values())))).items():
            cache.add(storage, body)
        trees = TreeReader(index.nodes, cache)
        found: _ReadmePlaces = {}
        for top_hash, root in roots.items():
            places = [(name, await _place(trees, root, name)) for name in READMES]
            # The text is found by everybody who may read this bucket, and some of them may not read another.
            found[top_hash] = [(name, place) for name, place in places if place and place.bucket == bucket]
        return found

    async def _read_readmes(self, places: _ReadmePlaces) -> dict[str, str]:
        """Texts of READMEs by the top hash of their revision."""

        async def read(top_hash: str) -> str:
            for name, place in places[top_hash]:
                if (text := await self._read_text(top_hash, name, place)) is not None:
                    return text
            return ""

        texts = await bounded_gather(MAX_CONCURRENT_POINTERS, read, places)
        return dict(zip(places, texts, strict=True))

    async def _read_text(self, top_hash: str, name: str, place: PhysicalKey) -> str | None:
        limit = bytes_to_read(name, MAX_TEXT_BYTES)
        try:
            got = await self._objects.get(place.bucket, place.key, limit=limit, version_id=place.version_id)
        except ObjectRefused as error:
            log.warning("readme_refused", bucket=place.bucket, top_hash=top_hash, error=str(error))
            return None
        return extract_text(name, got[1], got[0].encoding) if got else None


def _likely_shown(pointers: Sequence[Pointer], latest: Mapping[str, str]) -> dict[str, str]:
    """Top hashes of the revisions that packages will show once these pointers are written, by package.

    `latest`: top hashes that the index has for the pointers `latest`, by package.
    """
    shown: dict[str, str] = {}
    for pointer in sorted(pointers, key=_push_order):
        is_latest = isinstance(pointer.key, PointerKey) and pointer.key.tag == LATEST
        name = pointer.key.name
        shown[name] = pointer.top_hash if is_latest else latest.get(name, pointer.top_hash)
    return shown


def _push_order(pointer: Pointer) -> tuple[bool, int, datetime]:
    """`latest` comes last, after the newest push."""
    if isinstance(pointer.key, Layout2ManifestKey):
        return False, int(pointer.modified.timestamp()), pointer.modified
    is_latest = pointer.key.tag == LATEST
    return is_latest, 0 if is_latest else int(pointer.key.tag), pointer.modified


def _choose(packages: PackagePointers, keys: Collection[str]) -> PackagePointers:
    """The packages with those of their pointers whose keys are given."""
    chosen = {name: [each for each in some if each.key in keys] for name, some in packages.items()}
    return {name: some for name, some in chosen.items() if some}


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
