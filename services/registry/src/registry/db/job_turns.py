"""Which job is next: owners take turns, so that many or long jobs of one owner do not hold up the jobs of others."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import aliased

from registry.db.tables import JobRow, QueryRow
from shared.schemas.job import JobState

HEAVY_JOB_OBJECTS = 1_000
"""A job that reads or copies as many objects is heavy."""
MAX_CONCURRENT_HEAVY_JOBS = 1
"""Heavy jobs of one owner that run at the same time, in all replicas together."""

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)

CLAIM_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('registry:job_claim', 0))")
"""Claims are made one after another, so that each sees what the owner has running."""


@dataclass(frozen=True, slots=True)
class TurnRules:
    """An owner has at most `max_heavy` heavy jobs running at the same time, in all replicas together."""

    rows: type[JobRow] | type[QueryRow]
    is_heavy: ColumnElement[bool]
    max_heavy: int


JOB_TURNS = TurnRules(JobRow, JobRow.objects >= HEAVY_JOB_OBJECTS, MAX_CONCURRENT_HEAVY_JOBS)


def next_job(stale_seconds: float, rules: TurnRules = JOB_TURNS) -> Select[UUID]:
    """The id of the next job, whose row it locks. The transaction must hold CLAIM_LOCK.

    It is the oldest job of the owner who has the fewest running jobs, and among these of the one whose last job began first.
    """
    rows = rules.rows
    alive = _alive(rows, stale_seconds)
    load = (
        select(
            rows.owner_id,
            func.count().filter(alive).label("running"),
            func.count().filter(alive & rules.is_heavy).label("heavy"),
        )
        .where(rows.state.in_(UNFINISHED))
        .group_by(rows.owner_id)
        .cte("load")
    )
    begun = aliased(rows)
    last_begun = select(func.max(begun.started_at)).where(begun.owner_id == load.c.owner_id).scalar_subquery()
    owners = select(load, last_begun.label("last_begun")).cte("owners")
    return (
        select(rows.id)
        .join(owners, owners.c.owner_id == rows.owner_id)
        .where(_waiting(rows, stale_seconds), or_(~rules.is_heavy, owners.c.heavy < rules.max_heavy))
        .order_by(owners.c.running, owners.c.last_begun.asc().nulls_first(), rows.created_at)
        .limit(1)
        .with_for_update(of=rows, skip_locked=True)
    )


def claimable_count(stale_seconds: float, rules: TurnRules = JOB_TURNS) -> Select[int]:
    """The number of jobs that `next_job` would choose, if as many workers asked at once."""
    rows = rules.rows
    waiting, alive = _waiting(rows, stale_seconds), _alive(rows, stale_seconds)
    per_owner = (
        select(
            func.count().filter(waiting & ~rules.is_heavy).label("light"),
            func.least(
                func.count().filter(waiting & rules.is_heavy),
                func.greatest(rules.max_heavy - func.count().filter(alive & rules.is_heavy), 0),
            ).label("heavy"),
        )
        .where(rows.state.in_(UNFINISHED))
        .group_by(rows.owner_id)
        .subquery()
    )
    return select(func.coalesce(func.sum(per_owner.c.light + per_owner.c.heavy), 0))


def _waiting(rows: type[JobRow] | type[QueryRow], stale_seconds: float) -> ColumnElement[bool]:
    """The job is queued, or its worker has been silent for `stale_seconds`."""
    return or_(rows.state == JobState.QUEUED, and_(rows.state == JobState.RUNNING, _silent(rows, stale_seconds)))


def _alive(rows: type[JobRow] | type[QueryRow], stale_seconds: float) -> ColumnElement[bool]:
    return and_(rows.state == JobState.RUNNING, ~_silent(rows, stale_seconds))


def _silent(rows: type[JobRow] | type[QueryRow], stale_seconds: float) -> ColumnElement[bool]:
    return rows.heartbeat_at < func.now() - timedelta(seconds=stale_seconds)
