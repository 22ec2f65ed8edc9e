"""The worker: batches of messages as they come, comparisons and sweeps when they are due."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from indexer.messages import Key, Unparseable, changed_keys
from indexer.services.buckets import IndexedBucketService
from indexer.services.key_indexer import KeyIndexer
from indexer.services.reconcile import ReconcileService
from indexer.services.scan_schedule import ScanSchedule
from indexer.services.sweep import SweepService
from shared.aws.queues import Message, Queue
from shared.errors import AppError, Unavailable

WAIT_SECONDS = 20.0
VISIBILITY_SECONDS = 60
HEARTBEAT_SECONDS = 20.0
RETRY_SECONDS = 2
"""Until a message that failed comes again; doubled each time."""
POISON_SECONDS = 1
LAST_SECONDS = 0.5
"""For messages that are on their way when the worker is stopped."""
MAX_PAUSE_SECONDS = 10.0
"""Longest pause between tries when something does not answer; and how long work may go on when stopping."""
MAX_CONCURRENT_BUCKETS = 2

log = structlog.get_logger()


@dataclass
class IndexWorker:
    schedule: ScanSchedule
    queue: Queue
    buckets: IndexedBucketService
    key_indexer: KeyIndexer
    reconcile: ReconcileService
    sweep: SweepService
    ready: Callable[[], Awaitable[None]]
    """Raises unless all that work needs answers."""
    receivers: int
    reconcile_seconds: float
    sweep_seconds: float
    observe: Callable[[float], object] = lambda _: None
    """Called with the seconds from an event's being sent until the index had it."""
    oldest_seconds: float = 0.0
    """Age of the oldest message of those last received; 0 when there were none."""
    _missed: bool = False
    """Something did not answer meanwhile: events may be lost."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works in the background; at the end lets the messages in hand be finished, and drops all else."""
        receivers = [asyncio.create_task(self._receive_for_ever()) for _ in range(self.receivers)]
        chores = [
            asyncio.create_task(self._reconcile_for_ever()),
            asyncio.create_task(self._remind_for_ever()),
            asyncio.create_task(self._sweep_for_ever()),
        ]
        try:
            yield
        finally:
            self._stopping.set()
            for chore in chores:
                chore.cancel()
            _, late = await asyncio.wait(receivers, timeout=MAX_PAUSE_SECONDS)
            for receiver in late:
                receiver.cancel()
            await asyncio.gather(*receivers, *chores, return_exceptions=True)

    async def _receive_for_ever(self) -> None:
        pause = 0.1
        while not self._stopping.is_set():
            try:
                if self._missed:
                    await self._recover()
                await self.handle(await self._received())
                pause = 0.1
            except Unavailable as error:
                self._missed = True
                log.warning("waiting", reason=str(error), seconds=pause)
                await self._idle(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)
            except Exception:
                log.exception("receiver_failed")
                await self._idle(pause)
                pause = min(pause * 2, MAX_PAUSE_SECONDS)

    async def _recover(self) -> None:
        """Nothing is taken from the queue while what the work needs is away: it would only be counted as a try."""
        await self.ready()
        await self.queue.depth()
        self._missed = False
        log.info("recovered")
        self.schedule.scan_all()

    async def _received(self) -> list[Message]:
        receiving = asyncio.ensure_future(self.queue.receive(wait=WAIT_SECONDS))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({receiving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            # What the queue has just handed out nobody else would get until it is visible again.
            await asyncio.wait({receiving}, timeout=LAST_SECONDS)
            messages = receiving.result() if receiving.done() else []
            self.oldest_seconds = max(map(_age, messages), default=0.0)
            return messages
        finally:
            for waiting in (receiving, stopping):
                waiting.cancel()
            await asyncio.gather(receiving, stopping, return_exceptions=True)

    async def handle(self, messages: Sequence[Message]) -> None:
        """Work on messages; those that failed come again."""
        if not messages:
            return
        async with self._kept(messages):
            try:
                failed = await self._look(messages)
            except Unavailable:
                with suppress(Unavailable):
                    await self.queue.extend(messages, RETRY_SECONDS)
                raise
        done = [message for message in messages if message.id not in failed]
        if done:
            await self.queue.delete(done)
        for message in done:
            self.observe(_age(message))
        for message in messages:
            if message.id in failed:
                await self.queue.extend([message], failed[message.id])

    async def _look(self, messages: Sequence[Message]) -> dict[str, int]:
        """Ids of the messages that failed, and in how many seconds they must come again.

        In the end they go to the dead-letter queue: soon, when they will never be understood.
        """
        failed: dict[str, int] = {}
        told: dict[Key, list[Message]] = defaultdict(list)
        for message in messages:
            try:
                for changed in changed_keys(message.body):
                    told[changed].append(message)
            except Unparseable as error:
                log.warning("message_unparseable", message_id=message.id, receives=message.receives, body=str(error))
                failed[message.id] = POISON_SECONDS
        keys: dict[str, list[str]] = defaultdict(list)
        for bucket, key in told:
            keys[bucket].append(key)
        for bucket, some in keys.items():
            if not await self.buckets.is_known(bucket):
                log.info("bucket_not_ours", bucket=bucket)
                continue
            for key in await self.key_indexer.index_keys(bucket, some):
                for message in told[bucket, key]:
                    failed[message.id] = min(RETRY_SECONDS << (message.receives - 1), VISIBILITY_SECONDS)
        return failed

    @asynccontextmanager
    async def _kept(self, messages: Sequence[Message]) -> AsyncIterator[None]:
        """While this takes long, nobody else gets the messages."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(HEARTBEAT_SECONDS)
                with suppress(Unavailable):
                    await self.queue.extend(messages, VISIBILITY_SECONDS)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _remind_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self.reconcile_seconds)
            self.schedule.scan_all()

    async def _reconcile_for_ever(self) -> None:
        pause = 0.5
        while True:
            await self.schedule.wait()
            try:
                await self._reconcile_due()
                again = not self.schedule.is_empty
            except Unavailable as error:
                log.warning("reconcile_put_off", reason=str(error), seconds=pause)
                again = True
            except Exception:
                log.exception("reconcile_failed")
                again = True
            if again:
                await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_SECONDS) if again else 0.5

    async def _reconcile_due(self) -> None:
        if self.schedule.take_all():
            try:
                self.schedule.scan(*await self.buckets.follow())
            except BaseException:
                self.schedule.scan_all()
                raise
        due = self.schedule.take()
        self.schedule.scan(*await self._reconcile(due))

    async def _reconcile(self, due: Collection[str]) -> set[str]:
        """Returns the buckets that must be tried again."""
        again: set[str] = set()
        slots = asyncio.Semaphore(MAX_CONCURRENT_BUCKETS)

        async def one(bucket: str) -> None:
            async with slots:
                try:
                    finished = await self.reconcile.reconcile_bucket(bucket)
                except AppError as error:
                    log.warning("bucket_not_reconciled", bucket=bucket, reason=str(error))
                    finished = not isinstance(error, Unavailable)
                except Exception:
                    log.exception("bucket_not_reconciled", bucket=bucket)
                    finished = True
                if not finished:
                    again.add(bucket)

        await asyncio.gather(*map(one, sorted(due)))
        return again

    async def _sweep_for_ever(self) -> None:
        while True:
            await self.schedule.sweep_due(self.sweep_seconds)
            try:
                await self.sweep.sweep_nodes()
            except Exception:
                log.exception("sweep_failed")

    async def _idle(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _age(message: Message) -> float:
    return max(0.0, time.time() - message.sent_at) if message.sent_at else 0.0
