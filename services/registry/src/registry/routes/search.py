from typing import Annotated, Literal

from fastapi import APIRouter, Query

from registry.errors import BucketNotFound
from registry.routes.deps import Res, Searches
from registry.services.search.index_status import index_status
from registry.services.search.query.query_string import QuerySyntaxRefused
from registry.services.search.query.values import MAX_TEXT
from registry.services.search.service import MAX_BUCKETS, MAX_FACETS, MAX_FILTERS, SearchKind, SearchRequest
from shared.errors import Forbidden, Invalid, RateExceeded, Unauthenticated
from shared.index.search.results import SearchTooSlow
from shared.schemas.problem import QueryProblem
from shared.schemas.search import SearchableFields, SearchIndexStatus, SearchResults
from shared.web.auth import Admin, Viewer
from shared.web.pages import Cursor, Limit
from shared.web.rates import Charged

router = APIRouter(tags=["search"])

_QUERY = """Words (hits have all of them), "phrases", OR, NOT or -, parentheses, word*, wildcards for the whole key or
package name (`*.csv`), fields (`ext:.csv`, `size:>=1000`), and user metadata (`meta.qc.level:>=3`, `has:meta.doi`). Empty:
everything, newest first."""
_FILTER = """One condition in the language of `q`, which hits meet as well. May be repeated."""
_FACETS = """A field whose values are counted: `ext`, `workflow`, `author`, `bucket`, `kind`, `size`, `modified`, `entries`, or a
path in user metadata, `meta:/qc/level`. May be repeated."""
_SORT = """A field, with - before it for descending: `-modified`, `name`, `-size`, `meta.qc.level`; or a path in user metadata
with the type of its values: `meta:/qc/level:number:desc`. By default the most relevant come first."""
_AFTER = (
    """Wait, two seconds at most, until the answer has the changes up to this position, which a job's result says."""
)

_REFUSALS = {
    400: {"model": QueryProblem, "description": f"{QuerySyntaxRefused.title}, or {Invalid.title.lower()}"},
    **Unauthenticated.response(),
    **BucketNotFound.response(),
    **RateExceeded.response(),
    **SearchTooSlow.response(),
}

Words = Annotated[str, Query(max_length=MAX_TEXT, description=_QUERY, examples=["wine ext:.csv"])]
Condition = Annotated[str, Query(max_length=MAX_TEXT)]
Filters = Annotated[
    list[Condition] | None, Query(max_length=MAX_FILTERS, description=_FILTER, examples=[['meta.status:"released"']])
]
InBuckets = Annotated[
    list[str] | None, Query(max_length=MAX_BUCKETS, description="Only in this bucket. May be repeated.")
]


@router.get("/api/v1/search", summary="Search packages and objects", responses=_REFUSALS, dependencies=[Charged])
async def search(
    viewer: Viewer,
    searches: Searches,
    *,
    q: Words = "",
    kind: Annotated[SearchKind | None, Query(description="Only hits of this kind.")] = None,
    bucket: InBuckets = None,
    filter: Filters = None,  # noqa: A002 – the name in the API
    facets: Annotated[
        list[Condition] | None, Query(max_length=MAX_FACETS, description=_FACETS, examples=[["ext"]])
    ] = None,
    sort: Annotated[str | None, Query(max_length=MAX_TEXT, description=_SORT, examples=["-modified"])] = None,
    revisions: Annotated[
        Literal["latest", "all"], Query(description="`all`: every push of a package is a hit.")
    ] = "latest",
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1, description=_AFTER)] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> SearchResults:
    asked = SearchRequest(
        query=q,
        buckets=bucket or [],
        kind=kind,
        filters=filter or [],
        facets=facets or [],
        sort=sort,
        all_revisions=revisions == "all",
        position=after,
        cursor=cursor,
        limit=limit,
    )
    return await searches.search(viewer, asked)


@router.get(
    "/api/v1/search/fields",
    summary="List the fields of user metadata of packages",
    responses=_REFUSALS,
    dependencies=[Charged],
)
async def search_fields(
    viewer: Viewer,
    searches: Searches,
    *,
    q: Words = "",
    bucket: InBuckets = None,
    filter: Filters = None,  # noqa: A002
) -> SearchableFields:
    """Fields that packages have which match `q` and `filter`, for facets, filters, columns and orders."""
    return await searches.fields(viewer, q, buckets=bucket or [], filters=filter or [])


@router.get(
    "/api/v1/search/index",
    summary="Show the state of the search index",
    responses={**Unauthenticated.response(), **Forbidden.response()},
)
async def search_index_status(_: Admin, res: Res) -> SearchIndexStatus:
    """The index of the replica that answers. Others may be behind by more or less."""
    return index_status(res.settings.search)
