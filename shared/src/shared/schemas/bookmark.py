"""Files, folders and packages that a person keeps at hand."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

MAX_BOOKMARKS = 1_000
_NO_NUL = r"^[^\x00]*$"


class Bookmark(BaseModel, extra="forbid"):
    """A place in a bucket, or in a package of it."""

    bucket: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_NO_NUL)] = Field(
        examples=["quilt-example"]
    )
    package: Annotated[str, StringConstraints(min_length=3, max_length=512, pattern=_NO_NUL)] | None = Field(
        default=None, description="Null for a place in the bucket itself.", examples=["amy/wine"]
    )
    path: Annotated[str, StringConstraints(max_length=4096, pattern=_NO_NUL)] = Field(
        default="",
        description="Key, or path in the package. Folders end with a slash; empty for all of the bucket or package.",
        examples=["data/2026/"],
    )


class BookmarkList(BaseModel):
    """The caller's bookmarks, newest first."""

    items: list[Bookmark]


class BookmarkChange(BaseModel, extra="forbid"):
    """Bookmarks that are added and removed together. A bookmark that is there already becomes the newest."""

    add: list[Bookmark] = Field(
        default_factory=list,
        max_length=MAX_BOOKMARKS,
        description="The first becomes the newest.",
        examples=[[{"bucket": "quilt-example", "package": "amy/wine", "path": "data/2026/"}]],
    )
    remove: list[Bookmark] = Field(default_factory=list, max_length=MAX_BOOKMARKS, examples=[[]])
