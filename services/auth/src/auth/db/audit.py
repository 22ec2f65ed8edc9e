"""The audit trail: rows are added, read and pruned, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from sqlalchemy import CursorResult, Select, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth.db.tables import AuditRow, table
from shared.db.cursors import decode_cursor, encode_cursor
from shared.errors import InvalidCursor
from shared.schemas.activity import (
    DELETIONS,
    MAX_PACKAGE_EVENTS,
    PackageAction,
    PackageEvent,
    PackageEventQuestion,
    PackageEvents,
)
from shared.schemas.audit import MAX_TARGET, AuditEvent, AuditRecord, Outcome
from shared.schemas.page import Page

BATCH_RECORDS = 500
BATCH_PRUNED_ROWS = 10_000
MAX_ID = (1 << 63) - 1
_PACKAGE_ACTIONS = get_args(PackageAction)
_ADD = insert(table(AuditRow))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions on records; None matches all."""

    action: str | None = None
    """An action or a namespace: `Users` matches `Users.Disable`."""
    outcome: Outcome | None = None
    user: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, events: Sequence[AuditEvent]) -> None:
        if events:
            await self._session.execute(_ADD, [_columns(event) for event in events])

    async def page(self, wanted: AuditFilter, *, after: str | None, limit: int) -> Page[AuditRecord]:
        """A page of records, newest first."""
        query = _filtered(wanted).order_by(AuditRow.id.desc()).limit(limit + 1)
        if after:
            query = query.where(AuditRow.id < _parse_cursor(after))
        rows = list(await self._session.scalars(query))
        more = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
        return Page(items=[_record(row) for row in rows[:limit]], next=more)

    async def list_batch(self, wanted: AuditFilter, *, after: int) -> list[AuditRecord]:
        """The next BATCH_RECORDS records after the id `after`, oldest first; empty at the end."""
        query = _filtered(wanted).where(AuditRow.id > after).order_by(AuditRow.id).limit(BATCH_RECORDS)
        return [_record(row) for row in await self._session.scalars(query)]

    async def package_events(self, question: PackageEventQuestion) -> PackageEvents:
        of_package = (
            select(AuditRow)
            .where(AuditRow.target == f"package:{question.bucket}/{question.name}"[:MAX_TARGET])
            .where(AuditRow.outcome == Outcome.DONE.value, AuditRow.action.in_(_PACKAGE_ACTIONS))
            .order_by(AuditRow.id.desc())
        )
        query = of_package.limit(question.limit)
        if question.before is not None:
            query = query.where(AuditRow.id < question.before)
        made = or_(
            AuditRow.details["top_hash"].as_string().in_(question.top_hashes),
            AuditRow.details["key"].as_string().in_(question.keys),
        )
        makers = of_package.where(made, AuditRow.action.not_in(list(DELETIONS))).limit(MAX_PACKAGE_EVENTS)
        return PackageEvents(
            events=[_package_event(row) for row in await self._session.scalars(query)],
            makers=[_package_event(row) for row in await self._session.scalars(makers)],
        )

    async def prune(self, *, before: datetime) -> int:
        """Delete up to BATCH_PRUNED_ROWS old rows; returns how many there were."""
        old = select(AuditRow.id).where(AuditRow.at < before).order_by(AuditRow.id).limit(BATCH_PRUNED_ROWS)
        done = await self._session.execute(delete(AuditRow).where(AuditRow.id.in_(old)))
        return cast("CursorResult[object]", done).rowcount


def _filtered(wanted: AuditFilter) -> Select[AuditRow]:
    query = select(AuditRow)
    if wanted.action and "." in wanted.action:
        query = query.where(AuditRow.action == wanted.action)
    elif wanted.action:
        query = query.where(AuditRow.action.startswith(f"{wanted.action}.", autoescape=True))
    if wanted.outcome:
        query = query.where(AuditRow.outcome == wanted.outcome.value)
    if wanted.user:
        query = query.where(AuditRow.user == wanted.user)
    if wanted.target:
        query = query.where(AuditRow.target == wanted.target)
    if wanted.since:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditRow.at < wanted.until)
    return query


def _parse_cursor(cursor: str) -> int:
    given: int = decode_cursor(cursor, int)[0]
    if not 0 <= given <= MAX_ID:
        raise InvalidCursor("Malformed cursor")
    return given


def _columns(event: AuditEvent) -> dict[str, object]:
    own = event.model_dump(exclude={"caller", "details", "outcome"})
    return {**own, **event.caller.model_dump(), "outcome": event.outcome.value, "details": event.details}


def _package_event(row: AuditRow) -> PackageEvent:
    return PackageEvent.model_validate(
        {
            "id": row.id,
            "at": row.at,
            "action": row.action,
            "user": row.user,
            "top_hash": row.details.get("top_hash"),
            "key": row.details.get("key"),
        }
    )


def _record(row: AuditRow) -> AuditRecord:
    return AuditRecord(
        id=row.id,
        at=row.at,
        service=row.service,
        action=row.action,
        outcome=Outcome(row.outcome),
        user_id=row.user_id,
        user=row.user,
        credential=row.credential,
        target=row.target,
        reason=row.reason,
        address=row.address,
        user_agent=row.user_agent,
        request_id=row.request_id,
        details=row.details,
    )
