"""Events of packages: who did what and when. They stay when the package is deleted."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.quilt2.db.tables import EventRow, EventWeekRow
from registry.quilt2.events import Event

_ADD = text("""
    INSERT INTO registry.quilt2_event (kind, owner, name, "user", hash, extra, created)
    SELECT kind, owner, name, "user", hash, CAST(extra AS jsonb), created
    FROM unnest(
        CAST(:kinds AS text[]), CAST(:owners AS text[]), CAST(:names AS text[]), CAST(:users AS text[]),
        CAST(:hashes AS text[]), CAST(:extras AS text[]), CAST(:times AS timestamptz[])
    ) AS given (kind, owner, name, "user", hash, extra, created)
""")


class EventStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, events: Sequence[Event]) -> None:
        """One statement for all of them: the trigger adds them up once, in the same order as those of other processes."""
        if not events:
            return
        values = {
            "kinds": [each.kind for each in events],
            "owners": [each.owner for each in events],
            "names": [each.name for each in events],
            "users": [each.user for each in events],
            "hashes": [each.hash for each in events],
            "extras": [None if each.extra is None else json.dumps(each.extra) for each in events],
            "times": [each.created for each in events],
        }
        await self._session.execute(_ADD, values)

    async def of_user(self, user: str) -> list[Event]:
        return await self._all(EventRow.user == user)

    async def of_package(self, owner: str, name: str) -> list[Event]:
        return await self._all(EventRow.owner == owner, EventRow.name == name)

    async def weeks(self, owner: str, name: str, kind: str) -> dict[date, int]:
        """Number of events by Monday."""
        query = select(EventWeekRow.week, EventWeekRow.count).where(
            EventWeekRow.owner == owner, EventWeekRow.name == name, EventWeekRow.kind == kind
        )
        return dict((await self._session.execute(query)).all())

    async def summary(self) -> list[tuple[str, str, int, datetime]]:
        """Package, kind, number of events and time of the last one; deleted packages included."""
        name = EventWeekRow.owner + "/" + EventWeekRow.name
        count = cast(func.sum(EventWeekRow.count), BigInteger)
        query = select(name, EventWeekRow.kind, count, func.max(EventWeekRow.latest)).group_by(name, EventWeekRow.kind)
        return [(row[0], row[1], row[2], row[3]) for row in await self._session.execute(query.order_by(name))]

    async def by_user(self) -> dict[str | None, list[tuple[str, int, datetime]]]:
        """By user: kind, number of events and time of the last one."""
        query = select(EventRow.user, EventRow.kind, func.count(), func.max(EventRow.created))
        found: dict[str | None, list[tuple[str, int, datetime]]] = {}
        for user, kind, count, latest in await self._session.execute(query.group_by(EventRow.user, EventRow.kind)):
            found.setdefault(user, []).append((kind, count, latest))
        return found

    async def _all(self, *which: Any) -> list[Event]:
        return [
            Event(row.kind, row.owner, row.name, row.user, row.hash, row.extra, row.created)
            for row in await self._session.scalars(select(EventRow).where(*which).order_by(EventRow.id))
        ]
