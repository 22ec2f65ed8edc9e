"""Copies within S3: no byte passes through here.

From 8 MiB on, objects are copied in the parts of the chunked hash, so that S3 itself computes that hash, keeps it beside the
copy, and can be asked for it ever after.
"""

import asyncio
from contextlib import aclosing, suppress

from registry.transfers.digests import CHUNKED, PART, chunked_of_parts, part_ranges
from registry.transfers.errors import HashMismatch
from registry.transfers.evidence import whole_hash
from registry.transfers.hashing import Progress
from registry.transfers.limits import Limits
from registry.transfers.order import ahead
from shared.aws.transfers import Content, Part, S3Contents, Upload
from shared.errors import AppError
from shared.schemas.package import Hash


class Copier:
    def __init__(self, contents: S3Contents, limits: Limits) -> None:
        self._contents = contents
        self._limits = limits
        self._requests = asyncio.Semaphore(limits.copies)

    async def copy(
        self, source: Content, bucket: str, key: str, said: Hash | None, progress: Progress
    ) -> tuple[Content, str | None]:
        """The copy and its chunked hash; raises HashMismatch when that is not what was said."""
        if source.size >= PART:
            return await self._in_parts(source, bucket, key, said, progress)
        async with self._requests:
            made = await self._limits.patience(lambda: self._contents.copy(source, bucket, key))
        progress(source.size)
        chunked = whole_hash(made)
        if chunked is not None:
            require(source, said, chunked)
        return made, chunked

    async def _in_parts(
        self, source: Content, bucket: str, key: str, said: Hash | None, progress: Progress
    ) -> tuple[Content, str]:
        upload = await self._limits.patience(lambda: self._contents.begin(source, bucket, key))
        try:
            parts = await self._copy_parts(source, upload, progress)
            chunked = chunked_of_parts([part.sha256 for part in parts])
            require(source, said, chunked)
            made = await self._limits.patience(lambda: self._contents.complete(upload, parts))
        except BaseException:
            await asyncio.shield(self._abort(upload))
            raise
        return made, chunked

    async def _copy_parts(self, source: Content, upload: Upload, progress: Progress) -> list[Part]:
        async def one(numbered: tuple[int, tuple[int, int]]) -> Part:
            number, (start, end) = numbered
            async with self._requests:
                return await self._limits.patience(lambda: self._contents.copy_part(source, upload, number, start, end))

        parts: list[Part] = []
        async with aclosing(ahead(one, enumerate(part_ranges(source.size), 1), self._limits.copies)) as copied:
            async for part in copied:
                parts.append(part)
                progress(part.size)
        return parts

    async def _abort(self, upload: Upload) -> None:
        with suppress(AppError):
            await self._contents.abort(upload)


def require(content: Content, said: Hash | None, chunked: str) -> None:
    if said is not None and said.type == CHUNKED and said.value != chunked:
        raise HashMismatch(f"{content.location.url} has the hash {chunked}, not {said.value}")
