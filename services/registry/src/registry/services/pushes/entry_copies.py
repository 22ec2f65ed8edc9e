"""The entries of a promotion, with their objects copied into the destination bucket: each once over all attempts."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from registry.errors import EntryRefused
from registry.services.pushes.copy_log import CopyLog
from registry.services.pushes.entry_files import location_of
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.patching import ChangeRefused
from registry.services.pushes.single_objects import for_one_object
from registry.services.transfers.caller_s3 import CallerS3
from shared.concurrency import bounded_gather
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.index.trees.nodes import TreeFile
from shared.index.trees.walk import DirectoryMeta, Files
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

_BATCH_COPIES = 256
"""Entries whose copies are made and recorded together."""
_MAX_CONCURRENT_COPIES = 32

Step = Files | DirectoryMeta
"""A step of `walk`."""


@dataclass(frozen=True, slots=True)
class _Copy:
    position: int
    """Position of the entry in walk order."""
    logical_key: str
    file: TreeFile
    source: PhysicalKey


class EntryCopier:
    """Copies to `<prefix>/<logical key>` in the job's bucket. The outcome of an entry is the URL of its copy."""

    def __init__(self, job: JobContext, caller_s3: CallerS3, prefix: str, total: int) -> None:
        self._job = job
        self._transfers = caller_s3.transfers
        self._store = caller_s3.objects
        self._bucket = job.claim.bucket
        self._prefix = prefix
        self._total = total
        self._done = 0
        """Number of entries that have passed, which is the position of the next one."""
        self._log = CopyLog(job)

    async def copy_entries(self, steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
        """The same steps, whose files have the physical keys of their copies. Raises EntryRefused."""
        batch: list[Step] = []
        count = 0
        async for step in steps:
            batch.append(step)
            count += len(step.files) if isinstance(step, Files) else 0
            if count >= _BATCH_COPIES:
                for each in await self._copy_batch(batch, count):
                    yield each
                batch, count = [], 0
        for each in await self._copy_batch(batch, count):
            yield each

    async def _copy_batch(self, steps: Sequence[Step], count: int) -> list[Step]:
        """The steps, whose `count` files have the physical keys of their copies."""
        urls = await self._copied_urls(steps, count)
        placed: list[Step] = []
        for step in steps:
            if isinstance(step, Files):
                files = [_at(file, urls.get(position)) for position, file in enumerate(step.files, self._done)]
                placed.append(Files(step.prefix, files))
                self._done += len(files)
            else:
                placed.append(step)
        self._job.set_progress("copying", self._done, self._total, "entries")
        return placed

    async def _copied_urls(self, steps: Sequence[Step], count: int) -> dict[int, str]:
        """URLs of copies by position, of this attempt and earlier ones."""
        outcomes = await self._job.find_outcomes(self._done, self._done + count)
        urls = {position: str(outcome[0]) for position, outcome in outcomes.items()}
        copies = [copy for copy in self._copies_of(steps) if copy.position not in urls]
        for start in range(0, len(copies), _BATCH_COPIES):
            urls |= await self._copy(copies[start : start + _BATCH_COPIES])
        return urls

    def _copies_of(self, steps: Sequence[Step]) -> Iterator[_Copy]:
        """A copy for each file that is not in the destination bucket already."""
        position = self._done
        for step in steps:
            if isinstance(step, DirectoryMeta):
                continue
            for file in step.files:
                key = f"{step.prefix}{file.name}"
                try:
                    source = location_of(file.physical_key)
                except ChangeRefused as error:
                    raise EntryRefused(key, f"{file.physical_key} is not in S3 and cannot be copied") from error
                if source.bucket != self._bucket:
                    yield _Copy(position, key, file, source)
                position += 1

    async def _copy(self, copies: Sequence[_Copy]) -> dict[int, str]:
        """URLs of the copies by position. Those that succeed are recorded even if another fails."""
        urls: dict[int, str] = {}

        async def copy(each: _Copy) -> None:
            urls[each.position] = await self._copy_one(each)

        try:
            await bounded_gather(_MAX_CONCURRENT_COPIES, copy, copies)
        finally:
            await self._job.save_outcomes([(position, [url]) for position, url in urls.items()])
        return urls

    async def _copy_one(self, wanted: _Copy) -> str:
        file = wanted.file
        expected = Hash(type=file.hash_type, value=file.hash_value) if file.hash_type else None
        try:
            copied = await for_one_object(
                self._job,
                self._store,
                lambda: self._transfers.copy(
                    wanted.source, self._bucket, f"{self._prefix}/{wanted.logical_key}", expected, log=self._log
                ),
            )
        except (Unavailable, Unauthenticated):
            raise
        except AppError as error:
            raise EntryRefused(wanted.logical_key, str(error)) from error
        if copied.size != file.size:
            raise EntryRefused(wanted.logical_key, f"{file.physical_key} now has {copied.size} bytes, not {file.size}")
        return copied.location.url


async def require_in_s3(steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
    """The same steps. Raises EntryRefused for a file outside S3, which other readers of the package could not get."""
    async for step in steps:
        if isinstance(step, Files):
            for file in step.files:
                if not file.physical_key.startswith("s3://"):
                    raise EntryRefused(f"{step.prefix}{file.name}", f"{file.physical_key} is not in S3")
        yield step


def _at(file: TreeFile, url: str | None) -> TreeFile:
    """The file with its object at the URL, if there is one."""
    return msgspec.structs.replace(file, physical_key=url) if url else file
