"""Ends an exchange whose caller has left, or takes no more bytes.

Nearly all exchanges end before anybody leaves. So the watch begins after WATCH_DELAY_SECONDS, and costs a timer until then.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from s3proxy.services.bodies import CallerBody, CallerLeft, CallerStalled
from shared.concurrency import cancelled

WATCH_DELAY_SECONDS = 0.05


class CallerWatch:
    def __init__(self, body: CallerBody, *, idle_seconds: float) -> None:
        self._body = body
        self._idle_seconds = idle_seconds
        self._reason: type[CallerLeft | CallerStalled] | None = None
        self._watching: asyncio.Task[None] | None = None
        self.sending_since: float | None = None
        """`time.monotonic()` when the bytes were offered that the caller has not taken yet."""
        self.has_whole_answer = False
        """Nothing more will be read for the caller, so nothing is saved when the exchange ends early."""

    async def run(self, exchange: Coroutine[Any, Any, None]) -> None:
        """Run the exchange; raises CallerLeft or CallerStalled if it was ended because of that."""
        try:
            async with asyncio.timeout(None) as limit:
                timer = asyncio.get_running_loop().call_later(WATCH_DELAY_SECONDS, self._begin, limit)
                try:
                    await exchange
                finally:
                    timer.cancel()
                    if self._watching is not None:
                        await cancelled(self._watching)
        except TimeoutError:
            if limit.expired() and self._reason is not None:
                raise self._reason from None
            raise

    def _begin(self, limit: asyncio.Timeout) -> None:
        self._watching = asyncio.create_task(self._watch(limit))

    async def _watch(self, limit: asyncio.Timeout) -> None:
        departure = asyncio.create_task(self._body.disconnected())
        try:
            while not departure.done() and self._seconds_left() > 0:
                await asyncio.wait((departure,), timeout=self._seconds_left())
        finally:
            await cancelled(departure)
        is_stalled = self._seconds_left() <= 0
        if is_stalled or not self.has_whole_answer:
            self._reason = CallerStalled if is_stalled else CallerLeft
            limit.reschedule(asyncio.get_running_loop().time())

    def _seconds_left(self) -> float:
        if self.sending_since is None:
            return self._idle_seconds
        return self.sending_since + self._idle_seconds - time.monotonic()
