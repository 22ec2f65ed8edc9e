"""Contents of tables and documents, which readers find in the sandbox."""

import asyncio

import structlog

from indexer.text_extraction import storable
from shared.aws.objects import ObjectInfo, ObjectRefused, ObjectStore
from shared.readers.choice import HEAD_BYTES, TAIL_BYTES, choose
from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.queries import TextsQuery
from shared.sandbox.errors import SandboxFailed
from shared.sandbox.pool import CallBudget, SandboxPool

MAX_READ_BYTES = 128 << 20
"""Bytes of an object that are fetched for its content. Readers of tables and of most documents need a small part only."""

log = structlog.get_logger()


class ContentReader:
    def __init__(self, objects: ObjectStore, pool: SandboxPool) -> None:
        self._objects = objects
        self._pool = pool
        # Here they wait without a limit of time.
        self._slots = asyncio.Semaphore(pool.settings.workers)

    async def read(self, bucket: str, info: ObjectInfo, max_bytes: int) -> str:
        """The text of an object, at most `max_bytes` of it in UTF-8; empty if no reader finds one, and for archived objects.

        Raises ObjectMissing when the object has changed, and Unavailable.
        """
        if not info.size:
            return ""
        async with self._slots:
            try:
                found = await self._read(bucket, info, max_bytes)
            except (UnreadableFile, NoSuchReader, SandboxFailed, ObjectRefused) as error:
                log.info("content_not_read", bucket=bucket, key=info.key, reason=str(error))
                return ""
        return storable(found[:max_bytes].decode("utf-8", "ignore"))

    async def _read(self, bucket: str, info: ObjectInfo, max_bytes: int) -> bytes:
        source = StoredObject(self._objects, bucket, info)
        head = await source.read(0, min(HEAD_BYTES, info.size))
        tail = None
        if head.startswith(b"PK"):
            length = min(TAIL_BYTES, info.size)
            tail = await source.read(info.size - length, length)
        family = choose(info.key, head, tail).reader.family
        query = TextsQuery(max_bytes=max_bytes, encoding=info.encoding)
        answer = await self._pool.run(
            *("texts", family, info.key, query, source), scope=bucket, budget=CallBudget(max_read_bytes=MAX_READ_BYTES)
        )
        return answer.body


class StoredObject:
    """A version of an object, of which the beginning is kept. A source of readers."""

    def __init__(self, objects: ObjectStore, bucket: str, info: ObjectInfo) -> None:
        self._objects = objects
        self._bucket = bucket
        self._info = info
        self._head = b""

    @property
    def size(self) -> int:
        return self._info.size

    async def read(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self._head):
            return self._head[offset : offset + length]
        found = await self._objects.read_range(self._bucket, self._info.key, self._info, offset, length)
        if offset == 0 and not self._head:
            self._head = found
        return found
