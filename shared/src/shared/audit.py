"""Sends events to the audit trail that are not written in a transaction of `auth`, mainly refusals.

Requests do not wait for it. Equal events are counted and sent as one, so that a flood of refusals becomes few rows.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from shared.caller import current
from shared.errors import AppError, Forbidden, TooManyRequests, Unauthenticated, Unavailable
from shared.networks import network_of
from shared.schemas.audit import MAX_TARGET, AuditEvent, Caller, Outcome

FLUSH_SECONDS = 2.0
MAX_WAITING_EVENTS = 900
MAX_WAITING_REFUSALS = 600
"""The rest of the room is for what was done."""
MAX_WAITING_REFUSALS_OF_USER = 100
"""Distinct refusals of one user; further ones are counted by reason."""
MAX_WAITING_NETWORKS = 20
"""Refusals of unknown callers by network and reason; further ones are counted by reason."""

Send = Callable[[list[AuditEvent]], Awaitable[None]]

log = structlog.get_logger()


@dataclass(slots=True)
class _Counted:
    event: AuditEvent
    times: int = 1


class AuditQueue:
    def __init__(self, service: str, send: Send) -> None:
        self._service = service
        self._send = send
        self._empty()

    def _empty(self) -> None:
        self._waiting: dict[tuple[Any, ...], _Counted] = {}
        self._refusals: Counter[UUID] = Counter()
        """Waiting refusals by user."""
        self._networks = 0
        """Waiting refusals of unknown callers, by network and reason."""
        self._dropped = 0

    def put(
        self, action: str, target: str = "", *, outcome: Outcome = Outcome.DONE, reason: str = "", **details: Any
    ) -> None:
        """Add an event about the caller of this request. `details`: no secrets. Equal events are counted as one.

        Anybody can be refused with any path, so refusals of an unknown caller have no target and the caller's network instead
        of the address. Their room is apart from that of known callers.
        """
        event = AuditEvent(
            service=self._service,
            action=action[:100],
            outcome=outcome,
            target=target[:MAX_TARGET].replace("\x00", "").encode(errors="replace").decode(),
            reason=reason,
            details=details,
            caller=current(),
        )
        if outcome is Outcome.DONE:
            self._count(event, has_room=len(self._waiting) < MAX_WAITING_EVENTS)
        elif event.caller.user_id is None:
            self._count_unknown(event)
        else:
            self._count_refusal(event, event.caller.user_id)

    def _count_refusal(self, event: AuditEvent, user_id: UUID) -> None:
        if _same(event) not in self._waiting:
            if self._refusals[user_id] >= MAX_WAITING_REFUSALS_OF_USER:
                event = event.model_copy(update={"target": ""})
            else:
                self._refusals[user_id] += 1
        self._count(event, has_room=len(self._waiting) < MAX_WAITING_REFUSALS)

    def _count_unknown(self, event: AuditEvent) -> None:
        network = network_of(event.caller.address)
        caller = event.caller.model_copy(update={"address": network})
        event = event.model_copy(update={"target": "", "caller": caller})
        if _same(event) not in self._waiting:
            if self._networks >= MAX_WAITING_NETWORKS:
                event = event.model_copy(update={"caller": Caller()})
            else:
                self._networks += 1
        self._count(event, has_room=True)

    def _count(self, event: AuditEvent, *, has_room: bool) -> None:
        same = _same(event)
        if counted := self._waiting.get(same):
            counted.times += 1
        elif has_room:
            self._waiting[same] = _Counted(event)
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
        waiting, dropped = self._waiting, self._dropped
        if not waiting:
            return
        self._empty()
        events = [
            each.event.model_copy(update={"details": {**each.event.details, "times": each.times}})
            if each.times > 1
            else each.event
            for each in waiting.values()
        ]
        if dropped:
            events.append(AuditEvent(service=self._service, action="Audit.Dropped", details={"times": dropped}))
        await self._send_or_halve(events)

    async def _send_or_halve(self, events: list[AuditEvent]) -> None:
        """Send events. If they are refused, each half is sent alone, so that one bad event takes no other with it."""
        try:
            await self._send(events)
        except Exception as error:  # noqa: BLE001 – whatever is wrong with one event, the others are sent
            is_outage = isinstance(error, Unavailable) and error.peer_slug != "internal"
            if is_outage or len(events) == 1:
                log.warning("audit_events_lost", count=len(events), error=str(error) or type(error).__name__)
                return
            half = len(events) // 2
            await self._send_or_halve(events[:half])
            await self._send_or_halve(events[half:])


def _same(event: AuditEvent) -> tuple[Any, ...]:
    """Equal for events that are counted as one."""
    caller = event.caller
    details = tuple(sorted(event.details.items()))
    return event.action, event.outcome, event.target, event.reason, details, caller.user_id, caller.address
