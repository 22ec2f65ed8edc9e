from collections.abc import Collection

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.db.engine import AsyncSession
from shared.index.comparison_tables import ContentRulesRow, InventoryRow, RemovedKeyRow, SliceRow, UnreadObjectRow
from shared.index.tables import (
    DeleteMarkerRow,
    IndexedBucketRow,
    IndexedObjectRow,
    IndexedPackageRow,
    ManifestRow,
    PointerRow,
    UnindexedKeyRow,
    UnshownManifestRow,
)
from shared.schemas.index import BucketStatus

_PARTS = (
    IndexedObjectRow,
    DeleteMarkerRow,
    IndexedPackageRow,
    PointerRow,
    ManifestRow,
    UnshownManifestRow,
    UnindexedKeyRow,
    SliceRow,
    UnreadObjectRow,
    RemovedKeyRow,
    ContentRulesRow,
    InventoryRow,
)
"""Tables with what the index has of a bucket."""


class IndexedBucketStore:
    """The buckets that the index covers."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def names(self) -> set[str]:
        return set(await self._session.scalars(select(IndexedBucketRow.name)))

    async def add(self, names: Collection[str]) -> None:
        if names:
            rows = [{"name": name} for name in sorted(names)]
            await self._session.execute(insert(IndexedBucketRow).values(rows).on_conflict_do_nothing())

    async def lock_if_indexed(self, name: str) -> bool:
        """True when the index covers the bucket; the lock keeps it from being removed before the transaction ends."""
        query = (
            select(IndexedBucketRow.name)
            .where(IndexedBucketRow.name == name)
            .with_for_update(key_share=True, read=True)
        )
        return await self._session.scalar(query) is not None

    async def find_with_older_contents(self, version: int) -> list[str]:
        """Names of buckets to whose objects this version of what is read of contents was not applied."""
        query = select(IndexedBucketRow.name).where(IndexedBucketRow.contents_version < version)
        return list(await self._session.scalars(query.order_by(IndexedBucketRow.name)))

    async def mark_contents(self, name: str, version: int) -> None:
        await self._session.execute(
            update(IndexedBucketRow).where(IndexedBucketRow.name == name).values(contents_version=version)
        )

    async def remove(self, name: str) -> None:
        """Remove the bucket and everything that the index has of it. Waits for the transactions that have locked it."""
        await self._session.execute(delete(IndexedBucketRow).where(IndexedBucketRow.name == name))
        for row in _PARTS:
            await self._session.execute(delete(row).where(row.bucket == name))

    async def find_status(self, name: str, *, scanning: bool, unread_objects: int) -> BucketStatus | None:
        row = await self._session.get(IndexedBucketRow, name)
        if row is None:
            return None
        counts = {
            kind: await self._session.scalar(select(func.count()).select_from(table).where(table.bucket == name)) or 0
            for kind, table in (
                ("objects", IndexedObjectRow),
                ("packages", IndexedPackageRow),
                ("manifests", ManifestRow),
            )
        }
        return BucketStatus(
            bucket=name, scanned_at=row.scanned_at, scanning=scanning, unread_objects=unread_objects, **counts
        )
