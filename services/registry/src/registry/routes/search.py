from typing import Annotated

from fastapi import APIRouter, Query

from registry.errors import BucketNotFound
from registry.routes.deps import Searches
from registry.services.search.query.values import MAX_TEXT
from registry.services.search.service import MAX_BUCKETS, SearchKind
from shared.errors import Invalid, RateExceeded, Unauthenticated
from shared.index.search.results import SearchTooSlow
from shared.schemas.search import SearchResults
from shared.web.auth import Viewer
from shared.web.pages import Cursor, Limit
from shared.web.rates import Charged

router = APIRouter(tags=["search"])

_QUERY = """Words (hits have all of them), "phrases", OR, NOT or -, parentheses, word*, wildcards for the whole key or
package name (`*.csv`), and fields (`ext:.csv`, `size:>=1000`). Empty: everything, newest first."""


@router.get(
    "/api/v1/search",
    summary="Search packages and objects",
    responses={
        **Invalid.response(),
        **Unauthenticated.response(),
        **BucketNotFound.response(),
        **RateExceeded.response(),
        **SearchTooSlow.response(),
    },
    dependencies=[Charged],
)
async def search(
    viewer: Viewer,
    searches: Searches,
    *,
    q: Annotated[str, Query(max_length=MAX_TEXT, description=_QUERY, examples=["wine ext:.csv"])] = "",
    bucket: Annotated[
        list[str] | None, Query(max_length=MAX_BUCKETS, description="Only in this bucket. May be repeated.")
    ] = None,
    kind: Annotated[SearchKind | None, Query(description="Only hits of this kind.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> SearchResults:
    return await searches.search(viewer, q, buckets=bucket or [], kind=kind, after=cursor, limit=limit)
