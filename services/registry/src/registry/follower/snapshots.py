"""Snapshots of the index, as the follower uses them. `snapshot_store` keeps them in S3, and is imported only where it is used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel

from registry.follower.directory import CommitFiles, IndexDirectory


class SnapshotFile(BaseModel):
    name: str
    size: int
    sha256: str


class Snapshot(BaseModel):
    feed: UUID
    position: int
    made_at: datetime
    meta: str
    """The engine's list of its files."""
    files: list[SnapshotFile]


@dataclass(frozen=True, slots=True)
class SnapshotName:
    """Key of a snapshot's list, which says enough to choose one."""

    index_format: str
    position: int
    feed: UUID
    key: str
    written_at: datetime


class SnapshotDamaged(Exception):
    """A snapshot cannot be used: a file is missing or differs from its description."""


class Snapshots(Protocol):
    """Snapshots of one format. All methods raise Unavailable when S3 does not answer."""

    async def names(self) -> list[SnapshotName]:
        """Snapshots of this format, the newest first."""

    async def read(self, name: SnapshotName) -> Snapshot:
        """Raises SnapshotDamaged when there is no such list any more, or it cannot be read."""

    async def download(self, snapshot: Snapshot, directory: IndexDirectory) -> None:
        """Download all files into the directory for them. Raises SnapshotDamaged."""

    async def upload(
        self, files: CommitFiles, directory: IndexDirectory, *, feed: UUID, position: int, made_at: datetime
    ) -> SnapshotName:
        """Upload the files of `directory.copy` that no snapshot has yet, and then the list of all."""

    async def take_lease(self, lasting: timedelta) -> bool:
        """Become the follower that makes snapshots, or stay it; False when another one is."""

    async def remove_old(self, unused_days: float) -> list[SnapshotName]:
        """Remove snapshots that have newer ones, and other formats that nobody has used for some days.

        Returns the snapshots that are left, of all formats.
        """
