"""Objects that are written in parts, some of which S3 copies from another object.

A part is copied only if S3's checksum of the copy is that of the part's bytes. In any other case its bytes are sent: when the other
object has other bytes there, has changed, or may not be read, and when the store has no checksums of copies.
"""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.concurrency import ordered_map

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from types_aiobotocore_s3 import S3Client

MAX_CONCURRENT_PARTS = 6
"""Parts that are copied or sent."""
MAX_CONCURRENT_BODIES = 3
"""Parts whose bytes are in memory."""
MIN_PART_BYTES = 5 << 20
"""S3 takes no smaller parts but the last."""
MAX_PARTS = 9000
"""S3 allows 10,000."""
COPIED_PARTS = 4
"""Length of a part that is copied, in parts that are sent: it takes no memory."""
_HASHED_BYTES = 1 << 20
"""Bytes of a part that are hashed at a time."""


@dataclass(frozen=True, slots=True)
class KnownRange:
    """Bytes of a new object that seem to stand in another one."""

    start: int
    source_start: int
    length: int


@dataclass(frozen=True, slots=True)
class PlannedPart:
    start: int
    length: int
    source_start: int | None
    """Where its bytes seem to stand in the other object; None if they are to be sent."""


@dataclass(frozen=True, slots=True)
class PartSource:
    """The object from which parts are copied, as long as it has this ETag."""

    bucket: str
    key: str
    etag: str


def plan_parts(length: int, known: Sequence[KnownRange], min_part_bytes: int = MIN_PART_BYTES) -> list[PlannedPart]:
    """Parts of an object of `length` bytes. Known ranges, which are in order, are copied as far as the sizes of parts allow."""
    sent_bytes = max(min_part_bytes, length // MAX_PARTS)
    parts: list[PlannedPart] = []
    planned = 0
    for each in known:
        start, end = each.start, each.start + each.length
        if 0 < start - planned < min_part_bytes:
            start = planned + min_part_bytes  # the bytes before are sent with the first of these
        if end - start < min_part_bytes:
            continue
        parts += _pieces(planned, start, None, sent_bytes)
        parts += _pieces(start, end, each.source_start + start - each.start, COPIED_PARTS * sent_bytes)
        planned = end
    return [*parts, *_pieces(planned, length, None, sent_bytes)]


def _pieces(start: int, end: int, source_start: int | None, piece_bytes: int) -> list[PlannedPart]:
    """Bytes in parts of `piece_bytes` or up to twice as many; fewer if there are fewer."""
    count = max(1, (end - start) // piece_bytes)
    cuts = [start + (end - start) * number // count for number in range(count + 1)]
    return [
        PlannedPart(cut, following - cut, None if source_start is None else source_start + cut - start)
        for cut, following in pairwise(cuts)
        if following > cut
    ]


async def upload_in_parts(
    s3: S3Client, place: Any, write_parts: Callable[[Any], Awaitable[Any]], **options: Any
) -> str:
    """Write an object of the parts that `write_parts` writes and returns, and return its ETag. Raises errors of boto.

    An upload that fails is aborted. `place`: `Bucket` and `Key`, to which `write_parts` gets `UploadId` as well.
    """
    begun = await s3.create_multipart_upload(**place, **options)
    upload: Any = {**place, "UploadId": begun["UploadId"]}
    try:
        parts = await write_parts(upload)
        answer = await s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        return answer.get("ETag", "").strip('"')
    except BaseException:
        with suppress(Exception):
            await asyncio.shield(s3.abort_multipart_upload(**upload))
        raise


class PartAssembly:
    """A multipart upload of planned parts."""

    def __init__(
        self, s3: S3Client, bucket: str, key: str, source: PartSource, read: Callable[[int, int], bytes]
    ) -> None:
        self._s3 = s3
        self._place: Any = {"Bucket": bucket, "Key": key}
        self._source: Any = {
            "CopySource": {"Bucket": source.bucket, "Key": source.key},
            "CopySourceIfMatch": f'"{source.etag}"',
        }
        self._read = read
        self._is_copying = True
        """Copies have succeeded so far."""
        self._bodies = asyncio.Semaphore(MAX_CONCURRENT_BODIES)

    async def write(self, parts: Sequence[PlannedPart], report: Callable[[int], None]) -> str:
        """The ETag of the object. Raises errors of boto."""

        async def write_parts(upload: Any) -> Any:
            async def write_part(numbered: tuple[int, PlannedPart]) -> Any:
                number, part = numbered
                written = await self._write_part({**upload, "PartNumber": number}, part)
                report(part.length)
                return {"PartNumber": number, **written}

            async with aclosing(ordered_map(MAX_CONCURRENT_PARTS, write_part, enumerate(parts, 1))) as writing:
                return [part async for part in writing]

        return await upload_in_parts(self._s3, self._place, write_parts, ChecksumAlgorithm="SHA256")

    async def _write_part(self, place: Any, part: PlannedPart) -> dict[str, str]:
        """ETag and checksum of the part."""
        checksum = await asyncio.to_thread(self._checksum, part)
        if part.source_start is not None and self._is_copying:
            last = part.source_start + part.length - 1
            try:
                copied: Any = await self._s3.upload_part_copy(
                    **place, **self._source, CopySourceRange=f"bytes={part.source_start}-{last}"
                )
            except ClientError:
                copied = {}
            made = copied.get("CopyPartResult", {})
            if made.get("ChecksumSHA256") == checksum:
                return {"ETag": made["ETag"], "ChecksumSHA256": checksum}
            self._is_copying = False
        async with self._bodies:
            body = await asyncio.to_thread(self._read, part.start, part.length)
            sent = await self._s3.upload_part(**place, Body=body, ChecksumSHA256=checksum)
        return {"ETag": sent["ETag"], "ChecksumSHA256": checksum}

    def _checksum(self, part: PlannedPart) -> str:
        """SHA-256 in base64."""
        digest = hashlib.sha256()
        for start in range(part.start, part.start + part.length, _HASHED_BYTES):
            digest.update(self._read(start, min(_HASHED_BYTES, part.start + part.length - start)))
        return b64encode(digest.digest()).decode()
