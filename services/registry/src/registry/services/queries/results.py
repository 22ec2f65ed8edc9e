"""Results of queries in the service bucket: as Parquet, and in formats that were asked for."""

from collections.abc import AsyncIterator, Iterator
from typing import IO, get_args
from uuid import UUID

from registry.errors import ResultGone
from shared.aws.objects import ObjectInfo, ObjectMissing, ObjectStore
from shared.schemas.queries import ResultFormat

PREFIX = "queries/"
_PART_BYTES = 8 << 20
_CHUNK_BYTES = 1 << 20


class StoredResults:
    """`objects` is S3 with the registry's own rights."""

    def __init__(self, objects: ObjectStore, bucket: str) -> None:
        self._objects = objects
        self._bucket = bucket

    async def put(self, query_id: UUID, file: IO[bytes], wanted: ResultFormat = "parquet") -> int:
        """Upload a file from its beginning, and return its size."""
        size = 0

        def count(sent: int) -> None:
            nonlocal size
            size += sent

        file.seek(0)
        await self._objects.upload(self._bucket, _key(query_id, wanted), _parts(file), count)
        return size

    async def open(self, query_id: UUID) -> "ResultSource":
        """Raises ResultGone."""
        found = await self.find(query_id, "parquet")
        if found is None:
            raise ResultGone
        return found

    async def find(self, query_id: UUID, wanted: ResultFormat) -> "ResultSource | None":
        info = await self._objects.head(self._bucket, _key(query_id, wanted))
        return ResultSource(self._objects, self._bucket, info) if info else None

    async def remove(self, query_id: UUID) -> None:
        """To remove a missing one is no error."""
        for each in get_args(ResultFormat):
            await self._objects.delete(self._bucket, _key(query_id, each))

    async def stored(self) -> list[UUID]:
        """Queries whose results are in the bucket."""
        found: dict[UUID, None] = {}
        async for page in self._objects.list(self._bucket, prefix=PREFIX):
            for each in page:
                try:
                    found[UUID(each.key.removeprefix(PREFIX).partition("/")[0])] = None
                except ValueError:
                    continue
        return list(found)


class ResultSource:
    """The bytes of a result: an `AsyncRangeSource`."""

    def __init__(self, objects: ObjectStore, bucket: str, info: ObjectInfo) -> None:
        self._objects = objects
        self._bucket = bucket
        self._info = info

    @property
    def size(self) -> int:
        return self._info.size

    @property
    def etag(self) -> str:
        return self._info.etag

    async def read(self, offset: int, length: int) -> bytes:
        """Raises ResultGone."""
        try:
            return await self._objects.read_range(self._bucket, self._info.key, self._info, offset, length)
        except ObjectMissing as error:
            raise ResultGone from error

    async def chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`. Raises ResultGone."""
        for offset in range(start, end, _CHUNK_BYTES):
            yield await self.read(offset, min(_CHUNK_BYTES, end - offset))


def _key(query_id: UUID, wanted: ResultFormat) -> str:
    return f"{PREFIX}{query_id}/result.{wanted}"


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(_PART_BYTES):
        yield part
