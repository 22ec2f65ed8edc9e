"""The bytes of a query's files, one after the other, as its worker asks for them."""

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass

from shared.aws.objects import ObjectInfo, ObjectMissing, ObjectStore
from shared.concurrency import SingleFlight
from shared.quilt.physical_keys import PhysicalKey

MAX_WHOLE_BYTES = 1 << 20
"""Objects up to this size are fetched whole with their first read."""
MAX_HELD_BYTES = 64 << 20
"""Memory for objects that were fetched whole."""


@dataclass(frozen=True, slots=True)
class ObjectSegment:
    """The bytes of an object, which begin at `start`."""

    start: int
    size: int
    location: PhysicalKey
    path: str
    """Logical key, for messages."""
    objects: ObjectStore
    """S3 with the rights of the caller or, for open tables of Tabulator, of the instance."""


@dataclass(frozen=True, slots=True)
class TableSegment:
    """Bytes that the registry made."""

    start: int
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


Segment = ObjectSegment | TableSegment


class ObjectReads:
    """`read` gives bytes of the segments, which follow each other without gaps. It counts what it fetches."""

    def __init__(self, segments: list[Segment]) -> None:
        self.read_bytes = 0
        self._segments = segments
        self._starts = [segment.start for segment in segments]
        self._whole: OrderedDict[int, bytes] = OrderedDict()
        self._held_bytes = 0
        self._infos: dict[int, ObjectInfo] = {}
        self._flights: SingleFlight[int, bytes] = SingleFlight()
        self._read_objects: set[int] = set()

    @property
    def read_objects(self) -> int:
        """Objects of which something was fetched. One that several files name counts once."""
        return len(self._read_objects)

    async def read(self, offset: int, length: int) -> bytes:
        """Raises ObjectMissing, ObjectRefused, Throttled or Unavailable."""
        parts: list[bytes] = []
        at = bisect_right(self._starts, offset) - 1
        while length:
            segment = self._segments[at]
            inside = offset - segment.start
            taken = min(length, segment.size - inside)
            if taken:
                parts.append(await self._read(at, segment, inside, taken))
            offset, length, at = offset + taken, length - taken, at + 1
        return b"".join(parts)

    async def _read(self, at: int, segment: Segment, offset: int, length: int) -> bytes:
        if isinstance(segment, TableSegment):
            return segment.content[offset : offset + length]
        if segment.size <= MAX_WHOLE_BYTES:
            return (await self._find_whole(at, segment))[offset : offset + length]
        info = self._infos.get(at)
        if info is None:
            where = segment.location
            info = await segment.objects.head(where.bucket, where.key, where.version_id)
            self._infos[at] = _require_unchanged(segment, info)
        content = await segment.objects.read_range(
            segment.location.bucket, segment.location.key, self._infos[at], offset, length
        )
        self._count(at, content)
        return content

    def _count(self, at: int, content: bytes) -> None:
        self.read_bytes += len(content)
        self._read_objects.add(at)

    async def _find_whole(self, at: int, segment: ObjectSegment) -> bytes:
        if at in self._whole:
            self._whole.move_to_end(at)
            return self._whole[at]

        async def fetch() -> bytes:
            where = segment.location
            found = await segment.objects.get(
                where.bucket, where.key, limit=max(segment.size, 1), version_id=where.version_id
            )
            _require_unchanged(segment, found[0] if found else None)
            content = found[1] if found else b""
            self._count(at, content)
            self._hold(at, content)
            return content

        return await self._flights.run(at, fetch)

    def _hold(self, at: int, content: bytes) -> None:
        self._whole[at] = content
        self._held_bytes += len(content)
        while self._held_bytes > MAX_HELD_BYTES:
            _, dropped = self._whole.popitem(last=False)
            self._held_bytes -= len(dropped)


def _require_unchanged(segment: ObjectSegment, info: ObjectInfo | None) -> ObjectInfo:
    if info is None:
        raise ObjectMissing(f"The object of {segment.path}, {segment.location.url}, does not exist any more")
    if info.size != segment.size:
        raise ObjectMissing(f"The object of {segment.path}, {segment.location.url}, has changed since it was pushed")
    return info
