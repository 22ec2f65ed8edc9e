"""Addresses that Quilt's clients and web catalogs call; each quirk is listed in docs/compat."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from registry.errors import BucketNotFound, WorkflowsBroken
from registry.routes.deps import Buckets, Elastic, PushChecks
from registry.services.search.elasticsearch import ElasticsearchRequest
from shared.errors import Forbidden, Invalid, RateExceeded, Unauthenticated
from shared.index.search.results import SearchTooSlow
from shared.schemas.bucket import CatalogBucket, CatalogBuckets
from shared.schemas.package import NameQuestion, NameValidity
from shared.schemas.search import ElasticAnswer
from shared.web.auth import Viewer
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(prefix="/api", tags=["quilt"], route_class=CallerFirst)

_MAX_BUCKETS = 10_000
_BUCKET_FIELDS = set(CatalogBucket.model_fields)
_PARAMETERS = {"index", "action", "query", "body", "size", "from", "_source", "filter_path", "retry"}


async def elasticsearch_request(
    request: Request,
    *,
    action: Annotated[str, Query(description="search, freeform, packages, stats, images or sample")] = "search",
    index: Annotated[
        str,
        Query(description="`_all`, a bucket, `<bucket>_packages`; several are separated by commas.", examples=["_all"]),
    ] = "",
    query: Annotated[str, Query(description="For search and packages.", examples=["wine"])] = "",
    body: Annotated[str | None, Query(description="For freeform and packages: an Elasticsearch body.")] = None,
    size: Annotated[int | None, Query(ge=0, le=1_000_000)] = None,
    offset: Annotated[int | None, Query(alias="from", ge=0, le=1_000_000)] = None,
    source: Annotated[str | None, Query(alias="_source", max_length=2_000, description="Fields to show.")] = None,
    filter_path: Annotated[str | None, Query(max_length=2_000, description="Parts of the answer to show.")] = None,
    retry: Annotated[
        int,
        Query(
            ge=0,
            le=100,
            description="0: strict syntax; 1: a syntax error makes the query plain words; from 2: simple syntax.",
        ),
    ] = 0,
) -> ElasticsearchRequest:
    unknown = sorted(request.query_params.keys() - _PARAMETERS)
    if unknown:
        raise Invalid(f"There is no parameter {unknown[0][:80]!r}. Parameters are: {', '.join(sorted(_PARAMETERS))}")
    return ElasticsearchRequest(action, index, query, body, size, offset, source, filter_path, retry)


@router.get(
    "/search",
    summary="Search with answers in the form of Elasticsearch",
    responses={
        200: {"model": ElasticAnswer},
        **Invalid.response(),
        **Unauthenticated.response(),
        **Forbidden.response(),
        **RateExceeded.response(),
        **SearchTooSlow.response(),
    },
    response_class=JSONResponse,
    dependencies=[Charged],
)
async def search_like_elasticsearch(
    viewer: Viewer, asked: Annotated[ElasticsearchRequest, Depends(elasticsearch_request)], elastic: Elastic
) -> Response:
    return JSONResponse(await elastic.answer(viewer, asked))


@router.get("/buckets", summary="The buckets that you may read", responses=Unauthenticated.response())
async def list_catalog_buckets(viewer: Viewer, buckets: Buckets) -> CatalogBuckets:
    page = await buckets.page(viewer, after=None, limit=_MAX_BUCKETS)
    return CatalogBuckets(buckets=[CatalogBucket(**each.model_dump(include=_BUCKET_FIELDS)) for each in page.items])


@router.post(
    "/package_name_valid",
    summary="Check the name of a package",
    responses={
        **Unauthenticated.response(),
        **BucketNotFound.response(),
        **WorkflowsBroken.response(),
        **RateExceeded.response(),
    },
    dependencies=[Charged],
)
async def validate_package_name(question: NameQuestion, viewer: Viewer, checks: PushChecks) -> NameValidity:
    return NameValidity(valid=await checks.is_valid_name(viewer, question))
