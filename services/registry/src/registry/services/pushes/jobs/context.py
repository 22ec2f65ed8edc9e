"""The state of a claimed job: its progress, and what must outlive an interruption."""

from collections.abc import Sequence
from typing import Any

from registry.db.jobs import JobClaim, JobStore
from shared.db.engine import Sessions, transaction
from shared.index.store import IndexStore
from shared.index.trees.walk import FilePage
from shared.schemas.job import Progress

Outcome = list[Any]
"""The result of one entry, as JSON in the database; its meaning is the caller's."""


class JobContext:
    """Its writes raise ClaimLost when another worker has the job. See `registry.services.pushes` for the protocol."""

    def __init__(self, sessions: Sessions, claim: JobClaim) -> None:
        self.sessions = sessions
        self.claim = claim
        self.checkpoint: dict[str, Any] = dict(claim.checkpoint)
        self.progress: Progress | None = None
        self.is_final = False
        """True once a pointer may have been written: the job can no longer be cancelled."""

    def set_progress(self, stage: str, done: int, total: int | None, unit: str) -> None:
        self.progress = Progress(stage=stage, done=done, total=total, unit=unit)

    async def beat(self) -> bool:
        """Write a heartbeat and the progress; True if the owner wants the job cancelled."""
        async with transaction(self.sessions) as session:
            return await JobStore(session).beat(self.claim, self.progress)

    async def save_checkpoint(self, **checkpoint: Any) -> None:
        """Replace the checkpoint."""
        async with transaction(self.sessions) as session:
            await JobStore(session).save_checkpoint(self.claim, checkpoint)
        self.checkpoint = checkpoint

    async def find_outcomes(self, first: int, end: int) -> dict[int, Outcome]:
        """Outcomes of earlier attempts by the entry's position, from `first` up to `end`, exclusively."""
        async with transaction(self.sessions) as session:
            return await JobStore(session).find_outcomes(self.claim, first, end)

    async def save_outcomes(self, outcomes: Sequence[tuple[int, Outcome]]) -> None:
        """Each is an entry's position and its outcome."""
        async with transaction(self.sessions) as session:
            await JobStore(session).save_outcomes(self.claim, outcomes)

    async def require_database(self) -> None:
        """Raises Unavailable unless the database responds."""
        await self.find_outcomes(0, 0)

    async def fetch_nodes(self, wanted: list[bytes]) -> dict[bytes, bytes]:
        """Nodes of package trees by their storage hashes: a `Fetch`."""
        async with transaction(self.sessions) as session:
            return await IndexStore(session).nodes(wanted)

    async def fetch_pages(self, wanted: list[bytes]) -> dict[bytes, bytes | FilePage]:
        """The same, as a `PageFetch`."""
        async with transaction(self.sessions) as session:
            return await IndexStore(session).pages(wanted)
