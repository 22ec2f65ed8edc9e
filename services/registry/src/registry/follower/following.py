"""Following: the loop that applies the feed of changes to the index of this machine."""

import asyncio
import ctypes
import gc
import math
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from registry.follower.directory import IndexDirectory, Origin
from registry.follower.entries import EntryChanges
from registry.follower.reading import ChangesBetween, EncodedPage, ReadPages
from registry.follower.snapshots import SnapshotDamaged, SnapshotName, Snapshots
from registry.follower.status import FollowerState, FollowerStatus, now, write_status
from registry.search_engine.encoding import EncodedDocument
from shared.concurrency import cancelled
from shared.errors import AppError, Unavailable
from shared.index.feed import FeedHead, FeedPage, FeedStore
from shared.index.search.documents import DocumentKey, DocumentKind, PackageDocument, SearchDocument
from shared.index.trees.reader import TreeGone
from shared.quilt.keys import LATEST

POLL_SECONDS = 0.2
"""Time between looks at the head of the feed."""
COMMIT_SECONDS = 0.2
"""Longest time that changes wait for their commit, while the follower keeps up."""
BEHIND_COMMIT_SECONDS = 2.0
"""The same while more than a page of changes is waiting."""
BEHIND = 2_000
"""Changes."""
LOADING_COMMIT_SECONDS = 30.0
"""The same while the follower is far behind: fewer commits make larger files, which are merged less often."""
FAR_BEHIND = 20_000
"""Changes."""
STATUS_SECONDS = 1.0
IDLE_SECONDS = 20.0
"""Time without changes after which the follower closes its writer."""
PAUSE_SECONDS = 1.0
"""Time until the follower tries again, after Postgres or S3 has not answered."""
HOUSEKEEPING_PARTS = 10
"""How many times in the time between two snapshots a follower looks whether one is due."""
MAX_FAILED_DOCUMENTS = 100
"""Documents of one page that cannot be indexed before the reason is not taken to be theirs."""
_MAX_REASON_CHARACTERS = 300
TOMBSTONE_AGE = timedelta(days=1)
"""Time for which rows of documents that are gone are kept for followers that are behind, also when all snapshots have passed them."""

log = structlog.get_logger()


class IndexWriter(Protocol):
    """The methods of `registry.search_engine.writing.SearchIndexWriter` that the follower calls. They block."""

    position: int

    def apply(
        self,
        documents: Sequence[SearchDocument],
        gone: Sequence[DocumentKey],
        gone_buckets: Sequence[str],
        *,
        are_new: bool = False,
    ) -> None: ...

    def add(self, documents: Sequence[EncodedDocument], replaced: Sequence[str] = ()) -> None: ...

    def root_of(self, package: DocumentKey) -> bytes | None: ...

    def remove_entries(self, package: DocumentKey) -> None: ...

    def commit(self, position: int, at: datetime) -> None: ...

    def close(self) -> None: ...


class IndexTorn(Exception):
    """The directory holds no index that can be opened."""


class StartAgain(Exception):
    """The index cannot go on from where it is."""


PurgeChanges = Callable[[int, datetime], Awaitable[int]]
"""Purge rows of the feed up to a position that are older than a time, and return how many; 0 when none is left."""


@dataclass(frozen=True, slots=True)
class FollowerTiming:
    snapshot_seconds: float
    """Time between snapshots, and between purges of the feed."""
    unused_days: float
    """Days after which the snapshots and directories of other formats are removed when they are not used."""
    idle_seconds: float = IDLE_SECONDS
    far_behind: int = FAR_BEHIND
    """Changes."""


