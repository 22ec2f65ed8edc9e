"""Copies within S3: no byte passes through this process.

Objects of 8 MiB and more are copied in the parts of the chunked hash, so that S3 itself computes that hash and keeps it as
the copy's checksum.
"""

import asyncio
from contextlib import aclosing, suppress

from registry.services.transfers.digests import CHUNKED, chunked_of_parts, part_ranges
from registry.services.transfers.errors import HashMismatch
from registry.services.transfers.hashing import ReportProgress
from registry.services.transfers.known_checksums import chunked_hash_of_whole, contradicts, known_hash
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.uploads import UploadLog, unfinished_upload
from shared.aws.transfers import Content, Part, S3Contents, Upload, UploadGone
from shared.concurrency import ordered_map
from shared.errors import AppError
from shared.quilt.chunked_hash import PART_BYTES
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash


class Copier:
    """Copies objects. One bound on requests holds for all its copies together, whether whole or in parts."""

    def __init__(self, contents: S3Contents, limits: TransferLimits) -> None:
        self._contents = contents
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.max_concurrent_copies)

    async def copy(
        self, source: Content, to: PhysicalKey, expected: Hash | None, progress: ReportProgress, log: UploadLog | None
    ) -> tuple[Content, str | None]:
        """The copy and its chunked hash, if S3 knows it. Raises HashMismatch when it contradicts `expected`."""
        if source.size >= PART_BYTES:
            return await self._copy_in_parts(source, to, expected, progress, log)
        async with self._slots:
            made = await self._limits.retries(self._contents.copy, source, to.bucket, to.key)
        progress(source.size)
        if expected and await contradicts(self._contents, made, expected):
            raise HashMismatch(f"{source.location.url} does not have the hash {expected.value}")
        return made, chunked_hash_of_whole(made)

    async def _copy_in_parts(
        self, source: Content, to: PhysicalKey, expected: Hash | None, progress: ReportProgress, log: UploadLog | None
    ) -> tuple[Content, str]:
        upload, copied = await self._begin_or_continue(source, to, log)
        try:
            parts = await self._copy_parts(source, upload, copied, progress)
            chunked = chunked_of_parts([part.sha256 for part in parts])
            _require_hash(source, expected, chunked)
            made = await self._complete(upload, parts, chunked)
        except HashMismatch:
            await self._abort(upload)
            if log:
                await log.remove(to.bucket, to.key)
            raise
        except BaseException:
            if log is None:
                await asyncio.shield(self._abort(upload))
            raise
        if log:
            await log.remove(to.bucket, to.key)
        return made, chunked

    async def _begin_or_continue(
        self, source: Content, to: PhysicalKey, log: UploadLog | None
    ) -> tuple[Upload, dict[int, Part]]:
        """The upload, and its parts that were copied before, by number. An upload of the log continues if the source is the same."""
        known = await log.find(to.bucket, to.key) if log else None
        if known:
            upload = Upload(to.bucket, to.key, known.upload_id)
            if not known.is_of(source):
                await self._abort(upload)
            else:
                with suppress(UploadGone):
                    found = await self._limits.retries(self._contents.parts, upload)
                    return upload, {part.number: part for part in found}
        upload = await self._limits.retries(self._contents.begin, source, to.bucket, to.key)
        if log:
            await log.put(to.bucket, to.key, unfinished_upload(source, upload))
        return upload, {}

    async def _copy_parts(
        self, source: Content, upload: Upload, copied: dict[int, Part], progress: ReportProgress
    ) -> list[Part]:
        async def copy_part(numbered: tuple[int, tuple[int, int]]) -> Part:
            number, (start, end) = numbered
            if number in copied and copied[number].size == end - start and copied[number].sha256:
                return copied[number]
            async with self._slots:
                return await self._limits.retries(self._contents.copy_part, source, upload, number, start, end)

        parts: list[Part] = []
        ranges = enumerate(part_ranges(source.size), 1)
        async with aclosing(ordered_map(self._limits.max_concurrent_copies, copy_part, ranges)) as done:
            async for part in done:
                parts.append(part)
                progress(part.size)
        return parts

    async def _complete(self, upload: Upload, parts: list[Part], chunked: str) -> Content:
        try:
            return await self._limits.retries(self._contents.complete, upload, parts)
        except UploadGone:
            # The upload may be complete and only the answer lost: the object at the destination decides.
            made = await self._contents.head(PhysicalKey(upload.bucket, upload.key, None))
            if await known_hash(self._contents, made, CHUNKED) != chunked:
                raise
            return made

    async def _abort(self, upload: Upload) -> None:
        with suppress(AppError):
            await self._contents.abort(upload)


def _require_hash(source: Content, expected: Hash | None, chunked: str) -> None:
    if expected and expected.type == CHUNKED and expected.value != chunked:
        raise HashMismatch(f"{source.location.url} has the hash {chunked}, not {expected.value}")
