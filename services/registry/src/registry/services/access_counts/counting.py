"""Counts requests for objects that clients sent straight to S3, from CloudTrail's files or S3's server access logs.

Both name their files by time, and deliver some of them late. So a folder has a position, up to which its files are finished, and
the files after it that have been counted are noted one by one. What a file tells and that it was counted is committed together.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import structlog

from registry.db.access_counts import (
    AccessLogStore,
    ExtensionDay,
    FilesAlreadyCounted,
    ManifestDay,
    ObjectDay,
    ReadCounts,
)
from registry.db.buckets import BucketStore
from registry.services.access_counts.formats import LogFile, LogUnreadable, ObjectRead, log_file
from registry.services.packages.uses import KEPT_WEEKS
from registry.settings import AccessLogSettings, LogFolder
from shared.aws.objects import ArchivedObjectRefused, ListedObject, ObjectInfo, ObjectMissing, ObjectStore
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Invalid
from shared.quilt.extensions import extension
from shared.quilt.keys import Layout2ManifestKey, ManifestKey, PointerKey, classify

LATE_DAYS = 3
"""Files that come later than this after the time in their name are not counted."""
CLAIM_SECONDS = 600.0
CLEAN_SECONDS = 86_400.0
BATCH_FILES = 200
BATCH_SUMS = 50_000
"""Files, and different sums, that are committed together."""
MAX_SUMS_OF_FILE = 200_000
"""Objects, extensions, or manifests, of a file that are counted one by one."""
REST = 1.0
"""Pause after a batch, in parts of the time that it took: requests of the same process go first."""

_ORDERED_BY_TIME = re.compile(r"(\d{4}/\d\d/\d\d/)?[^/]+", re.DOTALL)
"""Keys of files after the prefix of a folder whose order is that of their times."""
_Key = TypeVar("_Key")

log = structlog.get_logger()


@dataclass(slots=True)
class _Batch:
    files: list[str] = field(default_factory=list)
    counts: ReadCounts = field(default_factory=ReadCounts)
    began: float = field(default_factory=time.monotonic)

    @property
    def is_full(self) -> bool:
        return len(self.files) >= BATCH_FILES or len(self.counts) >= BATCH_SUMS


class AccessLogCounter:
    """Counts what is new in the folders of the settings, one after the other. One process has a folder at a time."""

    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        settings: AccessLogSettings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = sessions
        self._objects = objects
        self._settings = settings
        self._now = now
        self._clean_due = 0.0

    async def run(self) -> None:
        """Count every `poll_seconds` until cancelled."""
        while True:
            await self.count_all()
            await asyncio.sleep(self._settings.poll_seconds)

    async def count_all(self) -> None:
        """Count what is new in all folders. One that cannot be read does not keep the others from it."""
        for location in self._settings.folders:
            try:
                await self.count_new(location)
            except AppError as error:
                log.warning("access_logs_not_read", location=location.url, reason=str(error))
        if time.monotonic() >= self._clean_due:
            try:
                await self._remove_old()
            except AppError as error:
                log.warning("access_counts_not_removed", reason=str(error))
            else:
                self._clean_due = time.monotonic() + CLEAN_SECONDS

    async def count_new(self, location: LogFolder) -> int:
        """Count the files of a folder that have not been counted. Returns their number; 0 while another process does it."""
        async with transaction(self._sessions) as session:
            position = await AccessLogStore(session).claim(location.url, CLAIM_SECONDS)
            buckets = frozenset(await BucketStore(session).names())
        if position is None:
            return 0
        counted = 0
        try:
            async for page in self._objects.list(location.bucket, prefix=location.prefix, after=position):
                counted += await self._count_page(location, page, buckets)
        except FilesAlreadyCounted:  # the claim is another's
            log.warning("access_logs_counted_elsewhere", location=location.url)
            return counted
        except BaseException:
            with suppress(AppError):  # the claim ends by itself
                await self._finish(location, is_complete=False)
            raise
        await self._finish(location, is_complete=True)
        if counted:
            log.info("access_logs_counted", location=location.url, files=counted)
        return counted

    async def _finish(self, location: LogFolder, *, is_complete: bool) -> None:
        async with transaction(self._sessions) as session:
            await AccessLogStore(session).finish(location.url, is_complete=is_complete)

    async def _count_page(self, location: LogFolder, page: Collection[ListedObject], buckets: Collection[str]) -> int:
        """Count files of a listing, in its order. Raises Invalid where that is not the order of their times."""
        files = [(each, file) for each in page if (file := log_file(each.key))]
        for each, _ in files:
            if not _ORDERED_BY_TIME.fullmatch(each.key.removeprefix(location.prefix)):
                raise Invalid(
                    f"{location.url} has folders of several logs, such as that of {each.key}: name each of them, up to what comes before the date"
                )
        async with transaction(self._sessions) as session:
            known = await AccessLogStore(session).known_files(location.url, [each.key for each in page])
        finished_before = self._now() - timedelta(days=LATE_DAYS)
        oldest_day = (self._now() - timedelta(weeks=KEPT_WEEKS)).date()
        batch, position, counted = _Batch(), "", 0
        for found, file in files:
            if found.key not in known and file.written_at.date() >= oldest_day:
                tally = _Tally(buckets, oldest_day, self._now().date())
                try:
                    batch.counts.add(await self._count_file(location.bucket, found, file, tally))
                except AppError:
                    await self._write(location, batch, position)
                    raise
                batch.files.append(found.key)
                counted += 1
            if file.written_at < finished_before:
                position = found.key
            if batch.is_full:
                await self._write(location, batch, position)
                batch = _Batch()
        await self._write(location, batch, position)
        return counted

    async def _count_file(self, bucket: str, found: ListedObject, file: LogFile, tally: "_Tally") -> ReadCounts:
        """Reads in a file; none of one that is gone, archived or broken, which is not tried again."""
        info = ObjectInfo(found.key, found.size, found.etag, found.modified, None)
        try:
            async with self._objects.stream(bucket, found.key, info) as chunks:
                await tally.add_all(file.reads(chunks))
        except (LogUnreadable, ObjectMissing, ArchivedObjectRefused) as error:
            log.warning("access_log_left_out", bucket=bucket, key=found.key, reason=str(error))
            return ReadCounts()
        return tally.counts

    async def _write(self, location: LogFolder, batch: _Batch, position: str) -> None:
        if not batch.files and not position:
            return
        async with transaction(self._sessions) as session:
            store = AccessLogStore(session)
            if batch.files:
                await store.add(location.url, batch.files, batch.counts)
            await store.move(location.url, position, CLAIM_SECONDS)
        if batch.files:
            await asyncio.sleep(REST * (time.monotonic() - batch.began))

    async def _remove_old(self) -> None:
        today = self._now().date()
        async with transaction(self._sessions) as session:
            await AccessLogStore(session).remove_before(
                today - timedelta(days=self._settings.kept_days), today - timedelta(weeks=KEPT_WEEKS)
            )


class _Tally:
    """Adds up the reads of a file. A request that the file tells of twice counts once."""

    def __init__(self, buckets: Collection[str], oldest_day: date, today: date) -> None:
        self._buckets = buckets
        self._days = (oldest_day, today + timedelta(days=1))
        self._requests: set[str] = set()
        self.counts = ReadCounts()

    async def add_all(self, reads: AsyncIterator[list[ObjectRead]]) -> None:
        async for found in reads:
            for read in found:
                self._add(read)
            await asyncio.sleep(0)  # requests of the same process go on

    def _add(self, read: ObjectRead) -> None:
        if read.bucket not in self._buckets or not self._days[0] <= read.day <= self._days[1]:
            return
        if read.request_id in self._requests:
            return
        if len(self._requests) < MAX_SUMS_OF_FILE:
            self._requests.add(read.request_id)
        counts = self.counts
        match classify(read.key):
            case ManifestKey(top_hash):
                _count(counts.manifests, ManifestDay(read.bucket, top_hash, "", read.day))
            case Layout2ManifestKey(name, top_hash):
                _count(counts.manifests, ManifestDay(read.bucket, top_hash, name, read.day))
            case PointerKey() | None:
                return  # what clients read on the way
            case _:
                _count(counts.objects, ObjectDay(read.bucket, read.key, read.day))
                _count_extension(counts.extensions, ExtensionDay(read.bucket, read.day, extension(read.key)))


def _count_extension(counter: Counter[ExtensionDay], day: ExtensionDay) -> None:
    """Extensions above the bound are counted as those of keys without one, so that the sums of buckets are complete."""
    is_counted = day in counter or len(counter) < MAX_SUMS_OF_FILE
    counter[day if is_counted else day._replace(extension="")] += 1


def _count(counter: Counter[_Key], key: _Key) -> None:
    if key in counter or len(counter) < MAX_SUMS_OF_FILE:
        counter[key] += 1
