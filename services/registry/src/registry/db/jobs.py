"""Jobs: submitted by callers, claimed by workers. See `registry.services.pushes` for the protocol."""

import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, delete, func, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from registry.db.job_turns import CLAIM_LOCK, UNFINISHED, claimable_count, next_job
from registry.db.stored_callers import stored_caller
from registry.db.tables import JobItemRow, JobRow
from registry.errors import JobFinished, JobNotFound, JobUnfinished, KeyReused, TooManyJobs
from shared.concurrency import run_by_size
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.errors import InvalidCursor, Unavailable
from shared.schemas.job import FINISHED, Job, JobKind, JobResult, JobState, Progress
from shared.schemas.page import Page
from shared.schemas.principal import Principal
from shared.schemas.problem import Problem

MAX_UNFINISHED_JOBS = 200
"""Limit for each owner."""
MAX_ATTEMPTS = 5
"""Number of attempts that the end of their workers may interrupt."""

_KINDS: TypeAdapter[JobKind] = TypeAdapter(JobKind)


@dataclass(frozen=True, slots=True)
class NewJob:
    kind: JobKind
    bucket: str
    name: str
    request: bytes
    """JSON."""
    idempotency_key: str | None = None
    objects: int = 0
    """Number of objects that the job reads or copies, as far as the request tells."""
    asked: bytes | None = None
    """JSON of what the caller asked, with the reference of the base instead of its top hash. It stays the same when the request
    is repeated, while the reference may have moved. None: as `request`."""

    @property
    def digests(self) -> tuple[bytes, bytes]:
        """Hashes by which a repeated request is recognised: the one that is kept, and the one that older releases kept."""
        target = f"{self.kind}\n{self.bucket}\n{self.name}\n".encode()
        asked, request = (hashlib.sha256(target + body).digest() for body in (self.asked or self.request, self.request))
        return asked, request

    @property
    def packed_request(self) -> bytes:
        return zlib.compress(self.request, 1)


@dataclass(frozen=True, slots=True)
class JobClaim:
    """A job claimed by a worker, with the token that the worker's writes must name."""

    id: UUID
    token: UUID
    kind: JobKind
    bucket: str
    name: str
    caller: Principal
    request: bytes
    checkpoint: dict[str, Any]
    request_id: str = ""
    """Id of the HTTP request that submitted or resumed it; empty for jobs of older releases."""
    trace_parent: str = ""
    """Trace of that request; empty when it was not traced."""


class ClaimLost(Exception):
    """The job no longer has this claim's token: another worker claimed it, or it was queued again or has ended."""


class JobStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, viewer: Principal, new: NewJob) -> Job:
        """The new job, or the present one with the same idempotency key.

        Raises KeyReused if the key belongs to another request, and TooManyJobs.
        """
        digest, older_digest, packed = await run_by_size(len(new.request), lambda: (*new.digests, new.packed_request))
        unfinished = select(func.count()).where(JobRow.owner_id == viewer.user_id, JobRow.state.in_(UNFINISHED))
        if (await self._session.scalar(unfinished) or 0) >= MAX_UNFINISHED_JOBS:
            raise TooManyJobs(
                f"You have {MAX_UNFINISHED_JOBS} unfinished jobs: wait until some are finished, or cancel some"
            )
        row = {
            "id": uuid4(),
            "kind": new.kind,
            "state": JobState.QUEUED,
            "bucket": new.bucket,
            "name": new.name,
            "owner_id": viewer.user_id,
            "caller": stored_caller(viewer),
            "request": packed,
            "request_digest": digest,
            "objects": new.objects,
            "idempotency_key": new.idempotency_key,
            "attempts": 0,
            "cancelling": False,
            "checkpoint": {},
            "created_at": datetime.now(UTC),
        }
        adding = insert(JobRow).values(row).on_conflict_do_nothing(index_elements=["owner_id", "idempotency_key"])
        added = await self._session.scalar(adding.returning(JobRow.id))
        if added is None:
            before = await self._session.execute(
                select(JobRow.id, JobRow.request_digest).where(
                    JobRow.owner_id == viewer.user_id, JobRow.idempotency_key == new.idempotency_key
                )
            )
            found = before.first()
            if found is None:  # it was removed between the two statements
                raise Unavailable(f"The job with the idempotency key {new.idempotency_key} is being removed; try again")
            added, present_digest = found
            if present_digest not in {digest, older_digest}:
                raise KeyReused(f"The idempotency key {new.idempotency_key} was used for another request")
        return await self.get(viewer, added)

    async def find_repeated(self, viewer: Principal, new: NewJob) -> Job | None:
        """The job that the same request with the same idempotency key submitted before."""
        asked, _ = new.digests
        query = select(JobRow.id).where(
            JobRow.owner_id == viewer.user_id,
            JobRow.idempotency_key == new.idempotency_key,
            JobRow.request_digest == asked,
        )
        job_id = await self._session.scalar(query)
        return await self.get(viewer, job_id) if job_id else None

    async def get(self, viewer: Principal, job_id: UUID) -> Job:
        return _job_of(await self._row(viewer, job_id))

    async def page(
        self, viewer: Principal, *, everybodys: bool, state: JobState | None, after: str | None, limit: int
    ) -> Page[Job]:
        """Jobs of the viewer, or of all owners if `everybodys`; newest first."""
        query = _rows().order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit + 1)
        if not everybodys:
            query = query.where(JobRow.owner_id == viewer.user_id)
        if state:
            query = query.where(JobRow.state == state)
        if after:
            query = query.where(tuple_(JobRow.created_at, JobRow.id) < tuple_(*_position_of(after)))
        rows = list(await self._session.scalars(query))
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            items=[_job_of(row) for row in rows],
            next=encode_cursor(rows[-1].created_at.isoformat(), str(rows[-1].id)) if more else None,
        )

    async def cancel(self, viewer: Principal, job_id: UUID) -> Job:
        """Cancel a queued job at once; a running one when its worker next reads the row. Raises JobFinished."""
        row = await self._row(viewer, job_id, lock=True)
        if row.state in {JobState.DONE, JobState.FAILED}:
            raise JobFinished(f"The job is already {row.state}")
        if row.state == JobState.QUEUED:
            row.state, row.finished_at = JobState.CANCELLED, datetime.now(UTC)
        elif row.state == JobState.RUNNING:
            row.cancelling = True
        await self._session.flush()
        return _job_of(row)

    async def resume(self, viewer: Principal, job_id: UUID) -> Job:
        """Queue a failed or cancelled job again; it continues from its checkpoint.

        If the viewer is its owner, it runs in the viewer's present session. Raises JobUnfinished.
        """
        row = await self._row(viewer, job_id, lock=True)
        if row.state not in {JobState.FAILED, JobState.CANCELLED}:
            raise JobUnfinished(f"The job is {row.state}: only failed and cancelled ones can be resumed")
        if row.owner_id == viewer.user_id:
            row.caller = stored_caller(viewer)
        row.state, row.attempts, row.cancelling = JobState.QUEUED, 0, False
        row.problem, row.finished_at = None, None
        await self._session.flush()
        return _job_of(row)

    async def count_waiting(self, stale_seconds: float) -> int:
        """Jobs that a worker could claim."""
        return await self._session.scalar(claimable_count(stale_seconds)) or 0

    async def count_by_state(self) -> dict[str, int]:
        """Numbers of jobs by state, with 0 for a state without jobs."""
        rows = await self._session.execute(select(JobRow.state, func.count()).group_by(JobRow.state))
        counted = {row[0]: row[1] for row in rows}
        return {state: counted.get(state, 0) for state in JobState}

    async def count_claimed(self, workers: Collection[str]) -> int:
        """Number of running jobs that these workers have claimed."""
        query = select(func.count()).where(JobRow.state == JobState.RUNNING, JobRow.claimed_by.in_(workers))
        return await self._session.scalar(query) or 0

    async def release_jobs_of(self, workers: Collection[str]) -> None:
        """Queue the jobs of workers that have ended."""
        await self._session.execute(
            update(JobRow)
            .where(JobRow.state == JobState.RUNNING, JobRow.claimed_by.in_(workers))
            .values(state=JobState.QUEUED, claim=None, claimed_by=None, heartbeat_at=None)
        )

    async def claim(self, worker: str, stale_seconds: float) -> JobClaim | None:
        """Claim the next job that is queued, or whose last heartbeat is older; None if there is none.

        Owners take turns: see `registry.db.job_turns`.
        """
        await self._session.execute(CLAIM_LOCK)
        token = uuid4()
        claiming = (
            update(JobRow)
            .where(JobRow.id == next_job(stale_seconds).scalar_subquery())
            .values(
                state=JobState.RUNNING,
                claim=token,
                claimed_by=worker,
                heartbeat_at=func.now(),
                attempts=JobRow.attempts + 1,
                started_at=func.coalesce(JobRow.started_at, func.now()),
            )
            .returning(JobRow)
        )
        row = await self._session.scalar(claiming)
        if row is None:
            return None
        claim = JobClaim(
            id=row.id,
            token=token,
            kind=_kind(row.kind),
            bucket=row.bucket,
            name=row.name,
            caller=Principal.model_validate(row.caller),
            request=await run_by_size(len(row.request), zlib.decompress, row.request),
            checkpoint=row.checkpoint,
            request_id=row.caller.get("request_id", ""),
            trace_parent=row.caller.get("trace_parent", ""),
        )
        if row.attempts > MAX_ATTEMPTS:
            problem = JobUnfinished(f"The job's worker ended {MAX_ATTEMPTS} times without finishing it").problem()
            await self.fail(claim, problem)
            return None
        return claim

    async def beat(self, claim: JobClaim, progress: Progress | None) -> bool:
        """Write a heartbeat and the progress; True if the owner wants the job cancelled. Raises ClaimLost."""
        values: dict[str, Any] = {"heartbeat_at": func.now()}
        if progress:
            values["progress"] = progress.model_dump()
        cancelling = await self._session.scalar(
            update(JobRow).where(_held(claim)).values(values).returning(JobRow.cancelling)
        )
        if cancelling is None:
            raise ClaimLost
        return bool(cancelling)

    async def save_checkpoint(self, claim: JobClaim, checkpoint: Mapping[str, Any]) -> None:
        """Replace the checkpoint. Raises ClaimLost."""
        await self._write(claim, checkpoint=dict(checkpoint))

    async def finish(self, claim: JobClaim, result: JobResult) -> None:
        """Raises ClaimLost."""
        await self._end(claim, JobState.DONE, result=result.model_dump(), problem=None)
        await self._session.execute(delete(JobItemRow).where(JobItemRow.job_id == claim.id))

    async def fail(self, claim: JobClaim, problem: Problem) -> None:
        """Raises ClaimLost."""
        await self._end(claim, JobState.FAILED, problem=problem.model_dump())

    async def mark_cancelled(self, claim: JobClaim) -> None:
        """Raises ClaimLost."""
        await self._end(claim, JobState.CANCELLED, cancelling=False)

    async def release(self, claim: JobClaim) -> None:
        """Queue the job again. The attempt does not count, since only its worker had to stop. Raises ClaimLost."""
        await self._write(
            claim, state=JobState.QUEUED, claim=None, claimed_by=None, heartbeat_at=None, attempts=JobRow.attempts - 1
        )

    async def find_outcomes(self, claim: JobClaim, first: int, end: int) -> dict[int, list[Any]]:
        """Outcomes by the entry's position, from `first` up to `end`, exclusively."""
        query = select(JobItemRow.position, JobItemRow.outcome).where(
            JobItemRow.job_id == claim.id, JobItemRow.position >= first, JobItemRow.position < end
        )
        return {row.position: row.outcome for row in await self._session.execute(query)}

    async def save_outcomes(self, claim: JobClaim, outcomes: Sequence[tuple[int, list[Any]]]) -> None:
        """Each is an entry's position and its outcome. The first outcome of a position stays."""
        if outcomes:
            rows = [{"job_id": claim.id, "position": at, "outcome": outcome} for at, outcome in outcomes]
            await self._session.execute(insert(JobItemRow).on_conflict_do_nothing(), rows)

    async def remove_finished(self, days: float) -> int:
        """Remove the jobs that ended more than `days` ago; the number of them."""
        before = datetime.now(UTC) - timedelta(days=days)
        removed = await self._session.scalars(delete(JobRow).where(JobRow.finished_at < before).returning(JobRow.id))
        return len(removed.all())

    async def _row(self, viewer: Principal, job_id: UUID, *, lock: bool = False) -> JobRow:
        query = _rows().where(JobRow.id == job_id, _visible(viewer))
        row = await self._session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise JobNotFound(f"No job {job_id}")
        return row

    async def _end(self, claim: JobClaim, state: JobState, **values: Any) -> None:
        await self._write(claim, state=state, claim=None, finished_at=func.now(), **values)

    async def _write(self, claim: JobClaim, /, **values: Any) -> None:
        written = await self._session.scalar(update(JobRow).where(_held(claim)).values(values).returning(JobRow.id))
        if written is None:
            raise ClaimLost


