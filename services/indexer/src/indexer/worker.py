"""The worker: indexes what messages name, compares buckets with their index, reads what listings left out, shows manifests whose packages were left, and removes unreachable nodes."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from indexer.messages import ChangedKey, UnparseableMessage, WrittenContent, changes
from indexer.services.buckets import IndexedBucketService
from indexer.services.inventories import InventoryService
from indexer.services.key_indexer import KeyIndexer
from indexer.services.packages import PackageIndexer
from indexer.services.reading import ReadingService
from indexer.services.reconcile import ReconcileService
from indexer.services.scan_schedule import ScanSchedule
from indexer.services.sweep import SweepService
from shared.aws.queues import BATCH_MESSAGES, Message, Queue
from shared.concurrency import cancelled
from shared.errors import Unavailable
from shared.runtime import supervised
from shared.tracing import span

MAX_MESSAGES = 100
"""Messages that are indexed together."""
WAIT_SECONDS = 20.0
"""Longest wait for messages in one call."""
VISIBILITY_SECONDS = 60
"""How long the queue keeps messages from other workers after each heartbeat."""
HEARTBEAT_SECONDS = 20.0
RETRY_SECONDS = 2
"""Time until a message that failed is received again; doubled with each failure."""
POISON_SECONDS = 1
"""Time until an unparseable message is received again, until it goes to the dead-letter queue."""
LAST_RECEIVE_SECONDS = 0.5
"""How long a stopping worker waits for messages that the queue has already sent."""
MAX_PAUSE_SECONDS = 10.0
"""Longest pause between retries, and how long a stopping worker lets its last messages take."""
POLL_SECONDS = 5.0
"""Time after which a worker looks for slices to compare, unless it is asked earlier."""
READ_POLL_SECONDS = 1.0
"""Time after which a worker looks for objects to read."""
LEFT_SECONDS = 30.0
"""Time after which packages whose manifests changed are written by another worker, if the one that indexed them has not."""
SYNC_SECONDS = 60.0
"""Time after which the registered buckets and their settings are read again."""
MAX_NOTED_CHANGES = 10_000
"""Keys of events that are noted for the slices that they are in, until they are written."""

log = structlog.get_logger()


class _Backoff:
    """Pauses between retries: each is twice the one before, up to MAX_PAUSE_SECONDS.

    stamina retries one call a bounded number of times. The worker's loops retry for ever, and stop while they pause.
    """

    def __init__(self, first_seconds: float) -> None:
        self._first_seconds = self.seconds = first_seconds

    def increase(self) -> None:
        self.seconds = min(self.seconds * 2, MAX_PAUSE_SECONDS)

    def reset(self) -> None:
        self.seconds = self._first_seconds


@dataclass
class IndexWorker:
    schedule: ScanSchedule
    queue: Queue
    buckets: IndexedBucketService
    key_indexer: KeyIndexer
    packages: PackageIndexer
    reconcile: ReconcileService
    reading: ReadingService
    inventories: InventoryService
    sweep: SweepService
    ready: Callable[[], Awaitable[None]]
    """Raises Unavailable unless the database, S3 and `auth` respond."""
    receivers: int
    sweep_seconds: float
    observe: Callable[[float], object] = lambda _: None
    """Called for each indexed event with the seconds since it was sent."""
    oldest_seconds: float = 0.0
    """Age of the oldest message of the last batch received; 0 when the batch was empty."""
    has_outage: bool = False
    """The queue, S3, the registry or the database did not respond, so events may have been lost."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _changes: deque[ChangedKey] = field(default_factory=lambda: deque(maxlen=MAX_NOTED_CHANGES))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in the background. On leaving, messages in hand are finished, and all other work is cancelled."""
        receivers = [asyncio.create_task(self._receive_until_stopped()) for _ in range(self.receivers)]
        try:
            async with supervised(
                self._reconcile_when_due,
                self._compare_inventories_when_due,
                self._read_when_due,
                self._show_left_manifests,
                self._schedule_syncs,
                self._sweep_when_due,
            ):
                yield
        finally:
            self._stopping.set()
            await asyncio.wait(receivers, timeout=MAX_PAUSE_SECONDS)
            await cancelled(*receivers)

    async def _receive_until_stopped(self) -> None:
        backoff = _Backoff(0.1)
        while not self._stopping.is_set():
            try:
                if self.has_outage:
                    await self._recover()
                await self.handle(await self._receive())
                backoff.reset()
            except Unavailable as error:
                self.has_outage = True
                log.warning("waiting", reason=str(error), seconds=backoff.seconds)
                await self._pause(backoff)
            except Exception:
                log.exception("receiver_failed")
                await self._pause(backoff)

    async def _recover(self) -> None:
        """Raises Unavailable while the outage lasts. Receiving then would only use up the messages' tries."""
        await self.ready()
        await self.queue.depth()
        self.has_outage = False
        log.info("recovered")
        self.schedule.scan_all()

    async def _receive(self) -> list[Message]:
        receiving = asyncio.ensure_future(receive_batch(self.queue, WAIT_SECONDS))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({receiving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            # Messages that the queue has just sent would stay hidden from other workers until they time out.
            await asyncio.wait({receiving}, timeout=LAST_RECEIVE_SECONDS)
            messages = receiving.result() if receiving.done() else []
            self.oldest_seconds = max(map(_age, messages), default=0.0)
            return messages
        finally:
            await cancelled(receiving, stopping)

    async def handle(self, messages: Sequence[Message]) -> None:
        """Index what the messages name. Messages that failed are received again later."""
        if messages:
            with span("handle_messages", "consumer", {"messaging.batch.message_count": len(messages)}):
                await self._handle(messages)

    async def _handle(self, messages: Sequence[Message]) -> None:
        async def extend_visibility() -> None:
            while True:
                await asyncio.sleep(HEARTBEAT_SECONDS)
                with suppress(Unavailable):
                    await self._extend(messages, VISIBILITY_SECONDS)

        async with supervised(extend_visibility):
            try:
                failed = await self._index(messages)
            except Unavailable:
                with suppress(Unavailable):
                    await self._extend(messages, RETRY_SECONDS)
                raise
        done = [message for message in messages if message.id not in failed]
        for some in calls_of(done):
            await self.queue.delete(some)
        for message in done:
            self.observe(_age(message))
        for message in messages:
            if message.id in failed:
                await self.queue.extend([message], failed[message.id])

    async def _extend(self, messages: Sequence[Message], seconds: int) -> None:
        for some in calls_of(messages):
            await self.queue.extend(some, seconds)

    async def _index(self, messages: Sequence[Message]) -> dict[str, int]:
        """Ids of the messages that failed, each with the seconds until it is to be received again.

        The queue moves them to its dead-letter queue in the end; unparseable messages are retried quickly to get there soon.
        """
        failed: dict[str, int] = {}
        messages_about: dict[ChangedKey, list[Message]] = defaultdict(list)
        sessions: dict[str, dict[WrittenContent, str]] = defaultdict(dict)
        for message in messages:
            try:
                for change in changes(message.body):
                    messages_about[change.bucket, change.key].append(message)
                    if change.session:
                        sessions[change.bucket][change.key, change.etag] = change.session
            except UnparseableMessage as error:
                log.warning("message_unparseable", message_id=message.id, receives=message.receives, body=str(error))
                failed[message.id] = POISON_SECONDS
        keys_by_bucket: dict[str, list[str]] = defaultdict(list)
        for bucket, key in messages_about:
            keys_by_bucket[bucket].append(key)
        for bucket, keys in keys_by_bucket.items():
            if not await self.buckets.is_registered(bucket):
                log.info("bucket_not_ours", bucket=bucket)
                continue
            self._changes.extend((bucket, key) for key in keys)
            for key in await self.key_indexer.index_keys(bucket, keys, sessions[bucket]):
                for message in messages_about[bucket, key]:
                    failed[message.id] = min(RETRY_SECONDS << (message.receives - 1), VISIBILITY_SECONDS)
        return failed

    async def _schedule_syncs(self) -> None:
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            self.schedule.sync()

    async def _reconcile_when_due(self) -> None:
        backoff = _Backoff(0.5)
        pause = 0.0
        while True:
            await self.schedule.wait(pause)
            try:
                pause = 0.0 if await self._reconcile_due() else POLL_SECONDS
                backoff.reset()
            except Unavailable as error:
                log.warning("reconcile_put_off", reason=str(error), seconds=backoff.seconds)
                await self._wait(backoff)
            except Exception:
                log.exception("reconcile_failed")
                await self._wait(backoff)

    async def _reconcile_due(self) -> int:
        """Do what was asked for, and compare some slices that are due; returns how many."""
        every_bucket, sync, buckets = self.schedule.take_all(), self.schedule.take_sync(), self.schedule.take_buckets()
        try:
            if every_bucket or sync:
                registered = await self.buckets.sync_registered()
                await self.reconcile.cover(*registered)
                await self.reconcile.forget_removals()
                if every_bucket:
                    await self.reconcile.suspect()
            await self.reconcile.request(*buckets)
            await self._note_changes()
        except BaseException:
            if every_bucket:
                self.schedule.scan_all()
            self.schedule.scan(*buckets)
            raise
        return await self.reconcile.reconcile_due()

    async def _note_changes(self) -> None:
        """Tell the slices of buckets about their events."""
        keys: dict[str, list[str]] = defaultdict(list)
        while self._changes:
            bucket, key = self._changes.popleft()
            keys[bucket].append(key)
        await self.reconcile.note_changes(keys)

    async def _read_when_due(self) -> None:
        backoff = _Backoff(0.5)
        while True:
            try:
                await self.reading.read_all()
                backoff.reset()
                await asyncio.sleep(READ_POLL_SECONDS)
            except Unavailable as error:
                log.warning("reading_put_off", reason=str(error), seconds=backoff.seconds)
                await self._wait(backoff)
            except Exception:
                log.exception("reading_failed")
                await self._wait(backoff)

    async def _show_left_manifests(self) -> None:
        """At start, and from then on: what a task leaves when it ends is shown by the next one, or by another."""
        backoff = _Backoff(0.5)
        while True:
            try:
                await self.packages.show_left_manifests(older_than_seconds=LEFT_SECONDS)
                backoff.reset()
                await asyncio.sleep(LEFT_SECONDS)
            except Unavailable as error:
                log.warning("showing_put_off", reason=str(error), seconds=backoff.seconds)
                await self._wait(backoff)
            except Exception:
                log.exception("showing_failed")
                await self._wait(backoff)

    async def _compare_inventories_when_due(self) -> None:
        backoff = _Backoff(0.5)
        while True:
            try:
                await self.inventories.compare_due()
                backoff.reset()
                await asyncio.sleep(POLL_SECONDS)
            except Unavailable as error:
                log.warning("inventories_put_off", reason=str(error), seconds=backoff.seconds)
                await self._wait(backoff)
            except Exception:
                log.exception("inventories_failed")
                await self._wait(backoff)

    async def _wait(self, backoff: _Backoff) -> None:
        await asyncio.sleep(backoff.seconds)
        backoff.increase()

    async def _sweep_when_due(self) -> None:
        while True:
            await self.schedule.wait_for_sweep(self.sweep_seconds)
            try:
                await self.sweep.sweep_nodes()
            except Exception:
                log.exception("sweep_failed")

    async def _pause(self, backoff: _Backoff) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(backoff.seconds):
                await self._stopping.wait()
        backoff.increase()


async def receive_batch(queue: Queue, wait: float) -> list[Message]:
    """Messages that are there, up to MAX_MESSAGES, as soon as there are any: many events cost less when they are indexed together."""
    messages = received = await queue.receive(wait=wait)
    with suppress(Unavailable):  # what was received is worked on
        while len(received) == BATCH_MESSAGES and len(messages) < MAX_MESSAGES:
            received = await queue.receive(wait=0)
            messages = [*messages, *received]
    return messages


def calls_of(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """The messages in parts that one call to the queue takes."""
    for start in range(0, len(messages), BATCH_MESSAGES):
        yield messages[start : start + BATCH_MESSAGES]


def _age(message: Message) -> float:
    return max(0.0, time.time() - message.sent_at) if message.sent_at else 0.0
