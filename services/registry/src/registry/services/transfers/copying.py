"""Copies within S3: no byte passes through here.

From 8 MiB on, objects are copied in the parts of the chunked hash, so that S3 itself computes that hash, keeps it beside the
copy, and can be asked for it ever after.
"""

import asyncio
from contextlib import aclosing, suppress

from registry.services.transfers.digests import CHUNKED, PART, chunked_of_parts, part_ranges
from registry.services.transfers.errors import HashMismatch
from registry.services.transfers.hashing import Progress
from registry.services.transfers.known_checksums import contradicts, known_hash, whole_hash
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.ordered import ahead
from registry.services.transfers.uploads import UploadLog, unfinished
from shared.aws.transfers import Content, Part, S3Contents, Upload, UploadGone
from shared.errors import AppError
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash


class Copier:
    def __init__(self, contents: S3Contents, limits: TransferLimits) -> None:
        self._contents = contents
        self._limits = limits
        self._requests = asyncio.Semaphore(limits.copies)

    async def copy(
        self, source: Content, to: PhysicalKey, said: Hash | None, progress: Progress, log: UploadLog | None
    ) -> tuple[Content, str | None]:
        """The copy and its chunked hash; raises HashMismatch when that is not what was said."""
        if source.size >= PART:
            return await self._in_parts(source, to, said, progress, log)
        async with self._requests:
            made = await self._limits.retries(lambda: self._contents.copy(source, to.bucket, to.key))
        progress(source.size)
        if said and await contradicts(self._contents, made, said):
            raise HashMismatch(f"{source.location.url} does not have the hash {said.value}")
        return made, whole_hash(made)

    async def _in_parts(
        self, source: Content, to: PhysicalKey, said: Hash | None, progress: Progress, log: UploadLog | None
    ) -> tuple[Content, str]:
        upload, before = await self._begin(source, to, log)
        try:
            parts = await self._copy_parts(source, upload, before, progress)
            chunked = chunked_of_parts([part.sha256 for part in parts])
            _require(source, said, chunked)
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

    async def _begin(self, source: Content, to: PhysicalKey, log: UploadLog | None) -> tuple[Upload, dict[int, Part]]:
        """The upload, and the parts that it has already."""
        known = await log.find(to.bucket, to.key) if log else None
        if known:
            upload = Upload(to.bucket, to.key, known.upload_id)
            if not known.is_of(source):
                await self._abort(upload)
            else:
                with suppress(UploadGone):
                    found = await self._limits.retries(lambda: self._contents.parts(upload))
                    return upload, {part.number: part for part in found}
        upload = await self._limits.retries(lambda: self._contents.begin(source, to.bucket, to.key))
        if log:
            await log.put(to.bucket, to.key, unfinished(source, upload))
        return upload, {}

    async def _copy_parts(
        self, source: Content, upload: Upload, before: dict[int, Part], progress: Progress
    ) -> list[Part]:
        async def one(numbered: tuple[int, tuple[int, int]]) -> Part:
            number, (start, end) = numbered
            if number in before and before[number].size == end - start and before[number].sha256:
                return before[number]
            async with self._requests:
                return await self._limits.retries(lambda: self._contents.copy_part(source, upload, number, start, end))

        parts: list[Part] = []
        async with aclosing(ahead(one, enumerate(part_ranges(source.size), 1), self._limits.copies)) as copied:
            async for part in copied:
                parts.append(part)
                progress(part.size)
        return parts

    async def _complete(self, upload: Upload, parts: list[Part], chunked: str) -> Content:
        try:
            return await self._limits.retries(lambda: self._contents.complete(upload, parts))
        except UploadGone:
            # An answer may have been lost: what counts is what is there.
            made = await self._contents.head(PhysicalKey(upload.bucket, upload.key, None))
            if await known_hash(self._contents, made, CHUNKED) != chunked:
                raise
            return made

    async def _abort(self, upload: Upload) -> None:
        with suppress(AppError):
            await self._contents.abort(upload)


def _require(source: Content, said: Hash | None, chunked: str) -> None:
    if said and said.type == CHUNKED and said.value != chunked:
        raise HashMismatch(f"{source.location.url} has the hash {chunked}, not {said.value}")
