"""Wakes requests of this process that wait for a revocation, or until services have read one.

Transactions announce both on channels of Postgres (NOTIFY), to which one connection of each process listens. The feed's
head is read over the same connection as well, in case an announcement is lost.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import asyncpg
import structlog

REVOKED_CHANNEL = "patchwork_revoked"
READ_CHANNEL = "patchwork_revocations_read"

CHECK_SECONDS = 1.0
"""Interval at which the head of the feed is read, and pause before a lost connection is opened again."""
TIMEOUT_SECONDS = 5.0

_HEAD = "SELECT seq FROM auth.revocation_feed"
_LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

log = structlog.get_logger()


class WrittenRevocations:
    """The revocations that one request has written."""

    def __init__(self) -> None:
        self.seq = 0
        """Number of the latest; 0 when there are none."""


_written: ContextVar[WrittenRevocations | None] = ContextVar("written_revocations", default=None)


@contextmanager
def collected_revocations() -> Iterator[WrittenRevocations]:
    written = WrittenRevocations()
    token = _written.set(written)
    try:
        yield written
    finally:
        _written.reset(token)


def note_written(seq: int) -> None:
    """Remember that the current request has written the revocation `seq`."""
    if written := _written.get():
        written.seq = max(written.seq, seq)


class Broadcast:
    """Wakes all that wait for it, again and again. Take `next` before looking, so that nothing is missed in between."""

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def wake(self) -> None:
        self.next.set()
        self.next = asyncio.Event()


class RevocationSignal:
    def __init__(self) -> None:
        self.revoked = Broadcast()
        """A revocation was committed."""
        self.read = Broadcast()
        """A service has read revocations, or has stopped."""
        self.is_stopping = False
        self.is_listening = False
        """Other processes wake this one at present."""
        self._head: int | None = None

    def stop(self) -> None:
        """End all waiting, now and later."""
        self.is_stopping = True
        self.revoked.wake()
        self.read.wake()

    async def listen(self, url: str) -> None:
        """Listen on a connection of its own, opened again whenever it is lost; never returns."""
        while True:
            try:
                await self._listen(url)
            except _LOST as error:
                log.warning("revocation_signal_lost", error=str(error) or type(error).__name__)
            await asyncio.sleep(CHECK_SECONDS)

    async def _listen(self, url: str) -> None:
        dsn = url.replace("postgresql+asyncpg://", "postgresql://")
        options = {"application_name": "auth signal"}
        connection = await asyncpg.connect(dsn, timeout=TIMEOUT_SECONDS, server_settings=options)
        try:
            await connection.add_listener(REVOKED_CHANNEL, lambda *_: self.revoked.wake())
            await connection.add_listener(READ_CHANNEL, lambda *_: self.read.wake())
            self.is_listening = True
            while True:
                self._compare(await connection.fetchval(_HEAD, timeout=TIMEOUT_SECONDS))
                await asyncio.sleep(CHECK_SECONDS)
        finally:
            self.is_listening = False
            connection.terminate()

    def _compare(self, head: int) -> None:
        if head != self._head:
            self._head = head
            self.revoked.wake()


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
