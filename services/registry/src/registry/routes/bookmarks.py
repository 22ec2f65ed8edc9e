from typing import Annotated

from fastapi import APIRouter, Depends

from registry.db.bookmarks import BookmarkStore
from registry.errors import TooManyBookmarks
from registry.routes.deps import Session
from shared.errors import Unauthenticated
from shared.schemas.bookmark import BookmarkChange, BookmarkList
from shared.web.auth import Viewer
from shared.web.routing import CallerFirst

router = APIRouter(
    prefix="/api/v1/bookmarks", tags=["bookmarks"], responses=Unauthenticated.response(), route_class=CallerFirst
)


async def bookmark_store(session: Session) -> BookmarkStore:
    return BookmarkStore(session)


Bookmarks = Annotated[BookmarkStore, Depends(bookmark_store)]


@router.get("", summary="List your bookmarks")
async def list_bookmarks(viewer: Viewer, bookmarks: Bookmarks) -> BookmarkList:
    return BookmarkList(items=await bookmarks.all(viewer))


@router.patch("", summary="Add and remove bookmarks", responses=TooManyBookmarks.response())
async def change_bookmarks(change: BookmarkChange, viewer: Viewer, bookmarks: Bookmarks) -> BookmarkList:
    await bookmarks.change(viewer, change)
    return BookmarkList(items=await bookmarks.all(viewer))
