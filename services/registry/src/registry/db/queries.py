"""Queries in SQL: submitted by callers, claimed by workers as jobs are (`registry.services.pushes`)."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, delete, func, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from registry.db.job_turns import CLAIM_LOCK, UNFINISHED, TurnRules, claimable_count, next_job
from registry.db.jobs import MAX_ATTEMPTS, ClaimLost
from registry.db.stored_callers import stored_caller
from registry.db.tables import QueryRow
from registry.errors import QueryFinished, QueryNotFound, QueryUnfinished, SqlCrashed, TooManyQueries
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.errors import InvalidCursor
from shared.queries.result_parts import ResultHead
from shared.queries.types import BoundValue
from shared.schemas.job import FINISHED, JobState
from shared.schemas.page import Page
from shared.schemas.previews import ColumnDescription
from shared.schemas.principal import Principal
from shared.schemas.queries import (
    MAX_SHOWN_REVISIONS,
    QueryKind,
    QueryResult,
    ResultFormat,
    RowDifferenceTotals,
    SourceRevision,
    SqlProblem,
    SqlQuery,
    SqlQuerySource,
)

MAX_UNFINISHED_QUERIES = 50
"""Limit for each owner."""

LEAST_PROGRESS = 0.05
"""Part of a query's work from which on the rest is estimated."""

_KINDS: TypeAdapter[QueryKind] = TypeAdapter(QueryKind)


class PinnedRevision(msgspec.Struct, frozen=True, array_like=True):
    """A revision that a call named."""

    bucket: str
    package: str
    top_hash: str


class ResolvedCall(msgspec.Struct, frozen=True):
    """The revisions and files that a call of a statement named when the query ran."""

    call: str
    revisions: list[PinnedRevision]
    files: int
    bytes: int


class DifferenceSide(msgspec.Struct, frozen=True):
    bucket: str
    package: str
    reference: str
    path: str


class DifferenceRequest(msgspec.Struct, frozen=True):
    base: DifferenceSide
    head: DifferenceSide
    keys: list[str] | None


class QueryRequest(msgspec.Struct, frozen=True):
    """The part of a request that is kept as JSON."""

    parameters: dict[str, BoundValue]
    format: ResultFormat
    limit: int | None
    pinned: list[ResolvedCall] = []
    """Revisions that the calls named when the query ran before: they name the same again."""
    difference: DifferenceRequest | None = None


@dataclass(frozen=True, slots=True)
class NewQuery:
    kind: QueryKind
    sql: str
    request: QueryRequest
    name: str | None = None
    saved_query_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class QueryClaim:
    """A query claimed by a worker, with the token that the worker's writes must name."""

    id: UUID
    token: UUID
    kind: QueryKind
    sql: str
    request: QueryRequest
    caller: Principal
    request_id: str
    trace_parent: str = ""
    given_up: SqlProblem | None = None
    """The query has failed instead, since its workers ended without finishing it."""


@dataclass(frozen=True, slots=True)
class RepeatableQuery:
    """A query as it was asked, and as its calls were resolved."""

    kind: QueryKind
    sql: str
    request: QueryRequest
    name: str | None
    saved_query_id: UUID | None
    resolved: list[ResolvedCall]


