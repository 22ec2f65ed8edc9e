"""Sends events to the audit trail that are not written in a transaction of `auth`, mainly refusals.

Requests do not wait for it. Equal events are counted and sent as one, so that a flood of refusals becomes few rows.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from shared.caller import current
from shared.errors import AppError, Forbidden, TooManyRequests, Unauthenticated
from shared.schemas.audit import AuditEvent, Outcome

FLUSH_SECONDS = 2.0
MAX_WAITING_EVENTS = 900

Send = Callable[[list[AuditEvent]], Awaitable[None]]

log = structlog.get_logger()


class AuditQueue:
    def __init__(self, service: str, send: Send) -> None:
        self._service = service
        self._send = send
        self._waiting: dict[tuple[Any, ...], AuditEvent] = {}
        self._times: dict[tuple[Any, ...], int] = {}
        self._dropped = 0

    def put(self, action: str, target: str = "", *, outcome: Outcome = Outcome.DONE, reason: str = "") -> None:
        """Add an event about the caller of this request."""
        event = AuditEvent(
            service=self._service,
            action=action[:100],
            outcome=outcome,
            target=target[:1000].replace("\x00", ""),
            reason=reason,
            caller=current(),
        )
        same = (action, outcome, event.target, reason, event.caller.user_id, event.caller.address)
        if same in self._waiting:
            self._times[same] += 1
        elif len(self._waiting) < MAX_WAITING_EVENTS:
            self._waiting[same] = event
            self._times[same] = 1
        else:
            self._dropped += 1

    def add_refusal(self, error: AppError, target: str) -> None:
        """Add an event if the error is a refusal. `target` is the method and path of the request."""
        match error:
            case Forbidden() | TooManyRequests():
                self.put("Api.Refused", target, outcome=Outcome.REFUSED, reason=error.slug)
            case Unauthenticated():
                self.put("Auth.Token", target, outcome=Outcome.FAILED, reason=error.slug)
            case _:
                pass

    async def run(self, every: float = FLUSH_SECONDS) -> None:
        """Send the waiting events every `every` seconds until cancelled, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(every)
                await self.flush()
        finally:
            await self.flush()

    async def flush(self) -> None:
        waiting, times, dropped = self._waiting, self._times, self._dropped
        if not waiting:
            return
        self._waiting, self._times, self._dropped = {}, {}, 0
        events = [
            event.model_copy(update={"details": {"times": times[same]}}) if times[same] > 1 else event
            for same, event in waiting.items()
        ]
        if dropped:
            events.append(AuditEvent(service=self._service, action="Audit.Dropped", details={"times": dropped}))
        try:
            await self._send(events)
        except AppError as error:
            log.warning("audit_events_lost", count=len(events) + dropped, error=str(error))
