"""Indexing of keys: an event, a listing or a request names a key, and what S3 has there now is written to the index.

The event itself is not believed, so events may come twice, late or in any order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.clock import database_time
from indexer.db.content_rules import ContentRulesStore
from indexer.db.delete_markers import DeleteMarkerStore
from indexer.db.documents import DocumentStore
from indexer.db.locks import lock_keys
from indexer.db.unindexed_keys import UnindexedKeyStore
from indexer.db.unread_objects import UnreadObjectStore
from indexer.errors import AuthorsUnavailable, KeyNotIndexed
from indexer.messages import WrittenContent
from indexer.services.content_reader import ContentReader
from indexer.services.manifests import ManifestIndexer
from indexer.services.packages import MAX_READS, PackageIndexer
from indexer.text_extraction import ContentRules, ExtractedDocument, bytes_to_read, extract_text, needs_reader
from shared.aws.delete_markers import DeleteMarker, DeleteMarkers
from shared.aws.objects import ObjectInfo, ObjectMissing, ObjectRefused, ObjectStore, Throttled
from shared.concurrency import KeyedLocks, bounded_gather
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.index.store import IndexStore
from shared.index.trees.handover import HandoverBroken, ReceivedTree
from shared.quilt.extensions import extension
from shared.quilt.keys import Layout2ManifestKey, ManifestKey, ObjectKey, PointerKey, classify
from shared.schemas.index import ManifestStatus
from shared.tracing import span

MAX_CONCURRENT_WRITES = 3
"""Manifests under way in the process, and batches of packages and objects that are being written. Each holds up to two of the pool's ten connections."""
MAX_CONCURRENT_READS = 6
"""Batches of objects under way in the process. Each holds up to MAX_TEXT_BYTES_IN_MEMORY."""
MAX_CONCURRENT_ANNOUNCED = 1
"""Manifests whose keys are locked in the process while their pushes write them. Each holds up to two connections."""
MAX_CONCURRENT_REQUESTS = 16
"""Requests to S3 under way for one batch of objects."""
MAX_CONCURRENT_LARGE_READS = 2
"""Objects of which more than LARGE_BYTES are read at once in the process."""
LARGE_BYTES = 256 << 10
MAX_TEXT_BYTES_IN_MEMORY = 16 << 20
"""Text of one call that is held at once."""
MAX_INLINE_BYTES = 16 << 10
"""Texts of larger files are found in a thread."""
MAX_FAILURES_IN_A_ROW = 10
"""Keys of one call that the store does not answer for, one after another, before that is taken for an outage."""

BATCH_MANIFESTS = 64
"""Small manifests that are indexed in one transaction."""
BATCH_OBJECTS = 50
"""Objects that are indexed in one transaction."""
BATCH_PACKAGES = 64
"""Packages whose pointers are indexed in one transaction."""

T = TypeVar("T")

log = structlog.get_logger()

Failures = dict[str, Exception]
"""Keys that could not be indexed, each with its error."""


@dataclass(frozen=True, slots=True)
class _FoundObjects:
    """Some objects as S3 has them."""

    rules: ContentRules
    """The rules by which they were read."""
    documents: list[ExtractedDocument]
    gone: set[str]
    """Keys without an object."""
    refused: Failures
    markers: list[DeleteMarker]
    """The delete markers of those that are gone."""


