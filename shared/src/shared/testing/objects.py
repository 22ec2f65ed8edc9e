"""An object store in memory."""

import hashlib
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from shared.aws.assembly import PartSource, PlannedPart
from shared.aws.delete_markers import DeleteMarker, DeleteMarkerPage
from shared.aws.objects import (
    ArchivedObjectRefused,
    BucketMissing,
    ListedObject,
    NotAsSeen,
    ObjectInfo,
    ObjectMissing,
    ObjectRefused,
)
from shared.errors import Unavailable

LISTED_KEYS = 1000
"""Keys in one batch of a listing."""


class FakeObjectStore:
    """Implements `shared.aws.objects.ObjectStore` with versions. `down` makes it unreachable; keys in `refused` are denied.

    Those in `failing` raise their error. The bytes of those in `archived` are denied. It is a `DeleteMarkers` of the buckets in
    `versioned`.
    """

    def __init__(self, *buckets: str) -> None:
        self._current: dict[str, dict[str, ObjectInfo]] = {bucket: {} for bucket in buckets}
        self._bodies: dict[tuple[str, str, str], tuple[ObjectInfo, bytes]] = {}
        self._versions = count(1)
        self.down = False
        self.refused: set[str] = set()
        self.archived: set[str] = set()
        self.failing: dict[str, Exception] = {}
        self.versioned: set[str] = set()
        self._markers: dict[str, dict[str, DeleteMarker]] = {}
        self.calls = 0
        self.copied_bytes = 0
        """Bytes of assembled objects that were copied."""

    def add_bucket(self, bucket: str) -> None:
        self._current.setdefault(bucket, {})

    async def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:
        found = self._find(bucket, key, version_id)
        return found[0] if found else None

    async def get(
        self, bucket: str, key: str, *, limit: int, version_id: str | None = None
    ) -> tuple[ObjectInfo, bytes] | None:
        found = self._find(bucket, key, version_id)
        return (found[0], found[1][:limit]) if found else None

    @asynccontextmanager
    async def stream(self, bucket: str, key: str, info: ObjectInfo) -> AsyncIterator[AsyncIterator[bytes]]:
        found = self._find(bucket, key, info.version_id)
        if not found or found[0].etag != info.etag:
            raise ObjectMissing(f"No s3://{bucket}/{key}")
        if key in self.archived:
            raise ArchivedObjectRefused(f"S3 answers InvalidObjectState for s3://{bucket}/{key}")
        body = found[1]

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 1 << 16):
                yield body[start : start + (1 << 16)]

        yield chunks()

    async def read_range(self, bucket: str, key: str, info: ObjectInfo, offset: int, length: int) -> bytes:
        found = self._find(bucket, key, info.version_id)
        if not found or found[0].etag != info.etag:
            raise ObjectMissing(f"No s3://{bucket}/{key}")
        if key in self.archived:
            raise ArchivedObjectRefused(f"S3 answers InvalidObjectState for s3://{bucket}/{key}")
        return found[1][offset : offset + length]

    async def list(self, bucket: str, *, prefix: str = "", after: str = "") -> AsyncIterator[list[ListedObject]]:
        self._require_up()
        if bucket not in self._current:
            raise BucketMissing(f"No bucket {bucket} in S3")
        while True:
            found = self._current[bucket]
            keys = sorted(key for key in found if key.startswith(prefix))
            keys = keys[bisect_right(keys, after) :][:LISTED_KEYS]
            if not keys:
                return
            yield [ListedObject(key, found[key].size, found[key].etag, found[key].modified) for key in keys]
            after = keys[-1]

    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        self._require_up()
        version = f"v{next(self._versions)}"
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        info = ObjectInfo(key, len(body), etag, datetime.now(UTC).replace(microsecond=0), version, meta or {})
        self._bodies[bucket, key, version] = info, body
        self._current[bucket][key] = info
        self._markers.get(bucket, {}).pop(key, None)
        return version

    async def put_over(
        self, bucket: str, key: str, body: bytes, etag: str | None, *, meta: dict[str, str] | None = None
    ) -> None:
        current = self._current[bucket].get(key)
        if (current.etag if current else None) != etag:
            raise NotAsSeen(f"s3://{bucket}/{key} has changed in the meantime")
        await self.put(bucket, key, body, meta=meta)

    async def upload(self, bucket: str, key: str, parts: Iterator[bytes], report: Callable[[int], None]) -> str:
        body = b"".join(parts)
        await self.put(bucket, key, body)
        report(len(body))
        return self._current[bucket][key].etag

    async def assemble(  # noqa: PLR0917 – as the protocol
        self,
        bucket: str,
        key: str,
        source: PartSource,
        parts: Sequence[PlannedPart],
        read: Callable[[int, int], bytes],
        report: Callable[[int], None],
    ) -> str:
        found = self._current.get(source.bucket, {}).get(source.key)
        body = b""
        if found and found.etag == source.etag and source.key not in self.refused:
            body = self._bodies[source.bucket, source.key, str(found.version_id)][1]
        made: list[bytes] = []
        for part in parts:
            made.append(read(part.start, part.length))
            if part.source_start is not None and body[part.source_start :][: part.length] == made[-1]:
                self.copied_bytes += part.length
            report(part.length)
        await self.put(bucket, key, b"".join(made))
        return self._current[bucket][key].etag

    async def copy(self, bucket: str, key: str, to: str) -> None:
        found = self._find(bucket, key, None)
        if not found:
            raise ObjectMissing(f"No s3://{bucket}/{key}")
        info, body = found
        await self.put(bucket, to, body, meta=info.meta)
        self.encode(bucket, to, info.encoding)

    async def delete(self, bucket: str, key: str) -> None:
        self._require_up()
        self._current[bucket].pop(key, None)
        if bucket in self.versioned:
            at = datetime.now(UTC).replace(microsecond=0)
            self._markers.setdefault(bucket, {})[key] = DeleteMarker(key, f"v{next(self._versions)}", at)

    def remove_delete_marker(self, bucket: str, key: str) -> None:
        """Remove the marker for good, and with it all that is left of the object."""
        del self._markers[bucket][key]

    async def keeps_versions(self, bucket: str) -> bool:
        return bucket in self.versioned

    async def find_delete_marker(self, bucket: str, key: str) -> DeleteMarker | None:
        self._require_up()
        return self._markers.get(bucket, {}).get(key)

    async def list_delete_markers(self, bucket: str, *, after: str = "") -> AsyncIterator[DeleteMarkerPage]:
        self._require_up()
        markers = self._markers.get(bucket, {})
        keys = sorted({*self._current[bucket], *markers})
        keys = keys[bisect_right(keys, after) :]
        for start in range(0, len(keys), LISTED_KEYS):
            page = keys[start : start + LISTED_KEYS]
            yield DeleteMarkerPage([markers[key] for key in page if key in markers], page[-1])

    async def ping(self) -> None:
        self._require_up()

    def age(self, bucket: str, key: str, modified: datetime) -> None:
        """Set the time of the object's last change."""
        info = self._current[bucket][key]
        self._current[bucket][key] = aged = replace(info, modified=modified)
        body = self._bodies[bucket, key, str(info.version_id)][1]
        self._bodies[bucket, key, str(info.version_id)] = aged, body

    def encode(self, bucket: str, key: str, encoding: str) -> None:
        """Set the object's `Content-Encoding`."""
        info = self._current[bucket][key]
        self._current[bucket][key] = encoded = replace(info, encoding=encoding)
        self._bodies[bucket, key, str(info.version_id)] = encoded, self._bodies[bucket, key, str(info.version_id)][1]

    def _find(self, bucket: str, key: str, version_id: str | None) -> tuple[ObjectInfo, bytes] | None:
        self._require_up()
        if key in self.refused:
            raise ObjectRefused(f"S3 answers 403 for s3://{bucket}/{key}")
        if key in self.failing:
            raise self.failing[key]
        current = self._current.get(bucket, {}).get(key)
        version = version_id or (current.version_id if current else None)
        return self._bodies.get((bucket, key, version)) if version else None

    def _require_up(self) -> None:
        self.calls += 1
        if self.down:
            raise Unavailable("S3 is down")