@dataclass
class Follower:
    directory: IndexDirectory
    feed: FeedStore
    open_writer: Callable[[Path], IndexWriter]
    """Raises IndexTorn."""
    timing: FollowerTiming
    purge_changes: PurgeChanges
    snapshots: Snapshots | None = None
    entries: EntryChanges | None = None
    """Without it, the entries of packages are not indexed."""
    read_pages: ReadPages | None = None
    """Reads pages while the follower is far behind. Without it, this process reads and encodes them all."""
    report: Callable[[FollowerStatus], None] = lambda _: None
    """Called with each new state."""
    _status: FollowerStatus = field(init=False)
    _written: float = 0.0
    _origin: Origin | None = None
    _new_up_to: int = 0
    """Position of the feed when the first page was applied to an empty index, and 0 for one that had documents. Each document up to
    there comes once: a change would have given it a later position."""
    _housekeeping: "asyncio.Task[None] | None" = None
    _next_housekeeping: float = 0.0
    _with_housekeeping: bool = True

    def __post_init__(self) -> None:
        self._status = FollowerStatus(state=FollowerState.STARTING, written_at=now(), pid=os.getpid())

    async def run(self, stopping: asyncio.Event, *, with_housekeeping: bool = True) -> None:
        """Follow until `stopping` is set. Housekeeping makes snapshots and purges the feed."""
        self._with_housekeeping = with_housekeeping
        self.directory.remove_leftovers()
        for other in self.directory.remove_unused_formats(self.timing.unused_days):
            log.info("index_removed", format=other)
        try:
            while not stopping.is_set():
                try:
                    await self._start_and_follow(stopping)
                except StartAgain as reason:
                    log.warning("index_started_again", reason=str(reason))
                    self.directory.remove_index()
                except Unavailable as error:
                    log.warning("follower_waits", reason=str(error))
                    self._note(FollowerState.WAITING, problem=str(error))
                    await _wait(stopping, PAUSE_SECONDS)
        finally:
            await cancelled(*([self._housekeeping] if self._housekeeping else []))
            self._note(FollowerState.ENDED)

    async def _start_and_follow(self, stopping: asyncio.Event) -> None:
        self._note(FollowerState.STARTING)
        writer = await self._start()
        self._note(FollowerState.LOADING, position=writer.position)
        while True:
            position = writer.position
            try:
                position = await self._follow(writer, stopping)
            finally:
                await asyncio.to_thread(writer.close)
            if stopping.is_set():
                return
            # A writer that is not needed gives its memory back.
            del writer
            _release_memory()
            await self._wait_for_changes(position, stopping)
            try:
                writer = await asyncio.to_thread(self.open_writer, self.directory.index)
            except IndexTorn as error:
                raise StartAgain(str(error)) from error

    # Starting

    async def _start(self) -> IndexWriter:
        """Open the index of this machine if it can go on, else a snapshot, else an empty index."""
        head = await self.feed.head()
        self._new_up_to = 0
        if self.directory.should_rebuild():
            self.directory.remove_index()
        elif (writer := await self._open_own(head)) or (writer := await self._open_snapshot(head)):
            return writer
        log.info("index_begun")
        self._note(self._status.state, position=0, as_of=None)
        self._origin = Origin(feed=head.feed, purged_to=head.purged_to)
        self.directory.begin(self._origin)
        self.directory.forget_rebuild()
        return await asyncio.to_thread(self.open_writer, self.directory.index)

    async def _open_own(self, head: FeedHead) -> IndexWriter | None:
        origin = self.directory.origin()
        if origin is None:
            return None
        if torn := await asyncio.to_thread(self.directory.torn_file):
            log.warning("index_unusable", reason=f"{torn} is not as it was written")
            return None
        try:
            return await self._open(origin, head)
        except (IndexTorn, StartAgain) as reason:
            log.warning("index_unusable", reason=str(reason))
            return None

    async def _open_snapshot(self, head: FeedHead) -> IndexWriter | None:
        for name in await self._usable_snapshots(head):
            assert self.snapshots  # noqa: S101 – otherwise there are none
            origin = Origin(feed=name.feed, purged_to=0)
            try:
                snapshot = await self.snapshots.read(name)
                await self.snapshots.download(snapshot, self.directory)
                self.directory.install_download(origin)
                writer = await self._open(origin, head)
            except (SnapshotDamaged, IndexTorn, StartAgain) as reason:
                log.warning("snapshot_unusable", key=name.key, reason=str(reason))
                continue
            log.info("snapshot_downloaded", key=name.key, position=snapshot.position)
            self._note(self._status.state, snapshot_position=snapshot.position, snapshot_at=snapshot.made_at)
            return writer
        return None

    async def _usable_snapshots(self, head: FeedHead) -> list[SnapshotName]:
        """Snapshots from which this feed can be followed, the newest first."""
        if self.snapshots is None:
            return []
        try:
            names = await self.snapshots.names()
        except Unavailable:
            raise
        except AppError as error:
            log.warning("snapshots_unusable", reason=str(error))
            return []
        return [
            each
            for each in names
            if each.feed == head.feed
            and each.position <= head.position
            and not Origin(feed=each.feed, purged_to=0).misses(each.position, head.purged_to)
        ]

    async def find_snapshot(self, head: FeedHead) -> SnapshotName | None:
        """The snapshot from which a machine without an index starts; None when there is none."""
        for name in await self._usable_snapshots(head):
            try:
                if self.snapshots:
                    await self.snapshots.read(name)
                    return name
            except SnapshotDamaged as reason:
                log.warning("snapshot_unusable", key=name.key, reason=str(reason))
        return None

    async def _open(self, origin: Origin, head: FeedHead) -> IndexWriter:
        writer = await asyncio.to_thread(self.open_writer, self.directory.index)
        try:
            self._origin = origin
            self._require_continuation(writer.position, head)
        except StartAgain:
            await asyncio.to_thread(writer.close)
            raise
        return writer

    def _require_continuation(self, position: int, head: FeedHead) -> None:
        """Raises StartAgain when an index at this position cannot follow this feed."""
        origin = self._origin
        if origin is None or origin.feed != head.feed:
            raise StartAgain("The index of Postgres has been made again")
        if position > head.position:
            raise StartAgain("The feed has lost its newest changes")
        if origin.misses(position, head.purged_to):
            raise StartAgain("Changes that were not read have been purged")

    # Following

    async def _follow(self, writer: IndexWriter, stopping: asyncio.Event) -> int:
        """Follow until there have been no changes for some time, and return the position."""
        uncommitted: FeedPage | None = None
        committed_at = time.monotonic()
        applied = writer.position
        reading: asyncio.Task[FeedPage | None] | None = None
        try:
            while not stopping.is_set():
                if self.directory.should_rebuild():
                    raise StartAgain("Somebody asked for it")
                page = await (reading or self.feed.page(applied))
                reading = None
                if page:
                    self._require_continuation(applied, page.head)
                    if applied == 0:
                        self._new_up_to = page.head.position
                    # Housekeeping has the second connection of the follower.
                    is_keeping_house = self._housekeeping is not None and not self._housekeeping.done()
                    if self.read_pages and self._is_far_behind(page) and not is_keeping_house:
                        up_to = page.head.position - min(BEHIND, self.timing.far_behind)
                        async with self.read_pages(ChangesBetween(applied, up_to, self._new_up_to)) as pages:
                            last = await self._catch_up(writer, pages, applied, stopping)
                        # Without a page, all changes that were there have been made again, at later positions.
                        if last:
                            applied, uncommitted, committed_at = last.position, None, time.monotonic()
                        continue
                    # The next page is read while this one is applied.
                    reading = None if page.is_last else asyncio.create_task(self.feed.page(page.position))
                    await self._apply(writer, page)
                    applied, uncommitted = page.position, page
                is_due = page is None or page.is_last or time.monotonic() - committed_at >= self._commit_seconds(page)
                if uncommitted and is_due:
                    await self._commit(writer, uncommitted)
                    self._keep_house(writer.position)
                    uncommitted, committed_at = None, time.monotonic()
                if page is None and not await self._wait_for_changes(applied, stopping, self.timing.idle_seconds):
                    break
                if page and page.is_last:
                    await _wait(stopping, POLL_SECONDS)
        finally:
            await cancelled(*([reading] if reading else []))
        return writer.position

    async def _catch_up(
        self, writer: IndexWriter, pages: AsyncIterator[EncodedPage], applied: int, stopping: asyncio.Event
    ) -> FeedPage | None:
        """Apply the pages that follow the position `applied` until the follower is no longer far behind, and return the last one."""
        last: FeedPage | None = None
        committed_at = time.monotonic()
        async for each in pages:
            self._require_continuation(last.position if last else applied, each.page.head)
            last = each.page
            await self._apply(writer, last)
            await self._add(writer, each)
            if time.monotonic() - committed_at >= self._commit_seconds(last):
                await self._commit(writer, last)
                committed_at = time.monotonic()
            if stopping.is_set() or self.directory.should_rebuild():
                break
        if last:
            await self._commit(writer, last)
        return last

    async def _commit(self, writer: IndexWriter, page: FeedPage) -> None:
        await asyncio.to_thread(writer.commit, page.position, page.complete_at)
        self._note_progress(writer.position, page.head)

    async def _add(self, writer: IndexWriter, each: EncodedPage) -> None:
        """Add the encoded documents of a page, or one by one if one of them cannot be: that one is left out."""
        is_new = each.page.position <= self._new_up_to
        try:
            await asyncio.to_thread(writer.add, each.encoded, [] if is_new else each.ids)
        except Exception as error:  # noqa: BLE001 – as in `_apply`
            log.warning("page_not_applied", position=each.page.position, reason=_reason(error))
            failed = 0
            for identifier, document in zip(each.ids, each.encoded, strict=True):
                try:
                    await asyncio.to_thread(writer.add, [document], [identifier])
                except Exception as alone:
                    failed += 1
                    log.warning("document_not_indexed", id=identifier, reason=_reason(alone))
                    if failed == MAX_FAILED_DOCUMENTS:
                        raise

    async def _apply(self, writer: IndexWriter, page: FeedPage) -> None:
        """Apply a page, or its documents one by one if one of them cannot be indexed: that one is left out."""
        await asyncio.to_thread(writer.apply, [], page.gone, page.gone_buckets)
        are_new = page.position <= self._new_up_to
        documents = [await self._with_entries(writer, document, are_new=are_new) for document in page.documents]
        try:
            await asyncio.to_thread(writer.apply, documents, [], [], are_new=are_new)
        except Exception as error:  # noqa: BLE001 – whatever is wrong with one document, the others are indexed
            log.warning("page_not_applied", position=page.position, reason=_reason(error))
            failed = 0
            for document in documents:
                try:
                    await asyncio.to_thread(writer.apply, [document], [], [])
                except Exception as alone:
                    failed += 1
                    # Without a trace, which would show the text of documents.
                    log.warning(
                        "document_not_indexed", bucket=document.bucket, name=_name(document), reason=_reason(alone)
                    )
                    if failed == MAX_FAILED_DOCUMENTS:
                        raise

    async def _with_entries(self, writer: IndexWriter, document: SearchDocument, *, are_new: bool) -> SearchDocument:
        """Apply what changed in the entries of a package. Returns the package, without a root if the index has no entries of it."""
        if not isinstance(document, PackageDocument) or document.tag != LATEST:
            return document
        key = DocumentKey(DocumentKind.PACKAGE, document.bucket, document.name)
        # Each removal is a query of its own, and costs as much as ten documents.
        before = None if are_new else await asyncio.to_thread(writer.root_of, key)
        may_have_entries = not are_new
        if self.entries and document.root is not None:
            for base in dict.fromkeys((before, None)):
                try:
                    if base is None and before is not None:
                        await asyncio.to_thread(writer.remove_entries, key)
                    async for changed, gone in self.entries.since(document, base):
                        await asyncio.to_thread(writer.apply, changed, gone, [], are_new=are_new)
                except TreeGone:  # of the revision before, or of a revision that is gone as well
                    may_have_entries = True
                    continue
                return document
        if may_have_entries:
            await asyncio.to_thread(writer.remove_entries, key)
        return replace(document, root=None)

    def _is_far_behind(self, page: FeedPage) -> bool:
        return page.head.position - page.position > self.timing.far_behind

    def _commit_seconds(self, page: FeedPage) -> float:
        if self._is_far_behind(page):
            return LOADING_COMMIT_SECONDS
        return BEHIND_COMMIT_SECONDS if page.head.position - page.position > BEHIND else COMMIT_SECONDS

    async def _wait_for_changes(self, position: int, stopping: asyncio.Event, seconds: float = math.inf) -> bool:
        """Wait for changes after a position; False when there have been none for these seconds, or the follower is to stop."""
        deadline = time.monotonic() + seconds
        while not stopping.is_set() and time.monotonic() < deadline:
            head = await self.feed.head()
            self._require_continuation(position, head)
            self._note_progress(position, head)
            if self.directory.should_rebuild():
                raise StartAgain("Somebody asked for it")
            if head.position > position:
                return True
            self._keep_house(position)
            await _wait(stopping, POLL_SECONDS)
        return False

    # Snapshots and purges

    def _keep_house(self, position: int) -> None:
        """Begin a snapshot and a purge when they are due."""
        if self._housekeeping and self._housekeeping.done():
            self._housekeeping = None
        is_due = time.monotonic() >= self._next_housekeeping and self._status.state is FollowerState.FOLLOWING
        if self._housekeeping or not is_due or self._origin is None or not self._with_housekeeping:
            return
        self._next_housekeeping = time.monotonic() + self.timing.snapshot_seconds / HOUSEKEEPING_PARTS
        self._housekeeping = asyncio.create_task(self._keep_house_now(self._origin.feed, position))

    async def _keep_house_now(self, feed: UUID, position: int) -> None:
        try:
            passed = await self._passed(feed, position)
            if passed is not None:
                while await self.purge_changes(passed, now() - TOMBSTONE_AGE):
                    pass
        except AppError as error:
            log.warning("snapshot_not_made", reason=str(error))
        except Exception:
            log.exception("snapshot_not_made")

    async def _passed(self, feed: UUID, position: int) -> int | None:
        """Make a snapshot if one is due. Returns the position that all snapshots have passed; None if another follower knows it."""
        if self.snapshots is None:
            return position
        newest = next((each for each in await self.snapshots.names() if each.feed == feed), None)
        if newest:
            self._note(self._status.state, snapshot_position=newest.position, snapshot_at=newest.written_at)
        interval = timedelta(seconds=self.timing.snapshot_seconds)
        if not await self.snapshots.take_lease(2 * interval):
            return None
        if newest is None or (newest.position < position and now() - newest.written_at >= interval):
            await self.make_snapshot(feed, position)
        left = await self.snapshots.remove_old(self.timing.unused_days)
        return min((each.position for each in left if each.feed == feed), default=position)

    async def make_snapshot(self, feed: UUID, position: int) -> None:
        """Upload the last commit, which is at this position or a later one."""
        if self.snapshots is None or position == 0:
            return
        made_at = now()
        try:
            files = await asyncio.to_thread(self.directory.copy_commit)
            name = await self.snapshots.upload(files, self.directory, feed=feed, position=position, made_at=made_at)
        finally:
            self.directory.remove_leftovers()
        log.info("snapshot_made", key=name.key, position=position)
        self._note(self._status.state, snapshot_position=position, snapshot_at=made_at)

    # The state

    def _note_progress(self, position: int, head: FeedHead) -> None:
        caught_up = position >= head.position
        before = self._status.state
        state = FollowerState.FOLLOWING if caught_up or before is FollowerState.FOLLOWING else FollowerState.LOADING
        as_of = head.read_at if caught_up else self._status.as_of
        self._note(state, position=position, head=head.position, as_of=as_of, problem="")

    def _note(self, state: FollowerState, **changes: object) -> None:
        before = self._status
        self._status = before.model_copy(update={"state": state, "written_at": now(), **changes})
        changed = state is not before.state or self._status.snapshot_position != before.snapshot_position
        if not changed and time.monotonic() - self._written < STATUS_SECONDS:
            return
        self._written = time.monotonic()
        self._status.documents = self.directory.documents()
        self._status.bytes_on_disk = self.directory.bytes_on_disk()
        with suppress(OSError):
            write_status(self.directory.status_file, self._status)
        self.report(self._status)


def _name(document: SearchDocument) -> str:
    return document.key if not isinstance(document, PackageDocument) else f"{document.name}/{document.tag}"


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_MAX_REASON_CHARACTERS]


def _release_memory() -> None:
    """Give memory that is free in this process back to the system, where the C library can."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