class KeyIndexer:
    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        manifests: ManifestIndexer,
        packages: PackageIndexer,
        slots: asyncio.Semaphore,
        *,
        contents: ContentReader | None = None,
        markers: DeleteMarkers | None = None,
    ) -> None:
        """`slots`: MAX_CONCURRENT_WRITES of them, which `packages` takes, too.

        Without `contents`, tables and documents have no content that can be searched; without `markers`, deleted objects are not found.
        """
        self._sessions = sessions
        self._objects = objects
        self._manifests = manifests
        self._packages = packages
        self._contents = contents
        self._markers = markers
        # A limit of the process: `bounded_gather` limits one call, and many calls come at once.
        self._slots = slots
        self._reads = asyncio.Semaphore(MAX_CONCURRENT_READS)
        self._turns = KeyedLocks()
        self._announced = asyncio.Semaphore(MAX_CONCURRENT_ANNOUNCED)
        self._large_reads = asyncio.Semaphore(MAX_CONCURRENT_LARGE_READS)

    async def index_keys(
        self, bucket: str, keys: Collection[str], sessions: Mapping[WrittenContent, str] = MappingProxyType({})
    ) -> Failures:
        """Index keys of one bucket, manifests first. Raises Unavailable when S3, the database or `auth` does not respond.

        `sessions`: names of the role sessions that wrote, from events.
        """
        with span("index_keys", attributes={"aws.s3.bucket": bucket, "patchwork.keys": len(keys)}):
            return await self._index_keys(bucket, keys, sessions)

    async def _index_keys(self, bucket: str, keys: Collection[str], sessions: Mapping[WrittenContent, str]) -> Failures:
        objects: list[str] = []
        manifests: list[ManifestKey | Layout2ManifestKey] = []
        pointers: dict[str, list[PointerKey | Layout2ManifestKey]] = defaultdict(list)
        for key in dict.fromkeys(keys):
            match classify(key):
                case ManifestKey() as first:
                    manifests.append(first)
                case Layout2ManifestKey() as second:
                    manifests.append(second)
                    pointers[second.name].append(second)
                case PointerKey() as named:
                    pointers[named.name].append(named)
                case ObjectKey(_):
                    objects.append(key)
                case None:
                    pass
        failures = await self._index_manifests(bucket, manifests)
        failures |= await self._index_packages(bucket, pointers, sessions)
        for batch in _batches(objects, BATCH_OBJECTS):
            failures |= await self._index_objects(bucket, batch)
        await self._record(bucket, keys, failures)
        return failures

    async def require_indexed(self, bucket: str, keys: Collection[str]) -> None:
        """Index keys of one bucket for a caller who waits. Raises Unavailable or KeyNotIndexed unless all could be indexed."""
        _raise_first(await self.index_keys(bucket, keys))

    async def index_manifest(
        self, bucket: str, top_hash: str, *, received: ReceivedTree | None = None
    ) -> ManifestStatus:
        """Index one manifest, and return its state in the index. Raises Unavailable or KeyNotIndexed.

        `received`: its tree, if a push has built it.
        """
        key = ManifestKey(top_hash).key
        trees = iter([received])  # its pages can be taken once, so another attempt reads the manifest

        async def index() -> None:
            await self._index_manifest(bucket, top_hash, received=next(trees, None))

        failures = await self._attempt([key], index)
        await self._record(bucket, [key], failures)
        _raise_first(failures)
        async with transaction(self._sessions) as session:
            found = await IndexStore(session).manifest(bucket, top_hash)
        if found is None:
            return ManifestStatus(bucket=bucket, top_hash=top_hash, state=None, problem=None)
        return ManifestStatus(bucket=bucket, top_hash=top_hash, state=found.state, problem=found.problem)

    async def _index_manifest(
        self, bucket: str, top_hash: str, key: str | None = None, received: ReceivedTree | None = None
    ) -> None:
        # Manifests that are being written must not keep others from being indexed.
        is_announced = received is not None and received.handover.is_announced
        if received and is_announced and self._announced.locked():
            with suppress(HandoverBroken):  # `index_manifest` finds it broken, too, and reads the manifest
                await received.written()
            is_announced = False
        async with self._announced if is_announced else self._slots:
            is_unshown = await self._manifests.index_manifest(bucket, top_hash, key=key, received=received)
        if is_unshown:
            await self._packages.show_manifests(bucket, [top_hash])

    async def _index_manifests(self, bucket: str, manifests: list[ManifestKey | Layout2ManifestKey]) -> Failures:
        """Index the small ones together, as far as that goes, and all others one by one."""
        indexed: set[str] = set()

        async def index_small(top_hashes: list[str]) -> None:
            small = await self._manifests.read_small(bucket, top_hashes)
            async with self._slots:
                done = await self._manifests.write_small(bucket, small)
            if done.unshown:
                await self._packages.show_manifests(bucket, done.unshown)
            indexed.update(done.indexed)

        firsts = {each.top_hash: each.key for each in manifests if isinstance(each, ManifestKey)}
        for batch in _batches(list(firsts), BATCH_MANIFESTS):
            # What fails together is tried again alone.
            await self._attempt([firsts[each] for each in batch], partial(index_small, batch), tries=1)
        failures: Failures = {}
        for manifest in manifests:
            if not isinstance(manifest, ManifestKey) or manifest.top_hash not in indexed:
                index = partial(self._index_manifest, bucket, manifest.top_hash, manifest.key)
                failures |= await self._attempt([manifest.key], index)
        return failures

    async def _index_packages(
        self,
        bucket: str,
        packages: Mapping[str, list[PointerKey | Layout2ManifestKey]],
        sessions: Mapping[WrittenContent, str],
    ) -> Failures:
        """Index pointers of some packages together, or package by package when that fails."""

        async def index(names: list[str]) -> None:
            await self._packages.index_pointers(bucket, {name: packages[name] for name in names}, sessions)

        failures: Failures = {}
        for batch in _batches(list(packages), BATCH_PACKAGES):
            keys = [pointer.key for name in batch for pointer in packages[name]]
            if len(batch) > 1 and not await self._attempt(keys, partial(index, batch), tries=1):
                continue
            for name in batch:
                failures |= await self._index_pointers(bucket, name, packages[name], sessions)
        return failures

    async def _index_pointers(
        self,
        bucket: str,
        name: str,
        pointers: list[PointerKey | Layout2ManifestKey],
        sessions: Mapping[WrittenContent, str],
    ) -> Failures:
        """Index pointers of one package together, or one by one when that fails."""

        async def index(some: list[PointerKey | Layout2ManifestKey]) -> None:
            await self._packages.index_pointers(bucket, {name: some}, sessions)

        return await self._together_or_singly({pointer.key: pointer for pointer in pointers}, index)

    async def _index_objects(self, bucket: str, keys: list[str]) -> Failures:
        """Index objects in one transaction, or one by one when that fails."""
        refused: Failures = {}
        failures = await self._together_or_singly(
            {key: key for key in keys}, lambda some: self._write_objects(bucket, some, refused)
        )
        return failures | refused

    async def _together_or_singly(
        self, items: Mapping[str, T], index: Callable[[list[T]], Coroutine[None, None, None]]
    ) -> Failures:
        """Index items, each with its key. Those that fail alone are the failures.

        Raises Unavailable in an outage, and for MAX_FAILURES_IN_A_ROW.
        """
        if not items:
            return {}
        if len(items) > 1 and not await self._attempt(list(items), partial(index, list(items.values())), tries=1):
            return {}
        failures: Failures = {}
        in_a_row = 0
        for key, item in items.items():
            failed = await self._attempt([key], partial(index, [item]))
            failures |= failed
            error = failed.get(key)
            in_a_row = in_a_row + 1 if isinstance(error, Unavailable) else 0
            if error and in_a_row == MAX_FAILURES_IN_A_ROW:
                raise error
        return failures

    async def _write_objects(self, bucket: str, keys: list[str], refused: Failures) -> None:
        """Write the objects' documents. Objects that S3 refuses to show keep theirs, and are added to `refused`.

        Objects are read outside of transactions. What others have written since then may be newer, and is read again.
        """
        async with self._turns.held(f"{bucket}/{key}" for key in keys):
            for _ in range(MAX_READS):
                async with self._reads:
                    keys = await self._write_as_read(bucket, keys, refused)
                if not keys:
                    return
        raise Unavailable(f"Others go on writing objects of {bucket}: {', '.join(keys)}")

    async def _write_as_read(self, bucket: str, keys: list[str], refused: Failures) -> list[str]:
        """Read and write objects once. Returns the keys of those that remain to be read again."""
        async with transaction(self._sessions) as session:
            rules = await ContentRulesStore(session).find(bucket)
        overtaken: list[str] = []
        for part in _batches(keys, max(1, MAX_TEXT_BYTES_IN_MEMORY // max(rules.max_bytes, 1))):
            async with transaction(self._sessions) as session:
                began = await database_time(session)
            found = await self._read_objects(bucket, part, rules)
            overtaken += await self._write_found(bucket, found, began)
            for key in set(part).difference(overtaken):
                if error := found.refused.get(key):
                    refused[key] = error
        return overtaken

    async def _read_objects(self, bucket: str, keys: list[str], rules: ContentRules) -> _FoundObjects:
        refused: Failures = {}

        async def read(key: str) -> ExtractedDocument | None:
            try:
                return await self._read_document(bucket, key, rules)
            except ObjectRefused as error:
                refused[key] = error
                return None

        documents = [each for each in await bounded_gather(MAX_CONCURRENT_REQUESTS, read, keys) if each]
        gone = set(keys) - {each.info.key for each in documents} - refused.keys()
        markers = await self._find_delete_markers(bucket, gone)
        return _FoundObjects(rules, documents, gone, refused, markers)

    async def _write_found(self, bucket: str, found: _FoundObjects, began: datetime) -> list[str]:
        """Write what S3 had after `began`. Returns the keys of objects that remain to be read again."""
        there = {each.info.key for each in found.documents}
        keys = there | found.gone | found.refused.keys()
        async with self._slots, transaction(self._sessions) as session:
            await lock_keys(session, bucket, keys)
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return []
            if await ContentRulesStore(session).find(bucket) != found.rules:
                return sorted(keys)
            documents, markers = DocumentStore(session), DeleteMarkerStore(session)
            overtaken = await documents.find_newer(bucket, keys, began)
            await documents.put(bucket, [each for each in found.documents if each.info.key not in overtaken])
            await UnreadObjectStore(session).remove(bucket, there - overtaken)
            await documents.remove(bucket, found.gone - overtaken)
            await markers.remove(bucket, (there | found.gone) - overtaken)
            await markers.put(bucket, [each for each in found.markers if each.key not in overtaken])
            return sorted(overtaken)

    async def _find_delete_markers(self, bucket: str, gone: Collection[str]) -> list[DeleteMarker]:
        """The delete markers of objects that are gone, in a bucket with versions."""
        markers = self._markers
        if markers is None or not gone or not await markers.keeps_versions(bucket):
            return []
        find = partial(markers.find_delete_marker, bucket)
        return [each for each in await bounded_gather(MAX_CONCURRENT_REQUESTS, find, sorted(gone)) if each]

    async def _read_document(self, bucket: str, key: str, rules: ContentRules) -> ExtractedDocument | None:
        if needs_reader(key) or not rules.has_content(key):
            info = await self._objects.head(bucket, key)
            if info is None:
                return None
            if self._contents is None or not rules.has_content(key):
                return ExtractedDocument(info, extension(key), "")
            return await self._read_with_reader(self._contents, bucket, info, rules)
        limit = bytes_to_read(key, rules.max_bytes)
        if limit <= LARGE_BYTES:
            return await self._read_text(bucket, key, limit, rules)
        async with self._large_reads:
            return await self._read_text(bucket, key, limit, rules)

    async def _read_with_reader(
        self, contents: ContentReader, bucket: str, info: ObjectInfo, rules: ContentRules
    ) -> ExtractedDocument | None:
        """Readers take long: an object that changes in the meantime is read again."""
        for _ in range(MAX_READS):
            text = ""
            with suppress(ObjectMissing):
                text = await contents.read(bucket, info, rules.max_bytes)
            now = await self._objects.head(bucket, info.key)
            if now is None:
                return None
            if (now.etag, now.version_id) == (info.etag, info.version_id):
                return ExtractedDocument(now, extension(now.key), text)
            info = now
        raise Unavailable(f"{info.key} of {bucket} goes on changing")

    async def _read_text(self, bucket: str, key: str, limit: int, rules: ContentRules) -> ExtractedDocument | None:
        got = await self._objects.get(bucket, key, limit=limit)
        if got is None:
            return None
        info, body = got
        extract = partial(extract_text, key, body, info.encoding, max_bytes=rules.max_bytes)
        text = await asyncio.to_thread(extract) if len(body) > MAX_INLINE_BYTES else extract()
        return ExtractedDocument(info, extension(key), text)

    async def _attempt(
        self, keys: list[str], index: Callable[[], Coroutine[None, None, None]], *, tries: int = 2
    ) -> Failures:
        """Index keys, and return them with the error if that fails. Raises Unavailable in an outage.

        It is an outage if the store or the database does not respond to a question that has nothing to do with the keys.
        """
        failed: Exception
        for _ in range(tries):
            try:
                with span("index", attributes={"patchwork.keys": len(keys)}):
                    await index()
            except (Throttled, AuthorsUnavailable):
                raise
            except Unavailable as error:
                failed = error
            except Exception as error:  # noqa: BLE001 – the other keys are still indexed
                failed = error
                break
            else:
                return {}
            await self._require_no_outage()
        return dict.fromkeys(keys, failed)

    async def _require_no_outage(self) -> None:
        await self._objects.ping()
        async with transaction(self._sessions) as session:
            await IndexedBucketStore(session).names()

    async def _record(self, bucket: str, keys: Collection[str], failures: Failures) -> None:
        """Note which keys could not be indexed and why, for the problems of the bucket, and forget those that were indexed."""
        reasons = {key: str(error) or type(error).__name__ for key, error in failures.items()}
        async with transaction(self._sessions) as session:
            unindexed = UnindexedKeyStore(session)
            await unindexed.remove(bucket, set(keys) - failures.keys())
            new = await unindexed.record(bucket, reasons) if reasons else set()
        for key in sorted(new):
            error = failures[key]
            trace = None if isinstance(error, AppError) else error
            log.warning("key_not_indexed", bucket=bucket, key=key, reason=reasons[key], exc_info=trace)


def _batches(items: list[str], size: int) -> list[list[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _raise_first(failures: Failures) -> None:
    for key, error in failures.items():
        kind = Unavailable if isinstance(error, Unavailable) else KeyNotIndexed
        raise kind(f"Cannot index {key}: {error}") from error
