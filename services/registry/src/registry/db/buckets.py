"""Registered buckets, as far as the viewer may know of them."""

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.access import Access
from registry.db.tables import BucketRow
from registry.errors import BucketNotFound, BucketRegistered
from registry.settings import Quilt2Settings
from shared import permissions
from shared.db.cursors import decode_cursor, encode_cursor
from shared.schemas.bucket import Bucket, BucketCreate, BucketUpdate
from shared.schemas.page import Page
from shared.schemas.principal import Principal


class BucketStore:
    """With the settings of Quilt 2, its bucket is there for whoever may read one of its packages; else by roles only."""

    def __init__(self, session: AsyncSession, quilt2: Quilt2Settings | None = None) -> None:
        self._session = session
        self._quilt2 = quilt2 or Quilt2Settings()

    async def get(self, viewer: Principal, name: str) -> Bucket:
        row = await self._session.scalar(
            select(BucketRow).where(BucketRow.name == name, self._access(viewer).sees_bucket)
        )
        if row is None:
            raise BucketNotFound(name)
        return _shown(row, viewer)

    async def page(self, viewer: Principal, *, everything: bool = False, after: str | None, limit: int) -> Page[Bucket]:
        """`everything` is for administrators: also what their role may not read."""
        query = select(BucketRow).order_by(BucketRow.name).limit(limit + 1)
        if not everything:
            query = query.where(self._access(viewer).sees_bucket)
        if after:
            query = query.where(BucketRow.name > decode_cursor(after, str)[0])
        rows = list(await self._session.scalars(query))
        more = len(rows) > limit
        rows = rows[:limit]
        return Page(
            items=[_shown(row, viewer) for row in rows],
            next=encode_cursor(rows[-1].name) if more else None,
        )

    async def readable(self, viewer: Principal) -> list[str]:
        """Names of the registered buckets all of which the viewer's role reads."""
        return list(
            await self._session.scalars(
                select(BucketRow.name).where(self._access(viewer).reads_bucket).order_by(BucketRow.name)
            )
        )

    async def names(self) -> list[str]:
        """Of every registered bucket: for services, not for callers."""
        return list(await self._session.scalars(select(BucketRow.name).order_by(BucketRow.name)))

    async def is_registered(self, name: str) -> bool:
        return await self._session.get(BucketRow, name) is not None

    async def add(self, viewer: Principal, new: BucketCreate) -> Bucket:
        row = BucketRow(
            name=new.name,
            title=new.title or new.name,
            description=new.description,
            icon_url=new.icon_url,
            tags=new.tags or [],
            relevance_score=new.relevance_score or 0,
            created_at=datetime.now(UTC),
            created_by=viewer.name,
        )
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise BucketRegistered(f"Bucket {new.name} is registered already") from error
        return _shown(row, viewer)

    async def describe(self, viewer: Principal, name: str, change: BucketUpdate) -> Bucket:
        """Set what the change names; null is back to the default. For administrators."""
        row = await self._session.get(BucketRow, name, with_for_update={"key_share": True})
        if row is None:
            raise BucketNotFound(name)
        for field in change.model_fields_set & BucketUpdate.model_fields.keys():
            value = getattr(change, field)
            if value is None:
                value = {"title": name, "tags": [], "relevance_score": 0}.get(field)
            setattr(row, field, value)
        await self._session.flush()
        return _shown(row, viewer)

    async def remove(self, name: str) -> None:
        await self._session.execute(delete(BucketRow).where(BucketRow.name == name))

    def _access(self, viewer: Principal) -> Access:
        return Access(viewer, self._quilt2)


def _shown(row: BucketRow, viewer: Principal) -> Bucket:
    return Bucket(
        name=row.name,
        title=row.title,
        description=row.description,
        icon_url=row.icon_url,
        tags=row.tags,
        relevance_score=row.relevance_score,
        level=permissions.level(viewer, row.name),
        created_at=row.created_at,
        created_by=row.created_by,
    )
