"""Reading of the revocation feed by the processes that cache rights, and waiting until they have read it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.resources import AuthResources
from auth.revocation_signal import CHECK_SECONDS, is_set_within
from shared.db.engine import transaction
from shared.errors import AppError
from shared.schemas.principal import Revocations

MAX_LISTENERS_WAIT_SECONDS = 1.0
"""A change is answered after this time, even if a listener has not read it."""
LISTENER_TTL = timedelta(seconds=10)
"""A listener that has asked nothing for this time is not waited for. Listeners ask every 5 seconds or more often."""
RECHECK_SECONDS = 0.1

log = structlog.get_logger()


class RevocationFeedService:
    """It opens its own transactions, because it holds no connection while it waits."""

    def __init__(self, resources: AuthResources) -> None:
        self._sessions = resources.sessions
        self._signal = resources.revocation_signal

    async def read(self, since: int | None, *, wait: float, listener: UUID | None) -> Revocations:
        """The revocations after `since`; when there are none, as soon as there is one, or after `wait` seconds."""
        if listener:
            # Committed before the feed is read: a change that does not see the listener is seen by it.
            await self._note(listener, since or 0)
        until = asyncio.get_running_loop().time() + wait
        while True:
            revoked = self._signal.revoked.next
            async with transaction(self._sessions) as session:
                news = await Stores(session).revocations.list_since(since)
            left = until - asyncio.get_running_loop().time()
            if self._signal.is_stopping:
                return news
            if since is None or news.events or news.reset or left <= 0:
                return news.model_copy(update={"waits": wait > 0})
            await is_set_within(revoked, left if self._signal.is_listening else min(left, CHECK_SECONDS))

    async def forget(self, listener: UUID) -> None:
        async with transaction(self._sessions) as session:
            await Stores(session).listeners.forget(listener)
        self._signal.read.wake()

    async def wait_for_listeners(self, seq: int) -> None:
        """Return when all listeners have read the revocation `seq`, or after MAX_LISTENERS_WAIT_SECONDS. Raises nothing."""
        self._signal.revoked.wake()
        until = asyncio.get_running_loop().time() + MAX_LISTENERS_WAIT_SECONDS
        try:
            while True:
                read = self._signal.read.next
                if not await self._is_behind(seq):
                    return
                left = until - asyncio.get_running_loop().time()
                if left <= 0:
                    log.warning("revocation_not_read_everywhere", seq=seq)
                    return
                await is_set_within(read, min(left, RECHECK_SECONDS))
        except AppError as error:
            log.warning("revocation_not_awaited", seq=seq, error=str(error))

    async def _note(self, listener: UUID, position: int) -> None:
        async with transaction(self._sessions) as session:
            await Stores(session).listeners.note(listener, position)
        self._signal.read.wake()

    async def _is_behind(self, seq: int) -> bool:
        async with transaction(self._sessions) as session:
            return await Stores(session).listeners.is_behind(seq, seen_within=LISTENER_TTL)
