"""Mails to be sent. A replica takes one under a lease; when the lease ends, any replica may take it again.

A mail that was set aside has a `failure`: it is never due again, and stays until it is pruned.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import MailRow


@dataclass(frozen=True, slots=True)
class Mail:
    id: int
    kind: str
    email: str
    details: dict[str, Any]
    created_at: datetime
    tries: int
    """Number of tries, including the present one."""


class MailStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, kind: str, email: str, details: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        self._session.add(MailRow(kind=kind, email=email, details=details, created_at=now, due_at=now, tries=0))
        await self._session.flush()

    async def take(self, lease: timedelta) -> Mail | None:
        """Take the mail that is due longest, under a lease; None if none is due."""
        now = datetime.now(UTC)
        waiting = MailRow.failure.is_(None)
        due = select(MailRow.id).where(waiting, MailRow.due_at <= now).order_by(MailRow.due_at).limit(1)
        query = (
            update(MailRow)
            .where(MailRow.id == due.with_for_update(skip_locked=True).scalar_subquery())
            .values(due_at=now + lease, tries=MailRow.tries + 1)
            .returning(MailRow.id, MailRow.kind, MailRow.email, MailRow.details, MailRow.created_at, MailRow.tries)
        )
        found = (await self._session.execute(query)).one_or_none()
        return Mail(*found) if found else None

    async def put_off(self, mail_id: int, wait: timedelta) -> None:
        due_at = datetime.now(UTC) + wait
        await self._session.execute(update(MailRow).where(MailRow.id == mail_id).values(due_at=due_at))

    async def set_aside(self, mail_id: int, failure: str) -> None:
        await self._session.execute(update(MailRow).where(MailRow.id == mail_id).values(failure=failure))

    async def count_by_state(self) -> dict[str, int]:
        """Numbers of mails that are `waiting`, and of those that were `set_aside`."""
        query = select(func.count().filter(MailRow.failure.is_(None)), func.count(MailRow.failure))
        waiting, set_aside = (await self._session.execute(query)).one()
        return {"waiting": waiting, "set_aside": set_aside}

    async def remove(self, mail_id: int) -> None:
        await self._session.execute(delete(MailRow).where(MailRow.id == mail_id))

    async def prune(self, *, made_before: datetime) -> None:
        """Delete mails that were never sent, for example because there is no mail server any more."""
        await self._session.execute(delete(MailRow).where(MailRow.created_at < made_before))
