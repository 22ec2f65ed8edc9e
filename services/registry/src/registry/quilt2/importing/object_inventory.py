"""The objects of an imported registry, where they are: whether they are there, and as what."""

import asyncio
import hashlib
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry.quilt2.db.imports import NOTE, ImportedItem
from registry.quilt2.db.instances import Stored
from registry.quilt2.db.source_database import SourceBlob
from registry.quilt2.importing.task_group import together
from shared.aws.objects import ObjectInfo, ObjectStore
from shared.quilt.keys import quilt2_object

SAMPLE = 20
"""Objects of each instance."""
_MAX_CONCURRENT_HEADS = 16


class InventoryCheck(StrEnum):
    """How objects are looked for."""

    LIST = "list"
    """All, by listing the bucket: a request for a thousand. What has not the size that it should have is looked at."""
    HEAD = "head"
    """All, one by one."""
    SAMPLE = "sample"
    NONE = "none"
    """Only those whose size is not known otherwise."""


@dataclass
class InventoryResult:
    sizes: dict[str, int] = field(default_factory=dict)
    stored: dict[str, Stored] = field(default_factory=dict)
    notes: list[ImportedItem] = field(default_factory=list)


class ObjectInventory:
    """Of one owner."""

    def __init__(self, objects: ObjectStore, bucket: str, owner: str, check: InventoryCheck, *, dry_run: bool) -> None:
        self._objects = objects
        self._bucket = bucket
        self._owner = owner
        self._check = check
        self._dry_run = dry_run
        self._listed: dict[str, int] = {}
        self._stored: dict[str, Stored] = {}
        self._turns = asyncio.Semaphore(_MAX_CONCURRENT_HEADS)

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
            told = blobs[each].size if each in blobs else None
            found.sizes[each] = told or 0
            if self._check is InventoryCheck.LIST and each not in self._listed:
                found.notes.append(self._note(each, f"Not in the bucket; needed by {needed_by}"))
            elif each in self._stored:
                found.stored[each] = self._stored[each]
            elif told is None or self._wonders(each, told, number):
                doubtful.append(each)
        await together(*(self._examine(each, found, needed_by) for each in doubtful))
        return found

    def _wonders(self, object_hash: str, told: int, number: int) -> bool:
        if self._check is InventoryCheck.LIST:
            return self._listed[object_hash] != told
        return self._check is InventoryCheck.HEAD or (self._check is InventoryCheck.SAMPLE and number < SAMPLE)

    async def _examine(self, object_hash: str, found: InventoryResult, needed_by: str) -> None:
        async with self._turns:
            info = await self._objects.head(self._bucket, quilt2_object(self._owner, object_hash))
            if info is None:
                found.notes.append(self._note(object_hash, f"Not in the bucket; needed by {needed_by}"))
            elif info.encoding == "gzip":
                await self._unpack(object_hash, info, found)
            else:
                if found.sizes[object_hash] not in {0, info.size}:
                    said = f"Has {info.size} bytes, and was said to have {found.sizes[object_hash]}"
                    found.notes.append(self._note(object_hash, said))
                found.sizes[object_hash] = info.size

    async def _unpack(self, object_hash: str, info: ObjectInfo, found: InventoryResult) -> None:
        """Reads it once, to know what it is as it is stored."""
        if self._dry_run:
            return
        stored, plain, size = hashlib.sha256(), hashlib.sha256(), 0
        decoder = zlib.decompressobj(wbits=31)
        try:
            async with self._objects.stream(self._bucket, info.key, info) as chunks:
                async for chunk in chunks:
                    stored.update(chunk)
                    waiting = chunk
                    while waiting:  # a bit at a time: what is packed well must not fill the memory
                        part = decoder.decompress(waiting, 1 << 20)
                        plain.update(part)
                        size += len(part)
                        waiting = decoder.unconsumed_tail
        except zlib.error:
            found.notes.append(self._note(object_hash, "Said to be compressed, and is not"))
            return
        if plain.hexdigest() != object_hash:
            found.notes.append(self._note(object_hash, "Is not what its name says"))
        found.sizes[object_hash] = size
        found.stored[object_hash] = self._stored[object_hash] = Stored(info.encoding, info.size, stored.hexdigest())

    def _note(self, object_hash: str, reason: str) -> ImportedItem:
        return ImportedItem("object", quilt2_object(self._owner, object_hash), NOTE, reason)
