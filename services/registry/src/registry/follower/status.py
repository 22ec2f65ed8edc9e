"""The state of a follower, which it writes into a file for the registry."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ValidationError

STALE_SECONDS = 15.0
"""Age of the state of a follower that does not run any more."""


class FollowerState(StrEnum):
    STARTING = "starting"
    """It looks for an index to start from."""
    LOADING = "loading"
    """It has not had all changes yet."""
    FOLLOWING = "following"
    """It has had all changes."""
    WAITING = "waiting"
    """Postgres or S3 does not answer."""
    ENDED = "ended"


class FollowerStatus(BaseModel):
    state: FollowerState
    written_at: datetime
    pid: int
    position: int = 0
    """Position in the feed of the last commit."""
    head: int = 0
    """Newest position in the feed, as last seen."""
    as_of: datetime | None = None
    """The index has all changes up to this time; None before it first had all."""
    documents: int = 0
    bytes_on_disk: int = 0
    snapshot_position: int | None = None
    """Position of the last snapshot that this follower knows of."""
    snapshot_at: datetime | None = None
    problem: str = ""
    """Reason for which it waits."""

    def lag_seconds(self, now: datetime) -> float | None:
        """Seconds by which the index is behind Postgres; None when that is unknown, because it has never had all changes."""
        if self.as_of is None:
            return None
        return max(0.0, (now - self.as_of).total_seconds())

    def runs(self, now: datetime) -> bool:
        return self.state is not FollowerState.ENDED and now - self.written_at < timedelta(seconds=STALE_SECONDS)


def read_status(file: Path) -> FollowerStatus | None:
    """State of the follower that writes this file; None when no follower has."""
    try:
        return FollowerStatus.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def write_status(file: Path, status: FollowerStatus) -> None:
    fresh = file.with_suffix(".json.new")
    fresh.write_text(status.model_dump_json(), encoding="utf-8")
    fresh.replace(file)


def now() -> datetime:
    return datetime.now(UTC)