@dataclass(slots=True)
class QueryReport:
    """State of a query that its worker writes to the row while it runs."""

    resolved: list[ResolvedCall] | None = None
    head: ResultHead | None = None
    rows: int = 0
    read_bytes: int = 0
    read_files: int = 0
    source_bytes: int = 0
    engine_progress: float | None = None
    seconds: float = 0.0
    saved: set[str] = field(default_factory=set)
    """Fields that the database has already, and that do not change any more."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    rows: int
    bytes: int
    is_cut: bool
    expires_at: datetime
    difference: RowDifferenceTotals | None


_decode_request = msgspec.json.Decoder(QueryRequest).decode
_decode_head = msgspec.json.Decoder(ResultHead).decode
_decode_resolved = msgspec.json.Decoder(list[ResolvedCall]).decode


class QueryStore:
    def __init__(self, session: AsyncSession, max_running_per_owner: int = 1) -> None:
        self._session = session
        self._turns = TurnRules(QueryRow, true(), max_running_per_owner)

    async def add(self, viewer: Principal, new: NewQuery) -> SqlQuery:
        """Raises TooManyQueries."""
        unfinished = select(func.count()).where(QueryRow.owner_id == viewer.user_id, QueryRow.state.in_(UNFINISHED))
        if (await self._session.scalar(unfinished) or 0) >= MAX_UNFINISHED_QUERIES:
            raise TooManyQueries(
                f"You have {MAX_UNFINISHED_QUERIES} unfinished queries: wait until some have ended, or cancel some"
            )
        row = QueryRow(
            id=uuid4(),
            kind=new.kind,
            state=JobState.QUEUED,
            owner_id=viewer.user_id,
            caller=stored_caller(viewer),
            name=new.name,
            saved_query_id=new.saved_query_id,
            sql=new.sql,
            request=msgspec.json.encode(new.request),
            attempts=0,
            cancelling=False,
            rows=0,
            is_cut=False,
            read_bytes=0,
            read_files=0,
            source_bytes=0,
            seconds=0.0,
            created_at=datetime.now(UTC),
        )
        self._session.add(row)
        await self._session.flush()
        return _query_of(row, viewer)

    async def get(self, viewer: Principal, query_id: UUID) -> SqlQuery:
        """Raises QueryNotFound."""
        return _query_of(await self._row(viewer, query_id), viewer)

    async def page(self, viewer: Principal, *, everyones: bool, after: str | None, limit: int) -> Page[SqlQuery]:
        """Queries of the viewer, or of all people; newest first."""
        query = (
            select(QueryRow)
            .options(defer(QueryRow.head, raiseload=True))
            .order_by(QueryRow.created_at.desc(), QueryRow.id.desc())
            .limit(limit + 1)
        )
        if not everyones:
            query = query.where(QueryRow.owner_id == viewer.user_id)
        if after:
            query = query.where(tuple_(QueryRow.created_at, QueryRow.id) < tuple_(*_position_of(after)))
        rows = list(await self._session.scalars(query))
        shown = rows[:limit]
        return Page(
            items=[_query_of(row, viewer, is_listed=True) for row in shown],
            next=encode_cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(rows) > limit else None,
        )

    async def find_repeatable(self, viewer: Principal, query_id: UUID) -> RepeatableQuery:
        """Raises QueryNotFound."""
        row = await self._row(viewer, query_id)
        return RepeatableQuery(
            kind=_KINDS.validate_python(row.kind),
            sql=row.sql,
            request=_decode_request(row.request),
            name=row.name,
            saved_query_id=row.saved_query_id,
            resolved=_resolved_of(row),
        )

    async def cancel(self, viewer: Principal, query_id: UUID) -> SqlQuery:
        """Cancel a queued query at once; a running one when its worker next reads the row. Raises QueryFinished."""
        row = await self._row(viewer, query_id, lock=True)
        match row.state:
            case JobState.QUEUED:
                row.state, row.finished_at = JobState.CANCELLED, datetime.now(UTC)
            case JobState.RUNNING:
                row.cancelling = True
            case JobState.CANCELLED:
                pass
            case _:
                raise QueryFinished(f"The query is already {row.state}")
        await self._session.flush()
        return _query_of(row, viewer)

    async def remove(self, viewer: Principal, query_id: UUID) -> bool:
        """Remove a query that does not run; True if its result must be removed, too. Raises QueryNotFound or QueryUnfinished."""
        row = await self._row(viewer, query_id, lock=True)
        if row.state in UNFINISHED:
            raise QueryUnfinished("The query has not ended yet. Cancel it first")
        await self._session.delete(row)
        return row.result_bytes is not None

    async def count_waiting(self, stale_seconds: float) -> int:
        """Queries that a worker could claim."""
        return await self._session.scalar(claimable_count(stale_seconds, self._turns)) or 0

    async def count_claimed(self, workers: Collection[str]) -> int:
        """Number of running queries that these workers have claimed."""
        query = select(func.count()).where(QueryRow.state == JobState.RUNNING, QueryRow.claimed_by.in_(workers))
        return await self._session.scalar(query) or 0

    async def count_by_state(self) -> dict[str, int]:
        """Numbers of queries by state, with 0 for a state without queries."""
        rows = await self._session.execute(select(QueryRow.state, func.count()).group_by(QueryRow.state))
        counted = {row[0]: row[1] for row in rows}
        return {state: counted.get(state, 0) for state in JobState}

    async def release_jobs_of(self, workers: Collection[str]) -> None:
        """Queue the queries of workers that have ended."""
        await self._session.execute(
            update(QueryRow)
            .where(QueryRow.state == JobState.RUNNING, QueryRow.claimed_by.in_(workers))
            .values(state=JobState.QUEUED, claim=None, claimed_by=None, heartbeat_at=None)
        )

    async def claim(self, worker: str, stale_seconds: float) -> QueryClaim | None:
        """Claim the next query that is queued, or whose last heartbeat is older; None if there is none. Owners take turns."""
        await self._session.execute(CLAIM_LOCK)
        token = uuid4()
        claiming = (
            update(QueryRow)
            .where(QueryRow.id == next_job(stale_seconds, self._turns).scalar_subquery())
            .values(
                state=JobState.RUNNING,
                claim=token,
                claimed_by=worker,
                heartbeat_at=func.now(),
                attempts=QueryRow.attempts + 1,
                started_at=func.coalesce(QueryRow.started_at, func.now()),
            )
            .returning(QueryRow)
        )
        row = await self._session.scalar(claiming)
        if row is None:
            return None
        claim = QueryClaim(
            id=row.id,
            token=token,
            kind=_KINDS.validate_python(row.kind),
            sql=row.sql,
            request=_decode_request(row.request),
            caller=Principal.model_validate(row.caller),
            request_id=row.caller.get("request_id", ""),
            trace_parent=row.caller.get("trace_parent", ""),
        )
        if row.attempts > MAX_ATTEMPTS:
            error = SqlCrashed(f"The query's worker ended {MAX_ATTEMPTS} times without finishing it")
            problem = SqlProblem(**error.problem().model_dump())
            await self.fail(claim, problem)
            return replace(claim, given_up=problem)
        return claim

    async def beat(self, claim: QueryClaim, report: QueryReport) -> bool:
        """Write a heartbeat and what is known; True if the owner wants the query cancelled. Raises ClaimLost."""
        cancelling = await self._session.scalar(
            update(QueryRow)
            .where(_held(claim))
            .values(heartbeat_at=func.now(), **_reported(report))
            .returning(QueryRow.cancelling)
        )
        if cancelling is None:
            raise ClaimLost
        return bool(cancelling)

    async def finish(self, claim: QueryClaim, result: StoredResult) -> None:
        """Raises ClaimLost."""
        await self._end(
            claim,
            JobState.DONE,
            rows=result.rows,
            is_cut=result.is_cut,
            result_bytes=result.bytes,
            expires_at=result.expires_at,
            difference=result.difference.model_dump() if result.difference else None,
            problem=None,
        )

    async def fail(self, claim: QueryClaim, problem: SqlProblem) -> None:
        """Raises ClaimLost."""
        await self._end(claim, JobState.FAILED, problem=problem.model_dump())

    async def mark_cancelled(self, claim: QueryClaim) -> None:
        """Raises ClaimLost."""
        await self._end(claim, JobState.CANCELLED, cancelling=False)

    async def release(self, claim: QueryClaim) -> None:
        """Queue the query again. The attempt does not count, since only its worker had to stop. Raises ClaimLost."""
        await self._write(
            claim,
            state=JobState.QUEUED,
            claim=None,
            claimed_by=None,
            heartbeat_at=None,
            attempts=QueryRow.attempts - 1,
        )

    async def find_expired(self, limit: int) -> list[UUID]:
        """Queries whose results must be removed."""
        query = select(QueryRow.id).where(QueryRow.expires_at <= func.now(), QueryRow.result_bytes.is_not(None))
        return list(await self._session.scalars(query.limit(limit)))

    async def mark_removed(self, query_ids: Sequence[UUID]) -> None:
        """The results of these queries are gone, and so are the rows that were shown first."""
        await self._session.execute(
            update(QueryRow).where(QueryRow.id.in_(query_ids)).values(result_bytes=None, head=None)
        )

    async def find_known(self, query_ids: Collection[UUID]) -> set[UUID]:
        """The queries of these that have a result, or may be about to have one."""
        query = select(QueryRow.id).where(
            QueryRow.id.in_(query_ids), or_(QueryRow.result_bytes.is_not(None), QueryRow.state.in_(UNFINISHED))
        )
        return set(await self._session.scalars(query))

    async def remove_old(self, days: float) -> int:
        """Remove the queries without results that ended more than `days` ago; the number of them."""
        before = datetime.now(UTC) - timedelta(days=days)
        removed = await self._session.scalars(
            delete(QueryRow)
            .where(QueryRow.finished_at < before, QueryRow.result_bytes.is_(None))
            .returning(QueryRow.id)
        )
        return len(removed.all())

    async def _row(self, viewer: Principal, query_id: UUID, *, lock: bool = False) -> QueryRow:
        query = select(QueryRow).where(QueryRow.id == query_id, _visible(viewer))
        row = await self._session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise QueryNotFound(f"No query {query_id}")
        return row

    async def _end(self, claim: QueryClaim, state: JobState, **values: Any) -> None:
        await self._write(claim, state=state, claim=None, finished_at=func.now(), **values)

    async def _write(self, claim: QueryClaim, /, **values: Any) -> None:
        written = await self._session.scalar(update(QueryRow).where(_held(claim)).values(values).returning(QueryRow.id))
        if written is None:
            raise ClaimLost


def _visible(viewer: Principal) -> ColumnElement[bool]:
    return true() if viewer.is_admin else QueryRow.owner_id == viewer.user_id


def _held(claim: QueryClaim) -> ColumnElement[bool]:
    return (QueryRow.id == claim.id) & (QueryRow.claim == claim.token)


def _reported(report: QueryReport) -> dict[str, Any]:
    values: dict[str, Any] = {
        "rows": report.rows,
        "read_bytes": report.read_bytes,
        "read_files": report.read_files,
        "engine_progress": report.engine_progress,
        "source_bytes": report.source_bytes,
        "seconds": report.seconds,
    }
    if report.resolved is not None and "sources" not in report.saved:
        values["sources"] = zlib.compress(msgspec.json.encode(report.resolved), 1)
        report.saved.add("sources")
    if report.head is not None and "head" not in report.saved:
        values["head"] = msgspec.json.encode(report.head)
        report.saved.add("head")
    return values


def _resolved_of(row: QueryRow) -> list[ResolvedCall]:
    return _decode_resolved(zlib.decompress(row.sources)) if row.sources else []


def _position_of(cursor: str) -> tuple[datetime, UUID]:
    created_at, query_id = decode_cursor(cursor, str, str)
    try:
        return cursor_time(created_at), UUID(query_id)
    except ValueError as error:
        raise InvalidCursor("Malformed cursor") from error


def _query_of(row: QueryRow, viewer: Principal, *, is_listed: bool = False) -> SqlQuery:
    """The rows of others are not shown to administrators, who may not read every package."""
    request = _decode_request(row.request)
    is_own = row.owner_id == viewer.user_id
    head = _decode_head(row.head) if not is_listed and row.head else None
    is_kept = row.result_bytes is not None and row.expires_at is not None and row.expires_at > datetime.now(UTC)
    is_ended = row.state in FINISHED
    return SqlQuery(
        id=row.id,
        kind=_KINDS.validate_python(row.kind),
        state=JobState(row.state),
        name=row.name,
        saved_query_id=row.saved_query_id,
        sql=row.sql,
        parameters={name: bound.value for name, bound in request.parameters.items()},
        limit=request.limit,
        format=request.format,
        created_by=str(row.caller["name"]),
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.finished_at,
        cancelling=row.cancelling and not is_ended,
        sources=[_source_of(resolved) for resolved in _resolved_of(row)],
        columns=[ColumnDescription(**msgspec.structs.asdict(column)) for column in head.columns] if head else None,
        first_rows=head.rows if head and is_own else [],
        rows=row.rows,
        is_cut=row.is_cut,
        read_bytes=row.read_bytes,
        read_files=row.read_files,
        seconds=row.seconds,
        progress=_progress_of(row),
        seconds_left=_seconds_left_of(row),
        difference=RowDifferenceTotals.model_validate(row.difference) if row.difference else None,
        problem=SqlProblem.model_validate(row.problem) if row.problem else None,
        result=_result_of(row, request.format) if is_own and is_kept else None,
    )


def _source_of(resolved: ResolvedCall) -> SqlQuerySource:
    shown = resolved.revisions[:MAX_SHOWN_REVISIONS]
    return SqlQuerySource(
        call=resolved.call,
        revisions=[SourceRevision(**msgspec.structs.asdict(revision)) for revision in shown],
        total_revisions=len(resolved.revisions),
        files=resolved.files,
        bytes=resolved.bytes,
    )


def _progress_of(row: QueryRow) -> float | None:
    if row.state == JobState.DONE:
        return 1.0
    if row.engine_progress is not None:
        return row.engine_progress
    return min(1.0, row.read_bytes / row.source_bytes) if row.source_bytes else None


def _seconds_left_of(row: QueryRow) -> float | None:
    share = row.engine_progress
    if row.state != JobState.RUNNING or share is None or share < LEAST_PROGRESS:
        return None
    return round(row.seconds * (1 - share) / share, 1)


def _result_of(row: QueryRow, wanted: ResultFormat) -> QueryResult:
    assert row.result_bytes is not None and row.expires_at is not None  # noqa: S101, PT018 – the caller has looked
    url = f"/api/v1/queries/{row.id}/result?format={wanted}"
    return QueryResult(url=url, bytes=row.result_bytes, expires_at=row.expires_at)
