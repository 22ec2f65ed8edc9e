"""The buckets that the index covers, which are the registered ones."""

import asyncio
import time
from collections.abc import Mapping

import structlog

from indexer.db.buckets import IndexedBucketStore
from indexer.db.content_rules import ContentRulesStore
from indexer.db.inventories import InventoryStore
from indexer.db.slices import SliceStore
from indexer.db.unread_objects import UnreadObjectStore
from indexer.errors import BucketUnknown
from indexer.text_extraction import DEFAULT_RULES, ContentRules
from shared.clients.registry import BucketSource
from shared.db.engine import Sessions, transaction
from shared.schemas.bucket import RegisteredBucket
from shared.schemas.content_indexing import READER_EXTENSIONS
from shared.schemas.index import BucketStatus

ASK_AGAIN_SECONDS = 2.0
"""Shortest time between questions to the registry because of an unknown bucket."""

CONTENTS_VERSION = 2
"""Version of what is read of contents. 1: tables and documents, by readers. 2: Word and PowerPoint until 2003."""

log = structlog.get_logger()


class IndexedBucketService:
    def __init__(self, sessions: Sessions, registry: BucketSource) -> None:
        self._sessions = sessions
        self._registry = registry
        self._registered: frozenset[str] = frozenset()
        self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def sync_registered(self) -> frozenset[str]:
        """Cover the buckets that are registered now, remove all others from the index, and return their names."""
        async with self._asking:
            # Read before the registry is asked, so that a bucket that another indexer adds in between is not removed.
            async with transaction(self._sessions) as session:
                covered = await IndexedBucketStore(session).names()
            found = await self._registry.buckets()
            registered = frozenset(bucket.name for bucket in found)
            async with transaction(self._sessions) as session:
                await IndexedBucketStore(session).add(registered - covered)
            for name in sorted(covered - registered):
                async with transaction(self._sessions) as session:
                    await IndexedBucketStore(session).remove(name)
                log.info("bucket_forgotten", bucket=name)
            await self._apply_rules({bucket.name: _rules(bucket) for bucket in found})
            await self._apply_inventories({bucket.name: bucket.inventory_url for bucket in found})
            self._registered = registered
            self._asked = time.monotonic()
            return registered

    async def _apply_rules(self, wanted: Mapping[str, ContentRules]) -> None:
        """Keep the buckets' rules for contents. Objects whose text depends on rules that changed are read again."""
        async with transaction(self._sessions) as session:
            known = await ContentRulesStore(session).find_all()
        for bucket, rules in sorted(wanted.items()):
            if rules != known.get(bucket, DEFAULT_RULES):
                async with transaction(self._sessions) as session:
                    await ContentRulesStore(session).change(bucket, rules)
                log.info("content_rules_changed", bucket=bucket)
        async with transaction(self._sessions) as session:
            unapplied = await ContentRulesStore(session).find_unapplied()
        for bucket, rules in sorted(unapplied.items()):
            async with transaction(self._sessions) as session:
                await UnreadObjectStore(session).add_contents(bucket, rules.extensions)
                await ContentRulesStore(session).mark_applied(bucket)
        await self._apply_contents_version(wanted)

    async def _apply_inventories(self, wanted: Mapping[str, str | None]) -> None:
        """Keep the folders of reports of S3 Inventory by bucket."""
        urls = {bucket: url for bucket, url in wanted.items() if url}
        async with transaction(self._sessions) as session:
            inventories = InventoryStore(session)
            if urls != await inventories.find_urls():
                await inventories.set_urls(urls)

    async def _apply_contents_version(self, rules: Mapping[str, ContentRules]) -> None:
        """Have objects read again of which former versions did not read the content."""
        async with transaction(self._sessions) as session:
            older = await IndexedBucketStore(session).find_with_older_contents(CONTENTS_VERSION)
        for bucket in older:
            extensions = rules.get(bucket, DEFAULT_RULES).extensions & READER_EXTENSIONS
            async with transaction(self._sessions) as session:
                await UnreadObjectStore(session).add_extensions(bucket, extensions)
                await IndexedBucketStore(session).mark_contents(bucket, CONTENTS_VERSION)

    async def is_registered(self, name: str) -> bool:
        """Asks the registry about a name that was not registered before; raises Unavailable."""
        if name not in self._registered and time.monotonic() - self._asked > ASK_AGAIN_SECONDS:
            await self.sync_registered()
        return name in self._registered

    async def require_registered(self, name: str) -> None:
        if not await self.is_registered(name):
            raise BucketUnknown(name)

    async def status(self, name: str) -> BucketStatus:
        async with transaction(self._sessions) as session:
            progress = await SliceStore(session).progress(name)
            found = await IndexedBucketStore(session).find_status(
                name,
                scanning=progress.comparing > 0,
                unread_objects=await UnreadObjectStore(session).count_of_bucket(name),
            )
        if found is None:
            raise BucketUnknown(name)
        return found


def _rules(bucket: RegisteredBucket) -> ContentRules:
    extensions, max_bytes = bucket.file_extensions_to_index, bucket.index_content_bytes
    return ContentRules(
        DEFAULT_RULES.extensions if extensions is None else frozenset(extensions),
        DEFAULT_RULES.max_bytes if max_bytes is None else max_bytes,
    )
