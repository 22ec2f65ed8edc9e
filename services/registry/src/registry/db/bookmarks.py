"""Places that people keep at hand."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.db.tables import BookmarkRow
from registry.errors import TooManyBookmarks
from shared.schemas.bookmark import MAX_BOOKMARKS, Bookmark, BookmarkChange
from shared.schemas.principal import Principal

_PLACE = (BookmarkRow.bucket, BookmarkRow.package, BookmarkRow.path)


class BookmarkStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, viewer: Principal) -> list[Bookmark]:
        """All of the viewer, newest first."""
        own = select(*_PLACE).where(BookmarkRow.owner_id == viewer.user_id)
        found = await self._session.execute(own.order_by(BookmarkRow.created_at.desc(), *_PLACE))
        return [Bookmark(bucket=bucket, package=package or None, path=path) for bucket, package, path in found]

    async def change(self, viewer: Principal, change: BookmarkChange) -> None:
        """Raises TooManyBookmarks."""
        if change.remove:
            removed = tuple_(*_PLACE).in_([_place(each) for each in change.remove])
            await self._session.execute(delete(BookmarkRow).where(BookmarkRow.owner_id == viewer.user_id, removed))
        # The first of equal bookmarks counts.
        added = list(dict.fromkeys(map(_place, change.add)))
        if not added:
            return
        now = datetime.now(UTC)
        rows = insert(BookmarkRow).values(
            [
                {
                    "owner_id": viewer.user_id,
                    "bucket": bucket,
                    "package": package,
                    "path": path,
                    "created_at": now - timedelta(microseconds=place),
                }
                for place, (bucket, package, path) in enumerate(added)
            ]
        )
        keys = [BookmarkRow.owner_id, *_PLACE]
        await self._session.execute(
            rows.on_conflict_do_update(index_elements=keys, set_={"created_at": rows.excluded.created_at})
        )
        own = select(func.count()).where(BookmarkRow.owner_id == viewer.user_id)
        if (await self._session.scalar(own) or 0) > MAX_BOOKMARKS:
            raise TooManyBookmarks(f"A person has at most {MAX_BOOKMARKS:,} bookmarks. Remove some")


def _place(bookmark: Bookmark) -> tuple[str, str, str]:
    """As it is stored: a primary key has no nulls."""
    return bookmark.bucket, bookmark.package or "", bookmark.path
