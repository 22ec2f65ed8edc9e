"""Indexing of keys: an event, a listing or a request names a key, and what S3 has there now is written to the index.

The event itself is not believed, so events may come twice, late or in any order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Collection

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.documents import DocumentStore
from indexer.db.locks import lock_keys
from indexer.services.manifests import ManifestIndexer
from indexer.services.packages import PackageIndexer
from indexer.text_extraction import MAX_TEXT_BYTES, ExtractedDocument, decode, extension, is_text
from shared.aws.objects import ObjectRefused, ObjectStore
from shared.concurrency import bounded_gather
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.index.store import IndexStore
from shared.quilt.keys import Layout2ManifestKey, ManifestKey, ObjectKey, PointerKey, classify
from shared.schemas.index import ManifestStatus

MAX_CONCURRENT_KEYS = 3
"""Manifests, packages and batches of objects under way in the process. Each holds up to two of the pool's ten connections."""
MAX_CONCURRENT_REQUESTS = 16
"""Requests to S3 under way for one batch of objects."""

log = structlog.get_logger()

Failures = dict[str, Exception]
"""Keys that could not be indexed, each with its error."""


class KeyIndexer:
    def __init__(
        self, sessions: Sessions, objects: ObjectStore, manifests: ManifestIndexer, packages: PackageIndexer
    ) -> None:
        self._sessions = sessions
        self._objects = objects
        self._manifests = manifests
        self._packages = packages
        # A limit of the process: `bounded_gather` limits one call, and many calls come at once.
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_KEYS)

    async def index_keys(self, bucket: str, keys: Collection[str]) -> Failures:
        """Index keys of one bucket, manifests first. Raises Unavailable when S3 or the database does not respond."""
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
        failures: Failures = {}
        for manifest in manifests:
            failures |= await self._attempt(
                [manifest.key], self._index_manifest(bucket, manifest.top_hash, manifest.key)
            )
        for name, some in pointers.items():
            failures |= await self._attempt([pointer.key for pointer in some], self._index_package(bucket, name, some))
        failures |= await self._index_objects(bucket, objects)
        return failures

    async def require_indexed(self, bucket: str, keys: Collection[str]) -> None:
        """Index keys of one bucket for a caller who waits; raises Unavailable unless all could be indexed."""
        for key, error in (await self.index_keys(bucket, keys)).items():
            raise Unavailable(f"Cannot index {key}: {error}")

    async def index_manifest(self, bucket: str, top_hash: str) -> ManifestStatus:
        """Index one manifest, and return its state in the index."""
        await self._index_manifest(bucket, top_hash)
        async with transaction(self._sessions) as session:
            found = await IndexStore(session).manifest(bucket, top_hash)
        if found is None:
            return ManifestStatus(bucket=bucket, top_hash=top_hash, state=None, problem=None)
        return ManifestStatus(bucket=bucket, top_hash=top_hash, state=found.state, problem=found.problem)

    async def _index_manifest(self, bucket: str, top_hash: str, key: str | None = None) -> None:
        async with self._slots:
            if await self._manifests.index_manifest(bucket, top_hash, key=key):
                await self._packages.refresh_package(bucket, top_hash)

    async def _index_package(self, bucket: str, name: str, pointers: list[PointerKey | Layout2ManifestKey]) -> None:
        async with self._slots:
            await self._packages.index_pointer(bucket, name, pointers)

    async def _index_objects(self, bucket: str, keys: list[str]) -> Failures:
        """Index objects in one transaction, or one by one when that fails."""
        refused: Failures = {}
        failures = await self._attempt(keys, self._write_objects(bucket, keys, refused)) if keys else {}
        if failures and len(keys) > 1:
            failures = {}
            for key in keys:
                failures |= await self._attempt([key], self._write_objects(bucket, [key], refused))
        return failures | refused

    async def _write_objects(self, bucket: str, keys: list[str], refused: Failures) -> None:
        """Write the objects' documents. Objects that S3 refuses to show keep theirs, and are added to `refused`."""
        async with self._slots, transaction(self._sessions) as session:
            await lock_keys(session, bucket, keys)
            if not await IndexedBucketStore(session).lock_if_indexed(bucket):
                return

            async def read(key: str) -> ExtractedDocument | None:
                try:
                    return await self._read_document(bucket, key)
                except ObjectRefused as error:
                    log.warning("object_refused", bucket=bucket, key=key, error=str(error))
                    refused[key] = error
                    return None

            found = [document for document in await bounded_gather(MAX_CONCURRENT_REQUESTS, read, keys) if document]
            documents = DocumentStore(session)
            await documents.put(bucket, found)
            await documents.remove(bucket, set(keys) - {document.info.key for document in found} - refused.keys())

    async def _read_document(self, bucket: str, key: str) -> ExtractedDocument | None:
        if not is_text(key):
            info = await self._objects.head(bucket, key)
            return ExtractedDocument(info, extension(key), "") if info else None
        got = await self._objects.get(bucket, key, limit=MAX_TEXT_BYTES)
        return ExtractedDocument(got[0], extension(key), decode(got[1])) if got else None

    async def _attempt(self, keys: list[str], indexing: Awaitable[None]) -> Failures:
        try:
            await indexing
        except Unavailable:
            raise
        except AppError as error:
            log.warning("look_refused", keys=keys[:10], error=str(error))
            return dict.fromkeys(keys, error)
        except Exception as error:  # the other keys are still indexed
            log.exception("look_failed", keys=keys[:10])
            return dict.fromkeys(keys, error)
        return {}
