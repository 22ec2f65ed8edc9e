"""Tells an object that S3 cannot give from an outage of S3: a job waits for the end of an outage only."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from registry.services.pushes.jobs.context import JobContext
from shared.aws.objects import ObjectStore, ObjectUnreadable, Throttled
from shared.errors import Unavailable

_TRIES = 2
"""A blip that ended before the question is no fault of the object."""

T = TypeVar("T")


async def for_one_object(job: JobContext, store: ObjectStore, call: Callable[[], Awaitable[T]]) -> T:
    """The result of a call that transfers one object. Raises ObjectUnreadable if it fails while S3 and the database respond."""
    failed: Unavailable | None = None
    for _ in range(_TRIES):
        try:
            return await call()
        except Throttled:
            raise
        except Unavailable as error:
            failed = error
        await store.ping()
        await job.require_database()
    raise ObjectUnreadable(f"S3 fails for this object alone: {failed}") from failed
