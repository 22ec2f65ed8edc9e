"""The objects of a promotion, copied into the destination bucket; each once, however often it is interrupted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import EntryRefused
from registry.services.pushes.copy_log import CopyLog
from registry.services.pushes.entry_files import location_of
from registry.services.pushes.jobs.context import JobContext
from registry.services.pushes.patching import ChangeRefused
from registry.services.transfers.caller_s3 import Transfers
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.index.trees.nodes import TreeFile
from shared.index.trees.walk import DirectoryMeta, Files
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

_TOGETHER = 256
_MAX_CONCURRENT_COPIES = 32

Step = Files | DirectoryMeta


@dataclass(frozen=True, slots=True)
class _Copy:
    position: int
    logical_key: str
    file: TreeFile
    source: PhysicalKey


class EntryCopying:
    def __init__(self, work: JobContext, contents: Transfers, prefix: str, total: int) -> None:
        self._work = work
        self._contents = contents
        self._bucket = work.claim.bucket
        self._prefix = prefix
        self._total = total
        self._done = 0
        self._unfinished = CopyLog(work)
        self._turns = asyncio.Semaphore(_MAX_CONCURRENT_COPIES)

    async def copied(self, steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
        """The same steps, with files where they are then. Raises EntryRefused."""
        held: list[Step] = []
        count = 0
        async for step in steps:
            held.append(step)
            count += len(step.files) if isinstance(step, Files) else 0
            if count >= _TOGETHER:
                for each in await self._copied(held, count):
                    yield each
                held, count = [], 0
        for each in await self._copied(held, count):
            yield each

    async def _copied(self, steps: Sequence[Step], count: int) -> list[Step]:
        first = self._done
        where = await self._work.find_outcomes(first, first + count)
        wanted = [copy for copy in self._wanted(steps, first) if copy.position not in where]
        for start in range(0, len(wanted), _TOGETHER):
            where.update(await self._copy(wanted[start : start + _TOGETHER]))
        placed: list[Step] = []
        at = first
        for step in steps:
            if isinstance(step, DirectoryMeta):
                placed.append(step)
                continue
            files = [_moved(file, where.get(position)) for position, file in enumerate(step.files, at)]
            placed.append(Files(step.prefix, files))
            at += len(files)
        self._done = at
        self._work.set_progress("copying", self._done, self._total, "entries")
        return placed

    def _wanted(self, steps: Sequence[Step], first: int) -> list[_Copy]:
        """All but what is in the destination bucket already."""
        found: list[_Copy] = []
        at = first
        for step in steps:
            for file in step.files if isinstance(step, Files) else ():
                key = _key(step, file)
                try:
                    source = location_of(file.physical_key)
                except ChangeRefused as error:
                    raise EntryRefused(key, f"{file.physical_key} is not in S3 and cannot be copied") from error
                if source.bucket != self._bucket:
                    found.append(_Copy(at, key, file, source))
                at += 1
        return found

    async def _copy(self, wanted: Sequence[_Copy]) -> dict[int, list[Any]]:
        """What succeeded is kept, even if something fails."""
        tasks = [asyncio.ensure_future(self._copy_one(each)) for each in wanted]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            made = [
                (each.position, [url])
                for each, url in zip(wanted, ended, strict=True)
                if not isinstance(url, BaseException)
            ]
            await self._work.keep_outcomes(made)
        return {position: list(outcome) for position, outcome in made}

    async def _copy_one(self, wanted: _Copy) -> str:
        file = wanted.file
        said = Hash(type=file.hash_type, value=file.hash_value) if file.hash_type else None
        async with self._turns:
            try:
                copied = await self._contents.copy(
                    wanted.source, self._bucket, f"{self._prefix}/{wanted.logical_key}", said, log=self._unfinished
                )
            except (Unavailable, Unauthenticated):
                raise
            except AppError as error:
                raise EntryRefused(wanted.logical_key, str(error)) from error
        if copied.size != file.size:
            raise EntryRefused(
                wanted.logical_key, f"{file.physical_key} has {copied.size} bytes by now, not {file.size}"
            )
        return copied.location.url


async def left(steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
    """Files where they are: which must be in S3, or nobody else could have them. Raises EntryRefused."""
    async for step in steps:
        for file in step.files if isinstance(step, Files) else ():
            if not file.physical_key.startswith("s3://"):
                raise EntryRefused(_key(step, file), f"{file.physical_key} is not in S3")
        yield step


def _key(step: Step, file: TreeFile) -> str:
    return f"{step.prefix}{file.name}" if isinstance(step, Files) else file.name


def _moved(file: TreeFile, outcome: list[Any] | None) -> TreeFile:
    if outcome is None:
        return file
    return TreeFile(file.name, str(outcome[0]), file.size, file.hash_type, file.hash_value, file.meta)
