"""Parameters of paged listings. These bounds hold for every listing of every service; docs/reference/limits.md lists them."""

from typing import Annotated

from fastapi import Query

MAX_PAGE = 100
MAX_LISTING = 1000
"""Items of a directory, or differences, in one page."""

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Page size")]
ListingLimit = Annotated[int, Query(ge=1, le=MAX_LISTING, description="Page size")]
Cursor = Annotated[str | None, Query(description="`next` of the previous page")]