def _rows() -> Select[JobRow]:
    """Rows without the large columns that only workers read."""
    return select(JobRow).options(defer(JobRow.request, raiseload=True), defer(JobRow.checkpoint, raiseload=True))


def _visible(viewer: Principal) -> ColumnElement[bool]:
    return true() if viewer.is_admin else JobRow.owner_id == viewer.user_id


def _held(claim: JobClaim) -> ColumnElement[bool]:
    return (JobRow.id == claim.id) & (JobRow.claim == claim.token)


def _position_of(cursor: str) -> tuple[datetime, UUID]:
    created_at, job_id = decode_cursor(cursor, str, str)
    try:
        return cursor_time(created_at), UUID(job_id)
    except ValueError as error:
        raise InvalidCursor("Malformed cursor") from error


def _kind(kind: str) -> JobKind:
    return _KINDS.validate_python(kind)


def _job_of(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=_kind(row.kind),
        state=JobState(row.state),
        bucket=row.bucket,
        name=row.name,
        progress=Progress.model_validate(row.progress) if row.progress else None,
        result=JobResult.model_validate(row.result) if row.result else None,
        problem=Problem.model_validate(row.problem) if row.problem else None,
        cancelling=row.cancelling and row.state not in FINISHED,
        created_by=str(row.caller["name"]),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
