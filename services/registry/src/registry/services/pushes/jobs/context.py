"""A job in the hands of whoever does it: how far it is, and what must outlive an interruption."""

from collections.abc import Sequence
from typing import Any

from registry.db.jobs import JobClaim, JobStore
from shared.db.engine import Sessions, transaction
from shared.index.store import IndexStore
from shared.schemas.job import Progress


class JobContext:
    """What it writes raises ClaimLost when the job is in other hands by now."""

    def __init__(self, sessions: Sessions, claim: JobClaim) -> None:
        self.sessions = sessions
        self.claim = claim
        self.checkpoint: dict[str, Any] = dict(claim.checkpoint)
        self.progress: Progress | None = None
        self.is_final = False
        """It has begun to show its result: it can no longer be cancelled."""

    def set_progress(self, stage: str, done: int, total: int | None, unit: str) -> None:
        self.progress = Progress(stage=stage, done=done, total=total, unit=unit)

    async def save_checkpoint(self, **checkpoint: Any) -> None:
        """Instead of what was remembered before."""
        async with transaction(self.sessions) as session:
            await JobStore(session).remember(self.claim, checkpoint)
        self.checkpoint = checkpoint

    async def find_outcomes(self, first: int, end: int) -> dict[int, list[Any]]:
        """What was done before an interruption, by position."""
        async with transaction(self.sessions) as session:
            return await JobStore(session).items(self.claim, first, end)

    async def keep_outcomes(self, outcomes: Sequence[tuple[int, list[Any]]]) -> None:
        async with transaction(self.sessions) as session:
            await JobStore(session).put_items(self.claim, outcomes)

    async def fetch_nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        """Of package trees."""
        async with transaction(self.sessions) as session:
            return await IndexStore(session).nodes(wanted)
