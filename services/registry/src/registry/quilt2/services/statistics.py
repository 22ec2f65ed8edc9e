"""Statistics of events: series by week, the audit, and sums."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from registry.quilt2.db.events import EventStore
from registry.quilt2.db.packages import Quilt2PackageStore
from registry.quilt2.errors import Quilt2PackageNotFound
from registry.quilt2.events import KINDS, Event, EventQueue
from registry.quilt2.services.callers import Quilt2Caller, flags
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Invalid
from shared.runtime import supervised
from shared.schemas.user import User

WEEKS = 52
_WORDS = {"INSTALL": "installs", "PREVIEW": "previews", "PUSH": "pushes", "DELETE": "deletes"}

Json = dict[str, Any]


class StatisticsService:
    def __init__(self, sessions: Sessions, events: EventQueue) -> None:
        self._sessions = sessions
        self._events = events

    async def flush(self) -> None:
        """Write the events in the queue."""
        async with self._events.writing:
            waiting = self._events.take()
            if not waiting:
                return
            try:
                async with transaction(self._sessions) as session:
                    await EventStore(session).add(waiting)
            except BaseException:
                self._events.put_back(waiting)
                raise

    async def series(self, caller: Quilt2Caller, owner: str, name: str, kind: str) -> Json:
        """Events of one kind by week, over the past year."""
        wanted = kind.upper()
        if wanted not in KINDS:
            raise Invalid("Event type incorrectly specified.")
        await self.flush()
        end = _next_monday(datetime.now(UTC))
        start = end - timedelta(weeks=WEEKS)
        async with transaction(self._sessions) as session:
            if await Quilt2PackageStore(session).find(owner, name, caller.readers) is None:
                raise Quilt2PackageNotFound("Package does not exist.")
            counts = await EventStore(session).weeks(owner, name, wanted)
        weeks = [0] * WEEKS
        for monday, count in counts.items():
            if monday >= start.date():
                weeks[min((monday - start.date()).days // 7, WEEKS - 1)] += count
        return {
            "startDate": int(start.timestamp()),
            "endDate": int(end.timestamp()),
            "frequency": "week",
            "timeSeries": weeks,
            "total": sum(counts.values()),
        }

    async def of_user(self, user: str) -> Json:
        await self.flush()
        async with transaction(self._sessions) as session:
            return {"events": [_event(each) for each in await EventStore(session).of_user(user)]}

    async def of_package(self, owner: str, name: str) -> Json:
        await self.flush()
        async with transaction(self._sessions) as session:
            return {"events": [_event(each) for each in await EventStore(session).of_package(owner, name)]}

    async def packages_of(self, owner: str) -> Json:
        async with transaction(self._sessions) as session:
            found = await Quilt2PackageStore(session).of_owner(owner, None)
        return {"packages": [{"name": each.name, **flags(each)} for each in found]}

    async def users(self, users: list[User]) -> Json:
        """Packages, events and status of each user."""
        await self.flush()
        async with transaction(self._sessions) as session:
            owned = await Quilt2PackageStore(session).counts()
            done = await EventStore(session).by_user()
        shown: dict[str, Json] = {}
        for user in users:
            counts = dict.fromkeys(_WORDS.values(), 0)
            seen = user.last_login or user.created_at
            for kind, count, latest in done.get(user.name, ()):
                counts[_WORDS[kind]] = count
                seen = max(seen, latest)
            shown[user.name] = {
                "packages": owned.get(user.name, 0),
                **counts,
                "status": "active" if user.is_active else "disabled",
                "last_seen": seen.isoformat(),
                "is_admin": user.is_admin,
            }
        return {"users": shown}

    async def summary(self) -> Json:
        await self.flush()
        async with transaction(self._sessions) as session:
            found = await EventStore(session).summary()
        packages: dict[str, Json] = {}
        for name, kind, count, latest in found:
            sums = packages.setdefault(name, {word: {"count": 0} for word in _WORDS.values()})
            sums[_WORDS[kind]] = {"count": count, "latest": latest.timestamp()}
        return {"packages": packages}


def _next_monday(now: datetime) -> datetime:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday())


def _event(each: Event) -> Json:
    return {
        "created": each.created.timestamp(),
        "user": each.user or "",  # clients print it in a table of strings
        "type": each.kind,
        "package_owner": each.owner,
        "package_name": each.name,
        "package_hash": each.hash,
        "extra": each.extra,
    }


FLUSH_SECONDS = 1.0

log = structlog.get_logger()


@asynccontextmanager
async def flushing(sessions: Sessions, events: EventQueue) -> AsyncIterator[None]:
    """Write the events in the queue every FLUSH_SECONDS, and once more at the end."""
    statistics = StatisticsService(sessions, events)

    async def flush_repeatedly() -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            try:
                await statistics.flush()
            except AppError as error:
                log.warning("events_not_written", reason=str(error))

    try:
        async with supervised(flush_repeatedly, restart_seconds=FLUSH_SECONDS):
            yield
    finally:
        with suppress(AppError):
            await statistics.flush()
