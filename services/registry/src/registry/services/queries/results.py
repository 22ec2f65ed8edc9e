"""Results of queries in the service bucket, as Parquet."""

from collections.abc import Iterator
from typing import IO
from uuid import UUID

from registry.errors import ResultGone
from shared.aws.objects import ObjectInfo, ObjectMissing, ObjectStore

PREFIX = "queries/"
_PART_BYTES = 8 << 20


class StoredResults:
    """`objects` is S3 with the registry's own rights."""

    def __init__(self, objects: ObjectStore, bucket: str) -> None:
        self._objects = objects
        self._bucket = bucket

    async def put(self, query_id: UUID, file: IO[bytes]) -> int:
        """Upload a file from its beginning, and return its size."""
        size = 0

        def count(sent: int) -> None:
            nonlocal size
            size += sent

        file.seek(0)
        await self._objects.upload(self._bucket, _key(query_id), _parts(file), count)
        return size

    async def open(self, query_id: UUID) -> "ResultSource":
        """Raises ResultGone."""
        info = await self._objects.head(self._bucket, _key(query_id))
        if info is None:
            raise ResultGone
        return ResultSource(self._objects, self._bucket, info)

    async def remove(self, query_id: UUID) -> None:
        """To remove a missing one is no error."""
        await self._objects.delete(self._bucket, _key(query_id))

    async def stored(self) -> list[UUID]:
        """Queries whose results are in the bucket."""
        found: list[UUID] = []
        async for page in self._objects.list(self._bucket, prefix=PREFIX):
            for each in page:
                try:
                    found.append(UUID(each.key.removeprefix(PREFIX).partition("/")[0]))
                except ValueError:
                    continue
        return found


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


def _key(query_id: UUID) -> str:
    return f"{PREFIX}{query_id}/result.parquet"


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(_PART_BYTES):
        yield part
