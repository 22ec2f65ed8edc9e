"""Which job is next: owners take turns, so that many or long jobs of one owner do not hold up the jobs of others."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import aliased

from registry.db.tables import JobRow
from shared.schemas.job import JobState

HEAVY_JOB_OBJECTS = 1_000
"""A job that reads or copies as many objects is heavy."""
MAX_CONCURRENT_HEAVY_JOBS = 1
"""Heavy jobs of one owner that run at the same time, in all replicas together."""

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)

CLAIM_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('registry:job_claim', 0))")
"""Claims are made one after another, so that each sees what the owner has running."""


def next_job(stale_seconds: float) -> Select[UUID]:
    """The id of the next job, whose row it locks. The transaction must hold CLAIM_LOCK.

    It is the oldest job of the owner who has the fewest running jobs, and among these of the one whose last job began first.
    """
    load = (
        select(
            JobRow.owner_id,
            func.count().filter(_alive(stale_seconds)).label("running"),
            func.count().filter(_alive(stale_seconds) & _heavy()).label("heavy"),
        )
        .where(JobRow.state.in_(UNFINISHED))
        .group_by(JobRow.owner_id)
        .cte("load")
    )
    begun = aliased(JobRow)
    last_begun = select(func.max(begun.started_at)).where(begun.owner_id == load.c.owner_id).scalar_subquery()
    owners = select(load, last_begun.label("last_begun")).cte("owners")
    return (
        select(JobRow.id)
        .join(owners, owners.c.owner_id == JobRow.owner_id)
        .where(_waiting(stale_seconds), or_(~_heavy(), owners.c.heavy < MAX_CONCURRENT_HEAVY_JOBS))
        .order_by(owners.c.running, owners.c.last_begun.asc().nulls_first(), JobRow.created_at)
        .limit(1)
        .with_for_update(of=JobRow, skip_locked=True)
    )


def claimable_count(stale_seconds: float) -> Select[int]:
    """The number of jobs that `next_job` would choose, if as many workers asked at once."""
    per_owner = (
        select(
            func.count().filter(_waiting(stale_seconds) & ~_heavy()).label("light"),
            func.least(
                func.count().filter(_waiting(stale_seconds) & _heavy()),
                func.greatest(MAX_CONCURRENT_HEAVY_JOBS - func.count().filter(_alive(stale_seconds) & _heavy()), 0),
            ).label("heavy"),
        )
        .where(JobRow.state.in_(UNFINISHED))
        .group_by(JobRow.owner_id)
        .subquery()
    )
    return select(func.coalesce(func.sum(per_owner.c.light + per_owner.c.heavy), 0))


def _waiting(stale_seconds: float) -> ColumnElement[bool]:
    """The job is queued, or its worker has been silent for `stale_seconds`."""
    return or_(JobRow.state == JobState.QUEUED, and_(JobRow.state == JobState.RUNNING, _silent(stale_seconds)))


def _alive(stale_seconds: float) -> ColumnElement[bool]:
    return and_(JobRow.state == JobState.RUNNING, ~_silent(stale_seconds))


def _silent(stale_seconds: float) -> ColumnElement[bool]:
    return JobRow.heartbeat_at < func.now() - timedelta(seconds=stale_seconds)


def _heavy() -> ColumnElement[bool]:
    return JobRow.objects >= HEAVY_JOB_OBJECTS
