"""Selections of files for archives."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select

from registry.db.tables import ArchiveSelectionRow
from shared.concurrency import run_by_size
from shared.db.engine import AsyncSession

_encode_paths = msgspec.msgpack.Encoder().encode
_decode_paths = msgspec.msgpack.Decoder(list[str]).decode


@dataclass(frozen=True, slots=True)
class ArchiveSelection:
    """Files and folders of a revision, kept for a while."""

    id: UUID
    bucket: str
    package: str
    top_hash: str
    root: bytes
    paths: list[str]
    """In walk order, none below another; one empty path for the whole revision."""
    layout: bytes
    expires_at: datetime


class ArchiveSelectionStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, selection: ArchiveSelection) -> None:
        await self.remove_expired()
        encoded = _encode_paths(selection.paths)
        paths = await run_by_size(len(encoded), zlib.compress, encoded)
        await self._session.execute(
            insert(ArchiveSelectionRow).values(
                id=selection.id,
                bucket=selection.bucket,
                package=selection.package,
                top_hash=selection.top_hash,
                root=selection.root,
                paths=paths,
                layout=selection.layout,
                expires_at=selection.expires_at,
            )
        )

    async def find(self, selection_id: UUID) -> ArchiveSelection | None:
        """The selection, unless it has expired."""
        query = select(ArchiveSelectionRow).where(
            ArchiveSelectionRow.id == selection_id, ArchiveSelectionRow.expires_at > func.now()
        )
        row = await self._session.scalar(query)
        if row is None:
            return None
        return ArchiveSelection(
            row.id,
            row.bucket,
            row.package,
            row.top_hash,
            row.root,
            await run_by_size(len(row.paths), lambda: _decode_paths(zlib.decompress(row.paths))),
            row.layout,
            row.expires_at,
        )

    async def remove_expired(self) -> None:
        await self._session.execute(delete(ArchiveSelectionRow).where(ArchiveSelectionRow.expires_at <= func.now()))
