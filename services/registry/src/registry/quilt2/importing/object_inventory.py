"""The inventory of an imported registry's objects: which are in the bucket, and in which form."""

import asyncio
import hashlib
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry.quilt2.db.imports import NOTE, ImportedItem
from registry.quilt2.db.instances import StoredForm
from registry.quilt2.db.source_database import SourceBlob
from shared.aws.objects import ObjectInfo, ObjectStore
from shared.concurrency import bounded_gather
from shared.quilt.keys import quilt2_object

SAMPLE_OBJECTS = 20
"""Objects of each instance that InventoryCheck.SAMPLE looks at."""
_MAX_CONCURRENT_HEADS = 16


class InventoryCheck(StrEnum):
    """How the import finds out which objects are there."""

    LIST = "list"
    """List the bucket, one request per 1,000 objects; HEAD only objects whose size differs."""
    HEAD = "head"
    """HEAD every object."""
    SAMPLE = "sample"
    """HEAD the first objects of each instance."""
    NONE = "none"
    """HEAD only objects whose size the source database does not have."""


@dataclass
class InventoryResult:
    sizes: dict[str, int] = field(default_factory=dict)
    stored: dict[str, StoredForm] = field(default_factory=dict)
    notes: list[ImportedItem] = field(default_factory=list)


class ObjectInventory:
    """The inventory of one owner's objects."""

    def __init__(self, objects: ObjectStore, bucket: str, owner: str, check: InventoryCheck, *, dry_run: bool) -> None:
        self._objects = objects
        self._bucket = bucket
        self._owner = owner
        self._check = check
        self._dry_run = dry_run
        self._listed: dict[str, int] = {}
        self._stored: dict[str, StoredForm] = {}
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT_HEADS)
        """Shared by all instances of the owner, which are checked at the same time."""

    async def open(self) -> None:
        if self._check is InventoryCheck.LIST:
            prefix = quilt2_object(self._owner, "")
            async for page in self._objects.list(self._bucket, prefix=prefix):
                self._listed |= {each.key.removeprefix(prefix): each.size for each in page}

    async def check_objects(
        self, hashes: Collection[str], blobs: Mapping[str, SourceBlob], needed_by: str
    ) -> InventoryResult:
        found = InventoryResult()
        doubtful = []
        for number, each in enumerate(hashes):
            size = blobs[each].size if each in blobs else None
            found.sizes[each] = size or 0
            if self._check is InventoryCheck.LIST and each not in self._listed:
                found.notes.append(self._note(each, f"Not in the bucket; needed by {needed_by}"))
            elif each in self._stored:
                found.stored[each] = self._stored[each]
            elif size is None or self._is_doubtful(each, size, number):
                doubtful.append(each)
        await bounded_gather(_MAX_CONCURRENT_HEADS, lambda each: self._examine(each, found, needed_by), doubtful)
        return found

    def _is_doubtful(self, object_hash: str, size: int, number: int) -> bool:
        if self._check is InventoryCheck.LIST:
            return self._listed[object_hash] != size
        return self._check is InventoryCheck.HEAD or (self._check is InventoryCheck.SAMPLE and number < SAMPLE_OBJECTS)

    async def _examine(self, object_hash: str, found: InventoryResult, needed_by: str) -> None:
        async with self._slots:
            info = await self._objects.head(self._bucket, quilt2_object(self._owner, object_hash))
            if info is None:
                found.notes.append(self._note(object_hash, f"Not in the bucket; needed by {needed_by}"))
            elif info.encoding == "gzip":
                await self._unpack(object_hash, info, found)
            else:
                if found.sizes[object_hash] not in {0, info.size}:
                    reason = f"Has {info.size} bytes instead of {found.sizes[object_hash]}"
                    found.notes.append(self._note(object_hash, reason))
                found.sizes[object_hash] = info.size

    async def _unpack(self, object_hash: str, info: ObjectInfo, found: InventoryResult) -> None:
        """Read the object, for size and hash of both its forms."""
        if self._dry_run:
            return
        stored, plain, size = hashlib.sha256(), hashlib.sha256(), 0
        decoder = zlib.decompressobj(wbits=31)
        try:
            async with self._objects.stream(self._bucket, info.key, info) as chunks:
                async for chunk in chunks:
                    stored.update(chunk)
                    packed = chunk
                    while packed:  # at most 1 MiB at a time: a body that is packed well must not fill the memory
                        part = decoder.decompress(packed, 1 << 20)
                        plain.update(part)
                        size += len(part)
                        packed = decoder.unconsumed_tail
        except zlib.error:
            found.notes.append(self._note(object_hash, "Marked as compressed, and is not"))
            return
        if plain.hexdigest() != object_hash:
            found.notes.append(self._note(object_hash, "Its contents do not have the hash of its name"))
        found.sizes[object_hash] = size
        found.stored[object_hash] = self._stored[object_hash] = StoredForm(info.encoding, info.size, stored.hexdigest())

    def _note(self, object_hash: str, reason: str) -> ImportedItem:
        return ImportedItem("object", quilt2_object(self._owner, object_hash), NOTE, reason)
