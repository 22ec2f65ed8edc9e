"""Looking: an event, a listing or a request names a key, and what S3 says of it now is written down.

Hence events may be doubled, reordered or late.
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
from indexer.text_extraction import TEXT_LIMIT, ExtractedDocument, decode, extension, is_text
from shared.aws.objects import ObjectRefused, ObjectStore
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Unavailable
from shared.index.store import IndexStore
from shared.quilt.keys import Layout2ManifestKey, ManifestKey, ObjectKey, PointerKey, classify
from shared.schemas.index import ManifestStatus

MAX_CONCURRENT_KEYS = 3
"""Looks under way in the process; each holds up to two of the pool's ten connections."""
MAX_CONCURRENT_REQUESTS = 16
"""Requests to S3 of one look."""

log = structlog.get_logger()

Failures = dict[str, Exception]
"""Keys that could not be looked at, and why."""


class KeyIndexer:
    def __init__(
        self, sessions: Sessions, objects: ObjectStore, manifests: ManifestIndexer, packages: PackageIndexer
    ) -> None:
        self._sessions = sessions
        self._objects = objects
        self._manifests = manifests
        self._packages = packages
        self._at_once = asyncio.Semaphore(MAX_CONCURRENT_KEYS)

    async def index_keys(self, bucket: str, keys: Collection[str]) -> Failures:
        """Look at keys of one bucket, manifests first. Raises Unavailable when the rest need not be tried."""
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
            failures |= await self._attempt([manifest.key], self._manifest(bucket, manifest.top_hash, manifest.key))
        for name, some in pointers.items():
            failures |= await self._attempt([pointer.key for pointer in some], self._package(bucket, name, some))
        failures |= await self._objects_of(bucket, objects)
        return failures

    async def require(self, bucket: str, keys: Collection[str]) -> None:
        """Look at keys of one bucket for somebody who waits; raises Unavailable unless all could be looked at."""
        for key, error in (await self.index_keys(bucket, keys)).items():
            raise Unavailable(f"Cannot look at {key}: {error}")

    async def manifest(self, bucket: str, top_hash: str) -> ManifestStatus:
        """Look at one manifest, and say what the index knows of it then."""
        await self._manifest(bucket, top_hash)
        async with transaction(self._sessions) as session:
            found = await IndexStore(session).manifest(bucket, top_hash)
        if found is None:
            return ManifestStatus(bucket=bucket, top_hash=top_hash, state=None, problem=None)
        return ManifestStatus(bucket=bucket, top_hash=top_hash, state=found.state, problem=found.problem)

    async def _manifest(self, bucket: str, top_hash: str, key: str | None = None) -> None:
        async with self._at_once:
            if await self._manifests.index_manifest(bucket, top_hash, key=key):
                await self._packages.refresh_package(bucket, top_hash)

    async def _package(self, bucket: str, name: str, pointers: list[PointerKey | Layout2ManifestKey]) -> None:
        async with self._at_once:
            await self._packages.index_pointer(bucket, name, pointers)

    async def _objects_of(self, bucket: str, keys: list[str]) -> Failures:
        """Together; and one by one when the database chokes on one of them."""
        refused: Failures = {}
        failures = await self._attempt(keys, self._write(bucket, keys, refused)) if keys else {}
        if failures and len(keys) > 1:
            failures = {}
            for key in keys:
                failures |= await self._attempt([key], self._write(bucket, [key], refused))
        return failures | refused

    async def _write(self, bucket: str, keys: list[str], refused: Failures) -> None:
        """Write all but those that S3 refuses to show, which stay as they are."""
        async with self._at_once, transaction(self._sessions) as session:
            await lock_keys(session, bucket, keys)
            if not await IndexedBucketStore(session).hold(bucket):
                return
            requests = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)

            async def limited(key: str) -> ExtractedDocument | None:
                async with requests:
                    try:
                        return await self._document(bucket, key)
                    except ObjectRefused as error:
                        log.warning("object_refused", bucket=bucket, key=key, error=str(error))
                        refused[key] = error
                        return None

            found = [document for document in await asyncio.gather(*map(limited, keys)) if document]
            documents = DocumentStore(session)
            await documents.put(bucket, found)
            await documents.remove(bucket, set(keys) - {document.info.key for document in found} - refused.keys())

    async def _document(self, bucket: str, key: str) -> ExtractedDocument | None:
        if not is_text(key):
            info = await self._objects.head(bucket, key)
            return ExtractedDocument(info, extension(key), "") if info else None
        got = await self._objects.get(bucket, key, limit=TEXT_LIMIT)
        return ExtractedDocument(got[0], extension(key), decode(got[1])) if got else None

    async def _attempt(self, keys: list[str], look: Awaitable[None]) -> Failures:
        try:
            await look
        except Unavailable:
            raise
        except AppError as error:
            log.warning("look_refused", keys=keys[:10], error=str(error))
            return dict.fromkeys(keys, error)
        except Exception as error:  # the next key must not suffer from this one
            log.exception("look_failed", keys=keys[:10])
            return dict.fromkeys(keys, error)
        return {}
